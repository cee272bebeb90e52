import type { PlayedTask } from './mixes';

/**
 * What the server answers as its estimate at an instant after the cancel, in whole minutes; null
 * where it has none.
 */
export type EstimateAt = (seconds: number) => number | null;

/** Before this, no server has an estimate. */
const FIRST_ESTIMATE_SECONDS = 10;

/** The time that is left, off by a factor, rounded up. */
export function estimateOf({ settlesAfterSeconds, estimateFactor }: PlayedTask): EstimateAt {
  return (seconds) => {
    const leftSeconds = settlesAfterSeconds - seconds;
    if (estimateFactor === null || seconds < FIRST_ESTIMATE_SECONDS || leftSeconds <= 0) return null;
    return Math.ceil((leftSeconds * estimateFactor) / 60);
  };
}

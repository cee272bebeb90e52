import { MINUTE_MS } from '../contract/duration';

/**
 * Status reads of one organisation can share an answer where they come at one time. They are drawn together at the instants of grids a minute wide,
 * or half of one, or a quarter …: an instant of a wide grid is one of every narrower grid, so reads of any pace meet. This is what a worker that has
 * others to read for tells with its answer: when a read is best asked for.
 */
export interface Together {
  /** How wide a grid may be, as a share of the wait. */
  gridShare: number;
  /** How long ago the latest instant of the widest grid was. */
  sinceMs: number;
  /** How long a read is held at the most, whatever its patience. */
  withinMs: number;
}

export const WIDEST_GRID_MS = MINUTE_MS;

/** The widest grid whose instants are at most this far apart. */
export function gridMs(atMostMs: number): number {
  return WIDEST_GRID_MS / 2 ** Math.max(Math.ceil(Math.log2(WIDEST_GRID_MS / atMostMs)), 0);
}

/** From a point that is so long after an instant of the widest grid, how long it is to the next instant of this one. */
export function untilInstantMs(sinceMs: number, everyMs: number): number {
  return everyMs - (sinceMs % everyMs);
}

const PATIENCE_SHARE = 1 / 8;

/** How long a read may be held for others to come, after so long a wait. */
export function patienceMs(waitMs: number): number {
  return Math.floor(PATIENCE_SHARE * waitMs);
}

/** Of the time for which the first one at an instant is held. The rest is for those that come late. */
const GATHERING_SHARE = 0.8;

/**
 * The wait that ends soon after the instant nearest to the end of this one, somewhere in the time for which reads gather there: at once, they would be
 * more than a Temporal server hands out at once. As waits become neither longer nor shorter by it on the average, what is seen with them is seen hardly
 * later. Null: no instant near is within the bounds.
 *
 * @param random a number in [0, 1).
 */
export function drawnWaitMs(
  waitMs: number,
  { gridShare, sinceMs, withinMs }: Together,
  { minMs, maxMs }: { minMs: number; maxMs: number },
  random: number,
): number | null {
  const gatheringMs = (ms: number) => GATHERING_SHARE * gridMs(Math.min(withinMs, patienceMs(Math.max(ms, 0))));
  const stepMs = gridMs(waitMs * gridShare);
  const nearestMs = Math.round((sinceMs + waitMs - gatheringMs(waitMs) / 2) / stepMs) * stepMs - sinceMs;
  return (
    [nearestMs, nearestMs - stepMs, nearestMs + stepMs]
      .map((ms) => Math.round(ms + random * gatheringMs(ms)))
      .find((ms) => ms >= minMs && ms <= maxMs) ?? null
  );
}

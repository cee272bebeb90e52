import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/duration';
import { lognormal } from './seededRandom';

/**
 * How long a task takes from the accepted cancel to its end. Many are quick, some take as long as what they have to undo: 60 % around 30 s, 25 %
 * around 10 min, 15 % around an hour.
 */
const PARTS = [
  { share: 0.6, medianMs: 30 * SECOND_MS, sigma: 0.7 },
  { share: 0.25, medianMs: 10 * MINUTE_MS, sigma: 0.6 },
  { share: 0.15, medianMs: HOUR_MS, sigma: 0.5 },
] as const;

/** The shares are kept exactly, so that few tasks make as good a sample as they can; their order is the random source's. */
export function mixedDurationsMs(count: number, random: () => number): number[] {
  let share = 0;
  const durationsMs = PARTS.flatMap((part) => {
    const before = Math.round(share * count);
    share += part.share;
    return Array.from({ length: Math.round(share * count) - before }, () =>
      lognormal(part.medianMs, part.sigma, random),
    );
  });
  return shuffled(durationsMs, random);
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

/** The API's estimate is known for this share of tasks, and off by a factor that is lognormal around 1. */
const ESTIMATED_SHARE = 0.6;
const ESTIMATE_SIGMA = 0.4;

/** How far a task's estimate is off; null: it has none. */
export function estimateFactor(random: () => number): number | null {
  const isKnown = random() < ESTIMATED_SHARE;
  const factor = lognormal(1, ESTIMATE_SIGMA, random);
  return isKnown ? factor : null;
}

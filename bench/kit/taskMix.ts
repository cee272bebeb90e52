import { SECOND_MS } from '../../domain/contract/duration';
import { MIXES } from './mixes';
import type { Random } from './random';
import { lognormal } from './random';

/**
 * How long tasks of mix B take. The shares are kept exactly, so that few tasks make as good a
 * sample as they can; their order is the random source's.
 */
export function mixedDurationsMs(count: number, random: Random): number[] {
  let share = 0;
  const durationsMs = MIXES.B.flatMap((part) => {
    const before = Math.round(share * count);
    share += part.share;
    return Array.from(
      { length: Math.round(share * count) - before },
      () => SECOND_MS * lognormal(random, part.medianSeconds, part.sigma),
    );
  });
  return shuffled(durationsMs, random);
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

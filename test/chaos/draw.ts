import type { Random } from '../../bench/kit/random';

export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(items.length * random())];
  if (item === undefined) throw new Error('there is nothing to draw from');
  return item;
}

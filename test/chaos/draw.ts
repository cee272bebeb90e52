import type { Random } from '../../bench/kit/random';

export function oneOf<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[Math.floor(items.length * random())];
  if (item === undefined) throw new Error('there is nothing to draw from');
  return item;
}

export function weighted<Item>(random: Random, items: readonly Item[], weightOf: (item: Item) => number): Item {
  return oneOf(
    random,
    items.flatMap((item) => Array.from({ length: weightOf(item) }, () => item)),
  );
}

export function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((one, other) => one.key - other.key)
    .map(({ item }) => item);
}

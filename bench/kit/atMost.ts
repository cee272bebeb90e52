/**
 * Does it for every item, at most so many at once, and gives what came of them in the items' order.
 */
export async function atMost<T, R>(
  inFlight: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async () => {
    for (const [index, item] of queue) results[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return results;
}

/**
 * Enough to be quick with a hundred tasks, few enough to stay within every server's limits on
 * calls.
 */
const AT_ONCE = 8;

/**
 * Does it for each item, at most eight at once, and gives what came of them in the items' order.
 *
 * @param signal once it fires, no further item is begun: what comes back is of the first ones only
 */
export async function forEachItem<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      if (signal?.aborted) return;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}

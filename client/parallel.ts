/** Enough to be quick with a hundred tasks, few enough to stay within every server's limits on calls. */
const AT_ONCE = 8;

/** Does it for each item, at most eight at once, and gives what came of them in the items' order. */
export async function forEachItem<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}

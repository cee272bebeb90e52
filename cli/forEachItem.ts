import PQueue from 'p-queue';

/** Quick with a hundred tasks, and within every server's limits on calls. */
const CONCURRENCY = 8;

/** The results are in the items' order. */
export async function forEachItem<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return await new PQueue({ concurrency: CONCURRENCY }).addAll(items.map((item) => () => work(item)));
}

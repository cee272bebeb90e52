import PQueue from 'p-queue';

/** A hundred tasks are quick at this concurrency, and no server's rate limit is reached. */
const CONCURRENCY = 8;

/** The results are in the items' order. */
export async function forEachItem<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  return await new PQueue({ concurrency: CONCURRENCY }).addAll(items.map((item) => () => work(item)));
}

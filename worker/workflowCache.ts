const MIB = 2 ** 20;

/** What the worker needs beside the runs in its cache. */
const WITHOUT_RUNS_BYTES = 200 * MIB;
/** Heap of a run after a hundred reads or so; a fresh one takes a quarter (bench/README.md). */
const RUN_BYTES = MIB;
/** With as many a worker stays well below 1 GiB in all. */
const MOST_RUNS = 1_000;
const FEWEST_RUNS = 10;

/**
 * Default number of runs in memory; the others are replayed from their history at their next task.
 *
 * @param heapLimitBytes the most that the heap of this process may become
 */
export function cachedRuns(heapLimitBytes: number): number {
  const fitting = Math.floor((heapLimitBytes - WITHOUT_RUNS_BYTES) / RUN_BYTES);
  return Math.min(Math.max(fitting, FEWEST_RUNS), MOST_RUNS);
}

const MEBI = 1024 * 1024;

/** What was taken before, after a warm-up, and at the end. */
export interface Memory {
  what: string;
  beforeBytes: number;
  afterBytes: number;
  maxGrowthBytes: number;
}

/** What lives in this process, buffers outside the heap included. Needs `--expose-gc`. */
export async function liveBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('node needs --expose-gc');
  // Twice, and a turn of the event loop between: finalizers of the first free what only the second
  // can collect.
  for (let times = 0; times < 2; times += 1) {
    globalThis.gc();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Null where it has not grown beyond its bound. */
export function growthProblem({ what, beforeBytes, afterBytes, maxGrowthBytes }: Memory): string | null {
  const growth = afterBytes - beforeBytes;
  if (growth <= maxGrowthBytes) return null;
  return `${what} has grown by ${mebibytes(growth)}, and may by ${mebibytes(maxGrowthBytes)}`;
}

export function mebibytes(bytes: number): string {
  return `${(bytes / MEBI).toFixed(1)} MiB`;
}

const MEBI = 1024 * 1024;

/** What was taken before, after a warm-up, and at the end. */
export interface Memory {
  what: string;
  beforeBytes: number;
  afterBytes: number;
  maxGrowthBytes: number;
}

const LOOKS = 8;
const BETWEEN_LOOKS_MS = 500;

/**
 * What lives in this process at rest, buffers outside the heap included: the least of some looks,
 * for what was in flight takes its time to go. Needs `--expose-gc`.
 */
export async function liveBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('node needs --expose-gc');
  let least = Infinity;
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
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

import { cpus, totalmem } from 'node:os';

/** What a figure was measured on. */
export function machineName(): string {
  const [cpu] = cpus();
  const memoryGiB = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memoryGiB} GiB, ${process.platform}, Node ${process.version}`;
}

import { readdirSync, readFileSync } from 'node:fs';

/**
 * What processes have used, as the Linux kernel reports it under /proc. Other systems have no such
 * place: there it is all null.
 */

/** One tick of the kernel's accounts, fixed at this for programs on every Linux. */
const TICK_MS = 10;

interface Stat {
  parent: number;
  cpuMs: number;
}

/** CPU time of a process and of all that it started, those that have ended included. */
export function cpuMsOf(pids: readonly number[]): number | null {
  const stats = allStats();
  if (stats === null || pids.length === 0) return null;
  return families(pids, stats).reduce((sum, pid) => sum + (stats.get(pid)?.cpuMs ?? 0), 0);
}

/** Memory that is in RAM now, of a process and of all that it started. */
export function rssBytesOf(pids: readonly number[]): number | null {
  const stats = allStats();
  if (stats === null || pids.length === 0) return null;
  return families(pids, stats).reduce((sum, pid) => sum + rssBytes(pid), 0);
}

function allStats(): Map<number, Stat> | null {
  if (process.platform !== 'linux') return null;
  return new Map(
    readdirSync('/proc').flatMap((name): [number, Stat][] => {
      const stat = /^\d+$/.test(name) ? statOf(name) : null;
      return stat === null ? [] : [[Number(name), stat]];
    }),
  );
}

/**
 * See proc_pid_stat(5). The name in parentheses may hold anything, so the fields are counted from
 * its end.
 */
function statOf(pid: string): Stat | null {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [utime = 0, stime = 0, cutime = 0, cstime = 0] = fields.slice(11, 15).map(Number);
  return { parent: Number(fields[1]), cpuMs: (utime + stime + cutime + cstime) * TICK_MS };
}

function rssBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(kilobytes ?? 0) * 1_024;
}

function families(pids: readonly number[], stats: Map<number, Stat>): number[] {
  const found = new Set(pids);
  // Grows while it is walked through: children's children are found as well.
  for (const pid of found) for (const [child, { parent }] of stats) if (parent === pid) found.add(child);
  return [...found];
}

/** A process may end between its being listed and its being looked at. */
function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

import { spawnSync } from 'node:child_process';
import { figure } from '../kit/markdownTable';
import { cpuMsOf } from '../kit/processUsage';
import type { Rows } from './source';
import { cellOf } from './tableCell';

const MAX_OUTPUT_BYTES = 64 * 2 ** 20;

/** Wall time and CPU time of `npm test` in a checkout, all of its processes included. */
export function testRows(root: string): Rows {
  const startedAtMs = Date.now();
  const cpuBeforeMs = cpuMsOf([process.pid]);
  // Standard output carries the table alone.
  const { status } = spawnSync('npm', ['test'], { cwd: root, stdio: ['ignore', 2, 2] });
  const cpuAfterMs = cpuMsOf([process.pid]);
  return {
    'npm test: exit code': String(status),
    'npm test: wall time, s': figure((Date.now() - startedAtMs) / 1_000),
    'npm test: CPU, s': figure(cpuBeforeMs === null || cpuAfterMs === null ? null : (cpuAfterMs - cpuBeforeMs) / 1_000),
  };
}

/** Cost of a status read and of a cancellation, from the checkout's own `bench:temporal`. */
export function temporalRows(root: string): Rows {
  const output = outputOf(root, 'bench:temporal', '--rounds', '3', '--reads', '8');
  const read = (row: string, column: string) => cellOf(output, { table: 'a status read', row, column });
  return {
    'unbatched read: worker CPU, ms': read('this workflow', 'worker CPU, ms'),
    'plain loop, read: worker CPU, ms': read('plain timer loop', 'worker CPU, ms'),
    'read: events': read('this workflow', 'events'),
    'cancellation without reads: events': cellOf(output, {
      table: 'a cancellation without its reads',
      row: 'this workflow',
      column: 'events',
    }),
  };
}

const SCENES = ['1,000 tasks', '1,000 tasks, with estimates', '100 tasks', '10 tasks'];

/** API calls and lag with shared reads, from the checkout's own `bench:shared`. */
export function sharedRows(root: string): Rows {
  const output = outputOf(root, 'bench:shared');
  const rows: Rows = {};
  for (const scene of SCENES) {
    const cell = (column: string) => cellOf(output, { table: `${scene}, `, row: 'shared', column });
    rows[`shared reads, ${scene}: API calls a cancellation`] = cell('calls');
    rows[`shared reads, ${scene}: lag × single reads`] = cell('lag × single');
    rows[`shared reads, ${scene}: reads begun, busiest second`] = cell('polls/s');
  }
  return rows;
}

/** Live heap of a run, measured with this checkout's script on the other's worker. */
export function heapRows(root: string): Rows {
  const output = outputOf(process.cwd(), 'bench:heap', '--root', root);
  const run = (row: string) => cellOf(output, { table: 'live heap of a fresh run', row, column: 'KiB' });
  return { 'fresh run: heap, KiB': run('this workflow'), 'plain loop, run: heap, KiB': run('plain timer loop') };
}

/** @throws Error when the script exits with another code than 0 */
function outputOf(root: string, script: string, ...args: string[]): string {
  const { status, stdout } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  if (status !== 0) throw new Error(`npm run ${script} in ${root} exited with ${String(status)}`);
  return stdout;
}

import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { HOUR_MS, SECOND_MS } from '../../domain/contract/duration';
import { workflowId } from '../../domain/contract/names';
import { atMost } from '../kit/atMost';
import { machineName } from '../kit/machine';
import { figure, markdownTable } from '../kit/markdownTable';
import type { TemporalStage } from '../temporal/stage';
import { setUpTemporalStage } from '../temporal/stage';
import { VARIANTS } from '../temporal/variants';

/**
 * Live heap of a run in a worker's cache, `cancelTask` beside the plain timer loop: the heap after
 * a garbage collection with a few runs, and with many more. Each run has sent its cancel and waits
 * for its first read. The worker of `cancelTask` may be another checkout's (`--root`).
 */

const { values: flags } = parseArgs({
  options: { root: { type: 'string', default: '.' }, runs: { type: 'string', default: '300' } },
});
const runs = Number(flags.runs);

/** The first runs also pay for what a worker evaluates once. */
const WARM_UP_RUNS = 50;
const WAIT_MS = HOUR_MS;
const SETTLE_MS = 5 * SECOND_MS;
const POLL_MS = SECOND_MS / 2;
const TIME_LIMIT_MS = 120 * SECOND_MS;
const IN_FLIGHT = 10;

const MEASURED = {
  cancelTask: (queue: string) => [path.resolve(flags.root, 'worker', 'main.ts'), queue],
  plainLoop: (queue: string) => [require.resolve('../temporal/worker'), 'plainLoop', queue],
};
type Measured = keyof typeof MEASURED;

async function main(): Promise<void> {
  const stage = await setUpTemporalStage([]);
  const rows: string[][] = [];
  for (const variant of ['cancelTask', 'plainLoop'] as const)
    rows.push([VARIANTS[variant].title, figure((await heapOfRunBytes(stage, variant)) / 1_024)]);
  console.log(`${runs} runs; ${machineName()}\n\n${markdownTable(['live heap of a fresh run', 'KiB'], rows)}`);
  await stage.end();
}

async function heapOfRunBytes(stage: TemporalStage, variant: Measured): Promise<number> {
  const taskQueue = `bench-heap-${variant}`;
  const worker = fork(require.resolve('./worker'), MEASURED[variant](taskQueue), {
    execArgv: ['--expose-gc', '--import', 'tsx'],
    env: { ...process.env, ...stage.environment, VMC_CANCEL_TASK_QUEUE: taskQueue },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const heapBytes = async () => {
    worker.send('heap');
    const [bytes] = (await once(worker, 'message')) as [number];
    return bytes;
  };
  await stage.simulator.controls.reset();
  await startRuns(stage, variant, taskQueue, { from: 0, to: WARM_UP_RUNS });
  const before = await heapBytes();
  await startRuns(stage, variant, taskQueue, { from: WARM_UP_RUNS, to: WARM_UP_RUNS + runs });
  const after = await heapBytes();
  worker.kill('SIGKILL');
  return (after - before) / runs;
}

/** @throws Error when their cancels have not been sent within the time limit */
async function startRuns(
  { temporal, simulator }: TemporalStage,
  variant: Measured,
  taskQueue: string,
  { from, to }: { from: number; to: number },
): Promise<void> {
  const { workflowType, input } = VARIANTS[variant];
  const tasks = Array.from({ length: to - from }, (_, index) => ({ orgId: variant, taskId: `task-${from + index}` }));
  await atMost(IN_FLIGHT, tasks, async (task) => {
    await simulator.controls.addTask({ ...task, script: { settlesAfterMs: 24 * WAIT_MS, estimate: 'none' } });
    const args = [input(task, WAIT_MS)];
    await temporal.client.workflow.start(workflowType, { taskQueue, workflowId: workflowId(task), args });
  });
  const giveUpAtMs = Date.now() + TIME_LIMIT_MS;
  while ((await simulator.controls.calls()).filter(({ operation }) => operation === 'cancelTask').length < to) {
    if (Date.now() > giveUpAtMs) throw new Error(`the cancels of ${to} runs were not sent`);
    await sleep(POLL_MS);
  }
  await sleep(SETTLE_MS);
}

void main();

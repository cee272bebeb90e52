import { setTimeout as sleep } from 'node:timers/promises';
import type { CancelTaskInput } from '../../domain/contract/input';
import { HOUR_MS, SECOND_MS } from '../../domain/contract/duration';
import { workflowId } from '../../domain/contract/names';
import type { CancelTaskResult } from '../../domain/contract/result';
import type { Call, Operation } from '../../simulator/calls';
import { atMost } from '../kit/atMost';
import type { Lateness } from '../kit/lateness';
import { latenessOf } from '../kit/lateness';
import type { LoadOptions, SharedWithin } from './options';
import { sharingName } from './options';
import { startLoadWorker } from './worker';
import { figure, markdownTable } from '../kit/markdownTable';
import { cpuMsOf, rssBytesOf } from '../kit/processUsage';
import { mean, quantile } from '../kit/quantile';
import type { Starts } from '../kit/starts';
import { startAll } from '../kit/starts';
import { mixedDurationsMs } from '../kit/taskMix';
import type { TemporalStage } from '../temporal/stage';

/** The mix's rare longest tasks would make a run several times as long, and show nothing more. */
const LONGEST_MS = 3 * HOUR_MS;
const LOOK_MS = 2 * SECOND_MS;
const HISTORY_SAMPLE = 200;
const MIB = 2 ** 20;

interface NewTask {
  orgId: string;
  taskId: string;
  settlesAfterMs: number;
}

interface Outcome {
  starts: Starts;
  results: CancelTaskResult[];
  calls: Call[];
  late: Lateness[];
  tookMs: number;
  peakRssBytes: number | null;
  workerCpuMs: number | null;
  serverCpuMs: number | null;
  simulatorCpuMs: number | null;
}

/** The same tasks once for each way of sharing, with a worker of its own. */
export async function cancelTasks(stage: TemporalStage, options: LoadOptions): Promise<void> {
  const durationsMs = mixedDurationsMs(options.cancellations, options.random).map(
    (durationMs) => Math.min(durationMs, LONGEST_MS) * options.scale,
  );
  const columns: { title: string; figures: Map<string, number> }[] = [];
  for (const [index, within] of options.sharedWithin.entries()) {
    const stamp = `${Date.now().toString(36)}${index}`;
    const tasks = durationsMs.map((settlesAfterMs, task) => ({
      orgId: `org-${stamp}-${task % options.organizations}`,
      taskId: `task-${task}`,
      settlesAfterMs,
    }));
    const outcome = await cancelled(stage, options, within, tasks);
    columns.push({ title: sharingName(within), figures: figuresOf(outcome, tasks) });
  }
  const [single, shared] = columns;
  const names = [...(single?.figures.keys() ?? [])];
  const rows = names.map((name) => [
    name,
    ...columns.map(({ figures }) => figure(figures.get(name) ?? null)),
    ...(shared === undefined ? [] : [ratio(shared.figures.get(name), single?.figures.get(name))]),
  ]);
  const titles = columns.map(({ title }) => title);
  console.log(markdownTable(['', ...titles, ...(shared === undefined ? [] : ['shared / single'])], rows));
}

function ratio(value: number | undefined, base: number | undefined): string {
  return value === undefined || base === undefined || base === 0 ? '' : `${(value / base).toFixed(2)}×`;
}

async function cancelled(
  stage: TemporalStage,
  options: LoadOptions,
  within: SharedWithin,
  tasks: readonly NewTask[],
): Promise<Outcome> {
  const { simulator, temporal, serverPids } = stage;
  await simulator.controls.reset();
  await atMost(options.inFlight, tasks, ({ orgId, taskId, settlesAfterMs }) =>
    simulator.controls.addTask({ orgId, taskId, script: { settlesAfterMs, estimate: 'none' } }),
  );
  const worker = await startLoadWorker(stage, options, within);
  const cpuMs = () => [[worker.pid], serverPids, [simulator.pid]].map(cpuMsOf);
  const before = cpuMs();
  const beganAtMs = Date.now();
  const rss: number[] = [];
  const watch = setInterval(() => {
    const bytes = rssBytesOf([worker.pid]);
    if (bytes !== null) rss.push(bytes);
  }, LOOK_MS);
  const inputs = tasks.map(({ orgId, taskId }): CancelTaskInput => ({ orgId, taskId, poll: options.poll }));
  const starts = await startAll(stage, worker.taskQueue, inputs, options);
  console.log(`${sharingName(within)}: ${tasks.length} started within ${figure(starts.tookMs / SECOND_MS)} s`);
  await untilAllAreOver(stage, worker.taskQueue);
  clearInterval(watch);
  const tookMs = Date.now() - beganAtMs;
  const [workerCpuMs = null, serverCpuMs = null, simulatorCpuMs = null] = cpuMs().map((afterMs, index) => {
    const beforeMs = before[index] ?? null;
    return afterMs === null || beforeMs === null ? null : afterMs - beforeMs;
  });
  const handles = tasks.map((task) => temporal.client.workflow.getHandle(workflowId(task)));
  const results = await atMost(
    options.inFlight,
    handles,
    async (handle) => (await handle.result()) as CancelTaskResult,
  );
  const every = Math.max(1, Math.floor(handles.length / HISTORY_SAMPLE));
  const late = await atMost(
    options.inFlight,
    handles.filter((_, index) => index % every === 0),
    latenessOf,
  );
  const calls = await simulator.controls.calls();
  await worker.stop();
  const peakRssBytes = rss.length === 0 ? null : Math.max(...rss);
  return { starts, results, calls, late, tookMs, peakRssBytes, workerCpuMs, serverCpuMs, simulatorCpuMs };
}

async function untilAllAreOver({ temporal }: TemporalStage, taskQueue: string): Promise<void> {
  const query = `TaskQueue = '${taskQueue}' AND ExecutionStatus = 'Running'`;
  for (;;) {
    const { count } = await temporal.client.workflow.count(query);
    if (count === 0) return;
    await sleep(LOOK_MS);
  }
}

function figuresOf(outcome: Outcome, tasks: readonly NewTask[]): Map<string, number> {
  const { starts, results, calls, late, tookMs } = outcome;
  const count = (operation: Operation) => calls.filter((call) => call.operation === operation).length;
  const each = (total: number | null) => (total === null ? NaN : total / tasks.length);
  const cancelledAtMs = new Map(
    calls
      .filter(({ operation }) => operation === 'cancelTask')
      .map(({ orgId, taskId, at }) => [workflowId({ orgId: orgId ?? '', taskId: taskId ?? '' }), Date.parse(at)]),
  );
  const endedAtMs = (task: NewTask) => (cancelledAtMs.get(workflowId(task)) ?? NaN) + task.settlesAfterMs;
  const startToCancelMs = [...starts.atMs].map(([id, atMs]) => (cancelledAtMs.get(id) ?? NaN) - atMs);
  const lagsMs = results.map((result, index) => Date.parse(result.observedAt) - endedAtMs(tasks[index] ?? NO_TASK));
  const readsMs = late.flatMap((run) => run.readsMs);
  const timersMs = late.flatMap((run) => run.timersMs);
  const lists = count('listTasks');
  const reads = count('getTask');
  const polls = results.reduce((sum, result) => sum + result.polls, 0);
  return new Map([
    ['starts a second', (tasks.length / starts.tookMs) * SECOND_MS],
    ...spread('start to cancel', startToCancelMs),
    ...spread('timer fired late by', timersMs),
    ...spread('read begun late by', readsMs),
    ...spread('verdict after the end by', lagsMs),
    ['verdict after the end by, mean, ms', mean(lagsMs)],
    ['whole run, s', tookMs / SECOND_MS],
    ['status reads answered, a cancellation', each(polls)],
    ['polls a second, on average', (polls / tookMs) * SECOND_MS],
    ['API reads a cancellation', each(reads + lists)],
    ['… of which lists', each(lists)],
    ['API cancels a cancellation', each(count('cancelTask'))],
    [
      'verdicts CANCELED, %',
      (100 * results.filter(({ outcome: verdict }) => verdict === 'CANCELED').length) / tasks.length,
    ],
    [
      '… each after a single read of its own, %',
      (100 * readSingly(results, calls, tasks.map(endedAtMs))) / tasks.length,
    ],
    ['worker CPU a cancellation, ms', each(outcome.workerCpuMs)],
    ['Temporal CPU a cancellation, ms', each(outcome.serverCpuMs)],
    ['simulator CPU a cancellation, ms', each(outcome.simulatorCpuMs)],
    ['worker memory at most, MiB', outcome.peakRssBytes === null ? NaN : outcome.peakRssBytes / MIB],
  ]);
}

const NO_TASK: NewTask = { orgId: '', taskId: '', settlesAfterMs: NaN };

function spread(name: string, values: readonly number[]): [string, number][] {
  return [0.5, 0.95, 0.99].map((q) => [`${name}, p${q * 100}, ms`, quantile(values, q)]);
}

/**
 * How many results rest on an answer about that very task, given after its end and before the
 * verdict, by the API's own log.
 */
function readSingly(
  results: readonly CancelTaskResult[],
  calls: readonly Call[],
  endedAtMs: readonly number[],
): number {
  const readsAtMs = new Map<string, number[]>();
  for (const { operation, orgId, taskId, status, at } of calls) {
    if (operation !== 'getTask' || status !== 200) continue;
    const id = workflowId({ orgId: orgId ?? '', taskId: taskId ?? '' });
    readsAtMs.set(id, [...(readsAtMs.get(id) ?? []), Date.parse(at)]);
  }
  return results.filter((result, index) => {
    const from = endedAtMs[index] ?? NaN;
    return readsAtMs.get(workflowId(result))?.some((atMs) => atMs >= from && atMs <= Date.parse(result.observedAt));
  }).length;
}

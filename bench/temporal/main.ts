import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { cancellationSummary } from '../../domain/text/runText';
import { parseDurationMs, SECOND_MS } from '../../domain/contract/duration';
import { workflowId } from '../../domain/contract/names';
import { billableActions, statusReads } from '../kit/actions';
import { atMost } from '../kit/atMost';
import type { ChildProcess } from '../kit/childProcess';
import { startChildProcess } from '../kit/childProcess';
import { machineName } from '../kit/machine';
import { figure, markdownTable } from '../kit/markdownTable';
import { cpuMsOf } from '../kit/processUsage';
import { mean, median } from '../kit/quantile';
import { estimateOf } from '../kit/estimates';
import { estimateFactor } from '../kit/mixes';
import { seededRandom } from '../kit/random';
import { shippedReadsSeconds } from '../polling/shippedReads';
import { mixedDurationsMs } from '../kit/taskMix';
import type { TemporalStage } from './stage';
import { setUpTemporalStage } from './stage';
import type { VariantName } from './variants';
import { MIN_WAIT_MS, taskQueueOf, VARIANT_NAMES, VARIANTS } from './variants';

/**
 * What a status read and a cancellation cost Temporal and the worker: this workflow beside other
 * ways of asking again, in turn, in one run. Batches with one read and batches with many make a
 * line: its slope is the cost of a read, the rest is what a cancellation costs in any case.
 */

const { values: flags } = parseArgs({
  options: {
    cancellations: { type: 'string', default: '50' },
    reads: { type: 'string', default: '10' },
    wait: { type: 'string', default: '2s' },
    rounds: { type: 'string', default: '3' },
    checks: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    'server-pid': { type: 'string', multiple: true, default: [] },
  },
});
const cancellations = Number(flags.cancellations);
const manyReads = Number(flags.reads);
const waitMs = Math.max(parseDurationMs(flags.wait) ?? 0, MIN_WAIT_MS);
const random = seededRandom(Number(flags.seed));

/** Of one batch, each for one cancellation; null: unknown on this system. */
interface Cost {
  reads: number;
  events: number;
  transitions: number;
  actions: number;
  serverCpuMs: number | null;
  workerCpuMs: number | null;
}
const COSTS = ['events', 'transitions', 'actions', 'serverCpuMs', 'workerCpuMs'] as const;
type CostName = (typeof COSTS)[number];
const COST_TITLES: Record<CostName, string> = {
  events: 'events',
  transitions: 'state transitions',
  actions: 'billable actions',
  serverCpuMs: 'server CPU, ms',
  workerCpuMs: 'worker CPU, ms',
};

type Figures = Record<CostName, number | null>;
interface Line {
  perRead: Figures;
  /** Without any read. */
  fixed: Figures;
}

interface Idle {
  serverCpuShare: number | null;
  workerCpuShare: number | null;
}

interface Bench {
  stage: TemporalStage;
  stamp: string;
  workerPids: Record<VariantName, number>;
}

const SETTLE_MS = 1_500;
const IDLE_MS = 8 * SECOND_MS;
const IN_FLIGHT = 20;
let batches = 0;

async function main(): Promise<void> {
  const stage = await setUpTemporalStage(flags['server-pid'].map(Number));
  const stamp = Date.now().toString(36);
  const workers = await startWorkers(stage, stamp);
  const workerPids = Object.fromEntries(
    VARIANT_NAMES.map((name, index) => [name, workers[index]?.pid ?? 0]),
  ) as Bench['workerPids'];
  const bench: Bench = { stage, stamp, workerPids };
  console.log(`${stage.serverName}; ${machineName()}`);
  console.log(
    `${flags.rounds} rounds of ${cancellations} cancellations with 1 and with ${manyReads} reads each, a read every ${waitMs / 1_000} s\n`,
  );

  for (const variant of VARIANT_NAMES) await batch(bench, variant, 2, NOTHING_IDLE);
  const idle = await idleShares(bench);
  const few: Record<VariantName, Cost[]> = noCosts();
  const many: Record<VariantName, Cost[]> = noCosts();
  for (let round = 0; round < Number(flags.rounds); round += 1)
    for (const variant of rotated(VARIANT_NAMES, round)) {
      few[variant].push(await batch(bench, variant, 1, idle[variant]));
      many[variant].push(await batch(bench, variant, manyReads, idle[variant]));
    }
  const lines = Object.fromEntries(VARIANT_NAMES.map((name) => [name, lineThrough(few[name], many[name])])) as Record<
    VariantName,
    Line
  >;
  printLines(lines);
  printMix(lines);
  await checkLine(bench, lines.cancelTask);
  for (const worker of workers) await worker.stop();
  await stage.end();
}

/** Another one goes first in every round. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

const NOTHING_IDLE: Idle = { serverCpuShare: 0, workerCpuShare: 0 };

function noCosts(): Record<VariantName, Cost[]> {
  return { cancelTask: [], sharedReads: [], localReads: [], plainLoop: [], retriedActivity: [], adaptiveRetry: [] };
}

async function startWorkers(stage: TemporalStage, stamp: string): Promise<ChildProcess[]> {
  const main = require.resolve('./worker');
  const started = (variant: VariantName) =>
    startChildProcess(['--import', 'tsx', main, variant, taskQueueOf(variant, stamp)], {
      env: stage.environment,
      ready: /^polling$/,
    });
  // One after the other: each of them bundles its workflows first.
  return await atMost(1, VARIANT_NAMES, started);
}

/** What waiting for work costs goes off every batch. */
async function idleShares({ stage, workerPids }: Bench): Promise<Record<VariantName, Idle>> {
  const before = {
    server: cpuMsOf(stage.serverPids),
    workers: VARIANT_NAMES.map((name) => cpuMsOf([workerPids[name]])),
  };
  await sleep(IDLE_MS);
  const serverCpuShare = shareOf(before.server, cpuMsOf(stage.serverPids), IDLE_MS);
  return Object.fromEntries(
    VARIANT_NAMES.map((name, index) => [
      name,
      { serverCpuShare, workerCpuShare: shareOf(before.workers[index] ?? null, cpuMsOf([workerPids[name]]), IDLE_MS) },
    ]),
  ) as Record<VariantName, Idle>;
}

function shareOf(beforeMs: number | null, afterMs: number | null, timeMs: number): number | null {
  return beforeMs === null || afterMs === null ? null : (afterMs - beforeMs) / timeMs;
}

async function batch(
  { stage, stamp, workerPids }: Bench,
  variant: VariantName,
  reads: number,
  idle: Idle,
): Promise<Cost> {
  batches += 1;
  const orgId = `bench-${stamp}-${batches}`;
  const tasks = Array.from({ length: cancellations }, (_, index) => ({ orgId, taskId: `task-${index}` }));
  const script = { settlesAfterMs: (reads - 0.5) * waitMs, estimate: 'none' as const };
  await stage.simulator.controls.reset();
  await atMost(IN_FLIGHT, tasks, (task) => stage.simulator.controls.addTask({ ...task, script }));
  const { workflowType, input } = VARIANTS[variant];

  const pids = [workerPids[variant]];
  const before = { atMs: Date.now(), server: cpuMsOf(stage.serverPids), worker: cpuMsOf(pids) };
  await Promise.all(
    tasks.map(async (task, index) => {
      // Spread over one wait, so that the reads are as well.
      await sleep((index / cancellations) * waitMs);
      const handle = await stage.temporal.client.workflow.start(workflowType, {
        taskQueue: taskQueueOf(variant, stamp),
        workflowId: workflowId(task),
        args: [input(task, waitMs)],
        staticSummary: cancellationSummary(task),
      });
      await handle.result();
    }),
  );
  await sleep(SETTLE_MS);
  const tookMs = Date.now() - before.atMs;
  const cpuMs = (beforeMs: number | null, nowMs: number | null, idleShare: number | null) =>
    beforeMs === null || nowMs === null ? null : (nowMs - beforeMs - (idleShare ?? 0) * tookMs) / cancellations;
  const serverCpuMs = cpuMs(before.server, cpuMsOf(stage.serverPids), idle.serverCpuShare);
  const workerCpuMs = cpuMs(before.worker, cpuMsOf(pids), idle.workerCpuShare);

  const histories = await atMost(IN_FLIGHT, tasks, (task) => historyOf(stage, workflowId(task)));
  return {
    reads: mean(histories.map(({ reads: made }) => made)),
    events: mean(histories.map(({ events }) => events)),
    transitions: mean(histories.map(({ transitions }) => transitions)),
    actions: mean(histories.map(({ actions }) => actions)),
    serverCpuMs,
    workerCpuMs,
  };
}

async function historyOf({ temporal }: TemporalStage, id: string) {
  const handle = temporal.client.workflow.getHandle(id);
  const { events } = await handle.fetchHistory();
  const { raw } = await handle.describe();
  return {
    events: events?.length ?? NaN,
    transitions: Number(raw.workflowExecutionInfo?.stateTransitionCount ?? NaN),
    actions: billableActions(events ?? []),
    reads: statusReads(events ?? []),
  };
}

function lineThrough(few: readonly Cost[], many: readonly Cost[]): Line {
  const readsFew = median(few.map(({ reads }) => reads));
  const readsMany = median(many.map(({ reads }) => reads));
  const perRead = figures((name) => {
    const [atFew, atMany] = [medianOf(few, name), medianOf(many, name)];
    return atFew === null || atMany === null ? null : (atMany - atFew) / (readsMany - readsFew);
  });
  const fixed = figures((name) => {
    const [atFew, slope] = [medianOf(few, name), perRead[name]];
    return atFew === null || slope === null ? null : atFew - slope * readsFew;
  });
  return { perRead, fixed };
}

/** Of the rounds: one that something else on the machine disturbed does not count. */
function medianOf(costs: readonly Cost[], name: CostName): number | null {
  const values = costs.map((cost) => cost[name]);
  return values.some((value) => value === null) ? null : median(values.map(Number));
}

function figures(of: (name: CostName) => number | null): Figures {
  return Object.fromEntries(COSTS.map((name) => [name, of(name)])) as Figures;
}

function printLines(lines: Record<VariantName, Line>): void {
  for (const [title, part] of [
    ['a status read', 'perRead'],
    ['a cancellation without its reads', 'fixed'],
  ] as const) {
    const rows = VARIANT_NAMES.map((name) => [
      VARIANTS[name].title,
      ...COSTS.map((cost) => withRatio(lines[name][part][cost], lines.plainLoop[part][cost])),
    ]);
    console.log(markdownTable([title, ...COSTS.map((cost) => COST_TITLES[cost])], rows));
    console.log();
  }
}

/** The figure, and how many times the plain loop's it is. */
function withRatio(value: number | null, plain: number | null): string {
  if (value === null || plain === null) return figure(null);
  return `${figure(value)} (${(value / plain).toFixed(2)}×)`;
}

const FIXED_WAIT_MS = 30 * SECOND_MS;
const MIX_TASKS = 20_000;

/**
 * What each costs over the mix: the plain ways read every 30 s, this workflow when its schedule
 * says.
 */
function printMix(lines: Record<VariantName, Line>): void {
  const durationsMs = mixedDurationsMs(MIX_TASKS, random);
  const ours = (factor: () => number | null) =>
    mean(
      durationsMs.map((durationMs) => {
        const task = { settlesAfterSeconds: durationMs / SECOND_MS, estimateFactor: factor() };
        return shippedReadsSeconds(task.settlesAfterSeconds, estimateOf(task), random).length;
      }),
    );
  const fixed = mean(durationsMs.map((durationMs) => Math.ceil(durationMs / FIXED_WAIT_MS)));
  const estimated = ours(() => estimateFactor(random));
  const unestimated = ours(() => null);
  const ways: { title: string; variant: VariantName; reads: number }[] = [
    { title: 'this workflow, with estimates', variant: 'cancelTask', reads: estimated },
    { title: 'this workflow, without', variant: 'cancelTask', reads: unestimated },
    { title: '… reads shared, with estimates', variant: 'sharedReads', reads: estimated },
    { title: '… read by local activity, with estimates', variant: 'localReads', reads: estimated },
    { title: '… read by local activity, without', variant: 'localReads', reads: unestimated },
    { title: 'plain timer loop, 30 s', variant: 'plainLoop', reads: fixed },
    // It reads at once as well.
    { title: 'polled by activity retry, 30 s', variant: 'retriedActivity', reads: fixed + 1 },
    { title: '… with waits that adapt', variant: 'adaptiveRetry', reads: unestimated + 1 },
  ];
  const total = ({ variant, reads }: (typeof ways)[number], cost: CostName) => {
    const { perRead, fixed: withoutReads } = lines[variant];
    const [slope, rest] = [perRead[cost], withoutReads[cost]];
    return slope === null || rest === null ? null : rest + slope * reads;
  };
  const plain = ways.find(({ variant }) => variant === 'plainLoop');
  const rows = ways.map((way) => [
    way.title,
    figure(way.reads),
    ...COSTS.map((cost) => withRatio(total(way, cost), plain === undefined ? null : total(plain, cost))),
  ]);
  console.log(markdownTable(['a cancellation over the mix', 'reads', ...COSTS.map((cost) => COST_TITLES[cost])], rows));
  console.log();
}

const CHECK_SCALE = 1 / 60;
const LONGEST_CHECK_MS = 60 * SECOND_MS;

/**
 * Real runs of this workflow whose pace and durations vary: has each as many events as the line
 * says?
 */
async function checkLine({ stage, stamp }: Bench, { perRead, fixed }: Line): Promise<void> {
  const durationsMs = mixedDurationsMs(Number(flags.checks), random);
  const deviations = await Promise.all(
    durationsMs.map(async (durationMs, index) => {
      const task = { orgId: `bench-${stamp}-check`, taskId: `task-${index}` };
      const settlesAfterMs = Math.min(durationMs * CHECK_SCALE, LONGEST_CHECK_MS);
      await stage.simulator.controls.addTask({ ...task, script: { settlesAfterMs } });
      const handle = await stage.temporal.client.workflow.start(VARIANTS.cancelTask.workflowType, {
        taskQueue: taskQueueOf('cancelTask', stamp),
        workflowId: workflowId(task),
        args: [{ ...task, poll: { min: '1s', max: '6s' } }],
      });
      const { polls } = (await handle.result()) as { polls: number };
      const { events } = await historyOf(stage, workflowId(task));
      return { polls, deviation: events - ((fixed.events ?? NaN) + (perRead.events ?? NaN) * polls) };
    }),
  );
  const polls = deviations.map((check) => check.polls);
  const exact = deviations.filter(({ deviation }) => Math.abs(deviation) < 0.5).length;
  const worst = Math.max(...deviations.map(({ deviation }) => Math.abs(deviation)));
  console.log(
    `events of ${durationsMs.length} other runs of this workflow, with ${Math.min(...polls)} to ${Math.max(...polls)} reads: ` +
      `${exact} as the line has it, the others off by ${figure(worst)} at most`,
  );
}

void main();

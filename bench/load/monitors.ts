import { setTimeout as sleep } from 'node:timers/promises';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../domain/contract/duration';
import type { CancelTaskInput } from '../../domain/contract/input';
import { workflowId } from '../../domain/contract/names';
import { atMost } from '../kit/atMost';
import type { LoadOptions } from './options';
import { sharingName } from './options';
import type { LoadWorker } from './worker';
import { startLoadWorker } from './worker';
import { figure, markdownTable } from '../kit/markdownTable';
import { cpuMsOf, rssBytesOf } from '../kit/processUsage';
import { quantile } from '../kit/quantile';
import { startAll } from '../kit/starts';
import type { TemporalStage } from '../temporal/stage';

const BETWEEN_PROBES_MS = 200;
const WARM_UP_PROBES = 20;
const SETTLE_MS = 5 * SECOND_MS;
const MIB = 2 ** 20;
const SHARED_READS_METRIC = 'vmc_cancel_shared_reads_total';
const CACHED_METRIC = 'temporal_sticky_cache_size';

interface Probed {
  startToCancelMs: number[];
  pollsPerSecond: number;
  workerCpuShare: number | null;
  serverCpuShare: number | null;
  rssBytes: number | null;
  cached: number;
}

/**
 * Watches tasks that do not end, and times how soon a start comes to its cancel: before there are
 * any, and while they are watched.
 */
export async function watchTasks(stage: TemporalStage, options: LoadOptions): Promise<void> {
  const [within = '0'] = options.sharedWithin;
  const { cancellations } = options;
  await stage.simulator.controls.reset();
  const worker = await startLoadWorker(stage, options, within);
  const stamp = Date.now().toString(36);
  await probe(stage, worker, WARM_UP_PROBES, `warm-${stamp}`);
  const idle = await probe(stage, worker, options.probes, `idle-${stamp}`);

  const waitMs = Math.min((cancellations / options.pollsPerSecond) * SECOND_MS, HOUR_MS);
  const inputs = Array.from({ length: cancellations }, (_, task): CancelTaskInput => ({
    orgId: `org-${stamp}-${task % options.organizations}`,
    taskId: `task-${task}`,
    deadline: '7d',
    poll: { min: waitMs, max: waitMs },
  }));
  await atMost(options.inFlight, inputs, ({ orgId, taskId }) =>
    stage.simulator.controls.addTask({ orgId, taskId, script: { settlesAfterMs: 7 * DAY_MS } }),
  );
  const starts = await startAll(stage, worker.taskQueue, inputs, options);
  console.log(
    `${cancellations} monitors, one read in ${figure(waitMs / SECOND_MS)} s each, ${sharingName(within)}; ` +
      `started within ${figure(starts.tookMs / SECOND_MS)} s`,
  );
  await untilAllWereCancelled(stage, new Set(inputs.map(workflowId)));
  await sleep(SETTLE_MS);
  const loaded = await probe(stage, worker, options.probes, `loaded-${stamp}`);
  print(idle, loaded);
  await worker.stop();
}

/**
 * Starts are taken faster than they are worked off: what is measured then is the watching, not the
 * queue before it.
 */
async function untilAllWereCancelled({ simulator }: TemporalStage, ids: ReadonlySet<string>): Promise<void> {
  const waiting = new Set(ids);
  while (waiting.size > 0) {
    for (const { operation, orgId, taskId } of await simulator.controls.calls())
      if (operation === 'cancelTask') waiting.delete(workflowId({ orgId: orgId ?? '', taskId: taskId ?? '' }));
    await sleep(SETTLE_MS);
  }
}

/** One start after the other; their tasks are over as soon as they are asked to be. */
async function probe(stage: TemporalStage, worker: LoadWorker, probes: number, orgId: string): Promise<Probed> {
  const tasks = Array.from({ length: probes }, (_, index) => ({ orgId, taskId: `task-${index}` }));
  await atMost(1, tasks, (task) => stage.simulator.controls.addTask({ ...task, script: { settlesAfterMs: 0 } }));
  const cpuMs = () => ({ worker: cpuMsOf([worker.pid]), server: cpuMsOf(stage.serverPids) });
  const reads = () => worker.metric(SHARED_READS_METRIC);
  const before = { atMs: Date.now(), cpuMs: cpuMs(), reads: (await reads()) || 0 };
  const startedAtMs = new Map<string, number>();
  for (const task of tasks) {
    const { atMs } = await startAll(stage, worker.taskQueue, [task], { inFlight: 1, startsPerSecond: 1 });
    for (const [id, startMs] of atMs) startedAtMs.set(id, startMs);
    await sleep(BETWEEN_PROBES_MS);
  }
  const tookMs = Date.now() - before.atMs;
  const after = { cpuMs: cpuMs(), reads: (await reads()) || 0 };
  const share = (beforeMs: number | null, afterMs: number | null) =>
    beforeMs === null || afterMs === null ? null : (afterMs - beforeMs) / tookMs;
  const calls = await stage.simulator.controls.calls();
  return {
    startToCancelMs: calls.flatMap((call) => {
      const id = workflowId({ orgId: call.orgId ?? '', taskId: call.taskId ?? '' });
      const startMs = call.operation === 'cancelTask' ? startedAtMs.get(id) : undefined;
      return startMs === undefined ? [] : [Date.parse(call.at) - startMs];
    }),
    pollsPerSecond: ((after.reads - before.reads) / tookMs) * SECOND_MS,
    workerCpuShare: share(before.cpuMs.worker, after.cpuMs.worker),
    serverCpuShare: share(before.cpuMs.server, after.cpuMs.server),
    rssBytes: rssBytesOf([worker.pid]),
    cached: await worker.metric(CACHED_METRIC),
  };
}

function print(idle: Probed, loaded: Probed): void {
  const row = (name: string, of: (probed: Probed) => number | null, isRatio = true) => {
    const [before, after] = [of(idle), of(loaded)];
    const times = before === null || after === null || !isRatio ? '' : `${(after / before).toFixed(2)}×`;
    return [name, figure(before), figure(after), times];
  };
  const mebibytes = (bytes: number | null) => (bytes === null ? null : bytes / MIB);
  const percent = (share: number | null) => (share === null ? null : 100 * share);
  console.log(
    markdownTable(
      ['', 'idle', 'with monitors', 'ratio'],
      [
        ...[0.5, 0.95, 0.99].map((q) =>
          row(`start to cancel, p${q * 100}, ms`, ({ startToCancelMs }) => quantile(startToCancelMs, q)),
        ),
        row('status reads a second', ({ pollsPerSecond }) => pollsPerSecond, false),
        row('worker CPU, % of a core', ({ workerCpuShare }) => percent(workerCpuShare)),
        row('Temporal CPU, % of a core', ({ serverCpuShare }) => percent(serverCpuShare)),
        row('worker memory, MiB', ({ rssBytes }) => mebibytes(rssBytes)),
        row('runs in its cache', ({ cached }) => cached, false),
      ],
    ),
  );
  if (idle.rssBytes === null || loaded.rssBytes === null) return;
  const perRunKib = (loaded.rssBytes - idle.rssBytes) / 1_024 / (loaded.cached - idle.cached);
  console.log(`\nworker memory per cached monitor: ${figure(perRunKib)} KiB`);
}

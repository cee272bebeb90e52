import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationClient } from '../../client';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import type { CancelTaskInput } from '../../domain/contract/input';
import type { CancelTaskResult } from '../../domain/contract/result';
import type { LoadOptions } from './options';
import { sharingName } from './options';
import type { LoadWorker } from './worker';
import { startLoadWorker } from './worker';
import { figure, markdownTable } from '../kit/markdownTable';
import { cpuMsOf, rssBytesOf } from '../kit/processUsage';
import { mean, quantile } from '../kit/quantile';
import type { TemporalStage } from '../temporal/stage';

const POLL_MS = 20 * SECOND_MS;
/** These are shorter where the soak is. */
const TASK_LIFE_MS = 10 * MINUTE_MS;
const WINDOW_MS = 5 * MINUTE_MS;
const LOOK_MS = 2 * SECOND_MS;
const MIB = 2 ** 20;
const KIB = 2 ** 10;

/** What a worker did and took from one time to another. */
interface Window {
  title: string;
  fromMs: number;
  toMs: number;
  rssBytes: number;
  heapBytes: number;
  openFiles: number;
  cachedRuns: number;
  readsPerSecond: number;
  cpuShare: number;
  logBytesPerHour: number;
}

interface Ended {
  settlesAfterMs: number;
  result: CancelTaskResult;
}

/**
 * Cancellations that come and go: as many are watched at any time as it takes for the reads a
 * second, and one that ends is replaced. Whatever a worker kept of them would show as growth.
 */
export async function soak(stage: TemporalStage, options: LoadOptions): Promise<void> {
  const [within = '0'] = options.sharedWithin;
  const running = Math.round((options.pollsPerSecond * POLL_MS) / SECOND_MS);
  const lifeMs = Math.min(TASK_LIFE_MS, options.lastsMs / 3);
  const betweenStartsMs = lifeMs / running;
  console.log(
    `soak: ${running} at a time for ${figure(options.lastsMs / MINUTE_MS)} min, ${sharingName(within)}, ` +
      `a read in ${POLL_MS / SECOND_MS} s and ${figure(lifeMs / MINUTE_MS)} min each\n`,
  );
  await stage.simulator.controls.reset();
  const worker = await startLoadWorker(stage, options, within);
  const client = CancellationClient.using(stage.temporal.client, { taskQueue: worker.taskQueue });
  const stamp = Date.now().toString(36);
  const started: Promise<Ended>[] = [];
  const cancel = async (settlesAfterMs: number): Promise<Ended> => {
    const ids = { orgId: `org-${stamp}-${started.length % options.organizations}`, taskId: `task-${started.length}` };
    await stage.simulator.controls.addTask({ ...ids, script: { settlesAfterMs, estimate: 'none' } });
    const input: CancelTaskInput = { ...ids, poll: { min: POLL_MS, max: POLL_MS } };
    return { settlesAfterMs, result: await client.result((await client.start(input)).workflowId) };
  };

  // Their ends are spread as those of a worker that has run for long.
  for (let index = 0; index < running; index += 1) {
    started.push(cancel(Math.ceil(index * betweenStartsMs)));
    await sleep(POLL_MS / running);
  }
  const beganAtMs = Date.now();
  const windowMs = Math.min(WINDOW_MS, options.lastsMs / 3);
  const windows = ['start', 'middle', 'end'].map((title, index) => {
    const fromMs = beganAtMs + (index / 2) * (options.lastsMs - windowMs);
    return sleep(fromMs - Date.now()).then(() => watched(worker, title, windowMs));
  });
  for (let count = 1; Date.now() < beganAtMs + options.lastsMs; count += 1) {
    started.push(cancel(lifeMs));
    await sleep(beganAtMs + count * betweenStartsMs - Date.now());
  }
  print(await Promise.all(windows), await Promise.all(started));
  await worker.stop();
}

async function watched(worker: LoadWorker, title: string, lastsMs: number): Promise<Window> {
  const reads = () => worker.metric('vmc_cancel_shared_reads_total');
  const now = async () => ({
    atMs: Date.now(),
    reads: await reads(),
    cpuMs: cpuMsOf([worker.pid]) ?? NaN,
    logBytes: worker.logBytes(),
  });
  const before = await now();
  const looks: Record<'rssBytes' | 'heapBytes' | 'openFiles' | 'cachedRuns', number>[] = [];
  while (Date.now() < before.atMs + lastsMs) {
    looks.push({
      rssBytes: rssBytesOf([worker.pid]) ?? NaN,
      heapBytes: await worker.metric('nodejs_heap_size_used_bytes'),
      openFiles: await worker.metric('process_open_fds'),
      cachedRuns: await worker.metric('temporal_sticky_cache_size'),
    });
    await sleep(LOOK_MS);
  }
  const after = await now();
  const tookMs = after.atMs - before.atMs;
  const average = (name: keyof (typeof looks)[number]) => mean(looks.map((look) => look[name]));
  return {
    title,
    fromMs: before.atMs,
    toMs: after.atMs,
    rssBytes: average('rssBytes'),
    heapBytes: average('heapBytes'),
    openFiles: average('openFiles'),
    cachedRuns: average('cachedRuns'),
    readsPerSecond: ((after.reads - before.reads) / tookMs) * SECOND_MS,
    cpuShare: (after.cpuMs - before.cpuMs) / tookMs,
    logBytesPerHour: ((after.logBytes - before.logBytes) / tookMs) * HOUR_MS,
  };
}

function print(windows: readonly Window[], ended: readonly Ended[]): void {
  const row = (name: string, of: (window: Window) => number) => {
    const values = windows.map(of);
    const [first = NaN] = values;
    return [name, ...values.map((value) => figure(value)), `${((values.at(-1) ?? NaN) / first).toFixed(2)}×`];
  };
  const delaysMs = ({ fromMs, toMs }: Window) =>
    ended.flatMap(({ result: { startedAt, acceptedAt } }) => {
      const atMs = Date.parse(startedAt);
      return atMs >= fromMs && atMs < toMs && acceptedAt !== null ? [Date.parse(acceptedAt) - atMs] : [];
    });
  console.log(
    markdownTable(
      ['', ...windows.map(({ title }) => title), 'end / start'],
      [
        row('worker memory, MiB', ({ rssBytes }) => rssBytes / MIB),
        row('… of which JavaScript heap in use, MiB', ({ heapBytes }) => heapBytes / MIB),
        row('open files and sockets', ({ openFiles }) => openFiles),
        row('runs in its cache', ({ cachedRuns }) => cachedRuns),
        ...[0.5, 0.95].map((q) =>
          row(`start to accepted cancel, p${q * 100}, ms`, (window) => quantile(delaysMs(window), q)),
        ),
        row('status reads a second', ({ readsPerSecond }) => readsPerSecond),
        row('worker CPU, % of a core', ({ cpuShare }) => 100 * cpuShare),
        row('log, KiB an hour', ({ logBytesPerHour }) => logBytesPerHour / KIB),
      ],
    ),
  );
  const right = ended.filter(({ result }) => result.outcome === 'CANCELED' && result.cancelRequests === 1).length;
  const lagsMs = ended.map(({ settlesAfterMs, result: { acceptedAt, observedAt } }) => {
    return Date.parse(observedAt) - Date.parse(acceptedAt ?? '') - settlesAfterMs;
  });
  console.log(
    `\n${ended.length} cancellations ended, ${right} of them CANCELED by one request; ` +
      `a verdict came ${figure(mean(lagsMs) / SECOND_MS)} s after the task's end on average`,
  );
}

import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../domain/duration';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/report';
import { NoWorkerError, TemporalUnreachableError } from './errors';

export type WatchEvent =
  | { kind: 'progress'; progress: CancelTaskProgress }
  /** No worker answers. The cancellation waits for one, and so does the watch. Told once, until progress is heard again. */
  | { kind: 'noWorker'; error: NoWorkerError }
  /** Temporal cannot be reached. The watch goes on when it can. Told once, until progress is heard again. */
  | { kind: 'unreachable'; error: TemporalUnreachableError }
  | { kind: 'settled'; result: CancelTaskResult };

export interface WatchOptions {
  /** Ends the watch, never the cancellation; the iteration then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What a watch needs of one cancellation. */
export interface WatchedRun {
  result(signal: AbortSignal): Promise<CancelTaskResult>;
  progress(signal: AbortSignal): Promise<CancelTaskProgress>;
}

const SOONEST_LOOK_MS = SECOND_MS;
const LATEST_LOOK_MS = 5 * SECOND_MS;
/** By then the read that was due has mostly been answered. */
const AFTER_POLL_MS = 500;

/**
 * The wait before the progress is asked for again. A query costs the worker a task and may cost its owner money, and between two status
 * reads there is little news: so soon after the next read, and otherwise every few seconds for what operators and outages bring.
 */
export function nextLookMs(nextPollAt: string | null, nowMs: number): number {
  if (nextPollAt === null) return SOONEST_LOOK_MS;
  const untilPolledMs = Date.parse(nextPollAt) + AFTER_POLL_MS - nowMs;
  return Math.min(Math.max(untilPolledMs, SOONEST_LOOK_MS), LATEST_LOOK_MS);
}

/** The end is learnt from a long poll on the run's result, and only the way there from queries. */
export async function* watchRun(
  run: WatchedRun,
  { signal }: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const end = run.result(stopping);
  // Whoever races it hears of its failure; between two races nobody does.
  end.catch(() => undefined);
  const settled = end.then((result) => ({ kind: 'settled', result }) as const);
  settled.catch(() => undefined);
  try {
    let told = '';
    let waitMs = 0;
    let event: WatchEvent;
    do {
      event = await Promise.race([settled, look(run, waitMs, stopping)]);
      const tale = JSON.stringify(event);
      if (tale !== told) yield event;
      told = tale;
      waitMs = event.kind === 'progress' ? nextLookMs(event.progress.nextPollAt, Date.now()) : LATEST_LOOK_MS;
    } while (event.kind !== 'settled');
  } finally {
    stop.abort();
  }
}

async function look(run: WatchedRun, waitMs: number, signal: AbortSignal): Promise<WatchEvent> {
  await sleep(waitMs, undefined, { signal });
  try {
    return { kind: 'progress', progress: await run.progress(signal) };
  } catch (error) {
    if (error instanceof NoWorkerError) return { kind: 'noWorker', error };
    if (error instanceof TemporalUnreachableError) return { kind: 'unreachable', error };
    throw error;
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/contract/result';
import { HaltedError, NoWorkerError, TemporalUnreachableError } from '../temporal/errors';

export type WatchEvent =
  | { kind: 'progress'; progress: CancelTaskProgress }
  /** No worker answers; the watch waits for one. Reported once until the next progress. */
  | { kind: 'noWorker'; error: NoWorkerError }
  /**
   * The run is paused in Temporal, or stuck; the watch waits. Reported once until the next
   * progress.
   */
  | { kind: 'halted'; error: HaltedError }
  /** Temporal is unreachable; the watch waits. Reported once until the next progress. */
  | { kind: 'unreachable'; error: TemporalUnreachableError }
  | { kind: 'settled'; result: CancelTaskResult };

export interface WatchOptions {
  /**
   * Ends the watch, never the cancellation; the iteration then rejects with the signal's reason.
   */
  signal?: AbortSignal | undefined;
}

/** The calls that a watch makes. */
export interface WatchedRun {
  /** @param onUnreachable called once per outage of Temporal; the wait goes on */
  result(signal: AbortSignal, onUnreachable: (error: TemporalUnreachableError) => void): Promise<CancelTaskResult>;
  progress(signal: AbortSignal): Promise<CancelTaskProgress>;
}

const SOONEST_LOOK_MS = SECOND_MS;
const LATEST_LOOK_MS = 5 * SECOND_MS;
/** Time for the status read that was due. */
const AFTER_POLL_MS = 500;

/**
 * The wait before the next progress query. A query costs a workflow task, and progress changes with
 * the status reads: query soon after the next read, and every few seconds for news of operators and
 * outages.
 */
export function nextLookMs(nextPollAt: string | null, nowMs: number): number {
  if (nextPollAt === null) return SOONEST_LOOK_MS;
  const untilPolledMs = Date.parse(nextPollAt) + AFTER_POLL_MS - nowMs;
  return Math.min(Math.max(untilPolledMs, SOONEST_LOOK_MS), LATEST_LOOK_MS);
}

/** The result's long poll reports the end; queries report the progress until then. */
export async function* watchRun(
  run: WatchedRun,
  { signal }: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  // Aborted by news. Racing promises instead would leak a listener per query.
  let looking = new AbortController();
  const news: News = { isOver: false, outage: null };
  const end = run.result(stopping, (outage) => {
    news.outage = outage;
    looking.abort();
  });
  const over = () => {
    news.isOver = true;
    looking.abort();
  };
  end.then(over, over);
  try {
    let reported = '';
    for (let waitMs = 0; !news.isOver;) {
      const seen = await look(run, waitMs, looking.signal);
      // The result's long poll already knows that Temporal is unreachable. Report that instead of
      // letting every progress query time out.
      const event = seen ?? outageIn(news);
      if (event === null) break;
      if (seen === null) {
        news.outage = null;
        looking = new AbortController();
      }
      const text = JSON.stringify(event);
      if (text !== reported) yield event;
      reported = text;
      waitMs = event.kind === 'progress' ? nextLookMs(event.progress.nextPollAt, Date.now()) : LATEST_LOOK_MS;
    }
    yield { kind: 'settled', result: await end };
  } finally {
    stop.abort();
    looking.abort();
  }
}

interface News {
  isOver: boolean;
  outage: TemporalUnreachableError | null;
}

function outageIn({ isOver, outage }: News): WatchEvent | null {
  return isOver || outage === null ? null : { kind: 'unreachable', error: outage };
}

/** Null if the signal ended the query. */
async function look(run: WatchedRun, waitMs: number, signal: AbortSignal): Promise<WatchEvent | null> {
  try {
    await sleep(waitMs, undefined, { signal });
    return { kind: 'progress', progress: await run.progress(signal) };
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof NoWorkerError) return { kind: 'noWorker', error };
    if (error instanceof HaltedError) return { kind: 'halted', error };
    if (error instanceof TemporalUnreachableError) return { kind: 'unreachable', error };
    throw error;
  }
}

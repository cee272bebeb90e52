import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/contract/result';
import { NoWorkerError, PausedError, TemporalUnreachableError } from '../temporal/errors';

export type WatchEvent =
  | { kind: 'progress'; progress: CancelTaskProgress }
  /**
   * No worker answers. The cancellation waits for one, and so does the watch. Told once, until
   * progress is heard again.
   */
  | { kind: 'noWorker'; error: NoWorkerError }
  /**
   * Somebody has paused the cancellation in Temporal. The watch goes on when it is unpaused. Told
   * once, until progress is heard again.
   */
  | { kind: 'paused'; error: PausedError }
  /**
   * Temporal cannot be reached. The watch goes on when it can. Told once, until progress is heard
   * again.
   */
  | { kind: 'unreachable'; error: TemporalUnreachableError }
  | { kind: 'settled'; result: CancelTaskResult };

export interface WatchOptions {
  /**
   * Ends the watch, never the cancellation; the iteration then rejects with the signal's reason.
   */
  signal?: AbortSignal | undefined;
}

/** What a watch needs of one cancellation. */
export interface WatchedRun {
  /**
   * @param onUnreachable told once an outage that Temporal cannot be reached; the wait for the end
   * goes on
   */
  result(signal: AbortSignal, onUnreachable: (error: TemporalUnreachableError) => void): Promise<CancelTaskResult>;
  progress(signal: AbortSignal): Promise<CancelTaskProgress>;
}

const SOONEST_LOOK_MS = SECOND_MS;
const LATEST_LOOK_MS = 5 * SECOND_MS;
/** By then the read that was due has mostly been answered. */
const AFTER_POLL_MS = 500;

/**
 * The wait before the progress is asked for again. A query costs the worker a task and may cost its
 * owner money, and between two status reads there is little news: so soon after the next read, and
 * otherwise every few seconds for what operators and outages bring.
 */
export function nextLookMs(nextPollAt: string | null, nowMs: number): number {
  if (nextPollAt === null) return SOONEST_LOOK_MS;
  const untilPolledMs = Date.parse(nextPollAt) + AFTER_POLL_MS - nowMs;
  return Math.min(Math.max(untilPolledMs, SOONEST_LOOK_MS), LATEST_LOOK_MS);
}

/** The end is learnt from waiting for the result, and only the way there from queries. */
export async function* watchRun(
  run: WatchedRun,
  { signal }: WatchOptions,
): AsyncGenerator<WatchEvent, void, undefined> {
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  // Aborted by news. A race against them would leave something behind with every look, for as long
  // as the watch lasts.
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
    let told = '';
    for (let waitMs = 0; !news.isOver;) {
      const seen = await look(run, waitMs, looking.signal);
      // What the wait for the end has met need not be found out once more by each look, of which
      // there may be a long row.
      const event = seen ?? outageIn(news);
      if (event === null) break;
      if (seen === null) {
        news.outage = null;
        looking = new AbortController();
      }
      const tale = JSON.stringify(event);
      if (tale !== told) yield event;
      told = tale;
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

/** Null where the looking was ended. */
async function look(run: WatchedRun, waitMs: number, signal: AbortSignal): Promise<WatchEvent | null> {
  try {
    await sleep(waitMs, undefined, { signal });
    return { kind: 'progress', progress: await run.progress(signal) };
  } catch (error) {
    if (signal.aborted) return null;
    if (error instanceof NoWorkerError) return { kind: 'noWorker', error };
    if (error instanceof PausedError) return { kind: 'paused', error };
    if (error instanceof TemporalUnreachableError) return { kind: 'unreachable', error };
    throw error;
  }
}

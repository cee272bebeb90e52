import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE_MS, SECOND_MS } from '../domain/duration';
import type { CancelTaskResult } from '../domain/report';
import type { TemporalConnection } from './connection';
import { RunFailedError, TemporalUnreachableError } from './errors';
import { parsedResult } from './parsing';
import { runFailureOf } from './state';

export interface WaitOptions {
  /** Ends the waiting, never the cancellation; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told once an outage that Temporal cannot be reached. The waiting goes on. */
  onUnreachable?: ((error: TemporalUnreachableError) => void) | undefined;
}

interface EndedRun {
  workflowId: string;
  runId: string;
}

const HISTORY_TIME_LIMIT_MS = 10 * SECOND_MS;
/** The long poll is renewed before a proxy on the way might cut it. */
const LONG_POLL_TIME_LIMIT_MS = MINUTE_MS;
const BETWEEN_RECONNECTS_MS = 2 * SECOND_MS;

/**
 * The result of a run that is over, out of its history.
 *
 * @throws RunFailedError
 */
export async function endOf(temporal: TemporalConnection, run: EndedRun): Promise<CancelTaskResult> {
  return await endWithin(HISTORY_TIME_LIMIT_MS, temporal, run);
}

/** The result of a run and of those that it continues as, whenever it comes. */
export async function awaitedEnd(
  temporal: TemporalConnection,
  run: EndedRun,
  { signal, onUnreachable }: WaitOptions,
): Promise<CancelTaskResult> {
  for (let unreachable = false; ; signal?.throwIfAborted()) {
    const calledAtMs = Date.now();
    try {
      return await endWithin(LONG_POLL_TIME_LIMIT_MS, temporal, run, signal);
    } catch (error) {
      if (!(error instanceof TemporalUnreachableError)) throw error;
      // The time limit of a long poll that brought nothing is no outage; the server may be a little ahead of it.
      const timeIsUp = Date.now() - calledAtMs >= LONG_POLL_TIME_LIMIT_MS - SECOND_MS;
      if (!timeIsUp && !unreachable) onUnreachable?.(error);
      unreachable = !timeIsUp;
      if (unreachable) await sleep(BETWEEN_RECONNECTS_MS, undefined, { signal });
    }
  }
}

async function endWithin(
  timeLimitMs: number,
  temporal: TemporalConnection,
  { workflowId, runId }: EndedRun,
  signal?: AbortSignal,
): Promise<CancelTaskResult> {
  const ended = () => temporal.client.workflow.result(workflowId, runId);
  try {
    return parsedResult(await temporal.call(ended, { workflowId, timeLimitMs, signal }));
  } catch (error) {
    const failure = runFailureOf(error);
    throw failure === null ? error : new RunFailedError(workflowId, failure);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowContinuedAsNewError } from '@temporalio/client';
import { MINUTE_MS, SECOND_MS } from '../domain/duration';
import type { CancelTaskResult } from '../domain/report';
import { describedRun } from './asking';
import type { TemporalConnection } from './connection';
import { RunFailedError, TemporalUnreachableError } from './errors';
import { parsedResult } from './parsing';
import { runFailureOf, runStatusOf } from './state';

export interface WaitOptions {
  /** Ends the waiting, never the cancellation; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told once an outage that Temporal cannot be reached. The waiting goes on. */
  onUnreachable?: ((error: TemporalUnreachableError) => void) | undefined;
  /** Told when Temporal is reached again. */
  onReachable?: (() => void) | undefined;
}

interface EndedRun {
  workflowId: string;
  runId: string;
}

/** How a cancellation ended, and the run that this was learnt from. */
export interface RunEnd {
  runId: string;
  result: CancelTaskResult;
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

/** Where a run stands, and those that it continues as: over, or going on under this id. */
export type Standing = { kind: 'over'; end: RunEnd } | { kind: 'running'; runId: string };

/**
 * Asks without waiting.
 *
 * @param runId null for the latest run
 * @throws RunFailedError
 */
export async function standingOf(
  temporal: TemporalConnection,
  workflowId: string,
  runId: string | null,
): Promise<Standing> {
  const found = await describedRun(temporal, workflowId, runId);
  const run = { workflowId, runId: found.runId };
  if (found.status.name !== 'CONTINUED_AS_NEW' && runStatusOf(found.status.name) === 'running')
    return { kind: 'running', runId: run.runId };
  try {
    const result = await endWithin(HISTORY_TIME_LIMIT_MS, temporal, run, { followRuns: false });
    return { kind: 'over', end: { runId: run.runId, result } };
  } catch (error) {
    if (!(error instanceof WorkflowContinuedAsNewError)) throw error;
    return await standingOf(temporal, workflowId, error.newExecutionRunId);
  }
}

/** The result of a run and of those that it continues as, whenever it comes. */
export async function awaitedEnd(
  temporal: TemporalConnection,
  run: EndedRun,
  { signal, onUnreachable, onReachable }: WaitOptions,
): Promise<CancelTaskResult> {
  for (let unreachable = false; ; signal?.throwIfAborted()) {
    const calledAtMs = Date.now();
    try {
      return await endWithin(LONG_POLL_TIME_LIMIT_MS, temporal, run, { signal });
    } catch (error) {
      if (!(error instanceof TemporalUnreachableError)) throw error;
      // The time limit of a long poll that brought nothing is no outage; the server may be a little ahead of it.
      const timeIsUp = Date.now() - calledAtMs >= LONG_POLL_TIME_LIMIT_MS - SECOND_MS;
      if (!timeIsUp && !unreachable) onUnreachable?.(error);
      if (timeIsUp && unreachable) onReachable?.();
      unreachable = !timeIsUp;
      if (unreachable) await sleep(BETWEEN_RECONNECTS_MS, undefined, { signal });
    }
  }
}

async function endWithin(
  timeLimitMs: number,
  temporal: TemporalConnection,
  { workflowId, runId }: EndedRun,
  options: { signal?: AbortSignal | undefined; followRuns?: boolean } = {},
): Promise<CancelTaskResult> {
  const { signal, followRuns = true } = options;
  const ended = () => temporal.client.workflow.result(workflowId, runId, { followRuns });
  try {
    return parsedResult(await temporal.call(ended, { workflowId, timeLimitMs, signal }));
  } catch (error) {
    const failure = runFailureOf(error);
    throw failure === null ? error : new RunFailedError(workflowId, failure);
  }
}

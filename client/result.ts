import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowContinuedAsNewError } from '@temporalio/client';
import { temporal as proto } from '@temporalio/proto';
import { MINUTE_MS, SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskResult } from '../domain/contract/result';
import type { DescribedRun } from './progress';
import { describedRun } from './progress';
import type { TemporalConnection } from '../temporal/connection';
import type { HaltedError } from '../temporal/errors';
import { NotStartedError, RunFailedError, TemporalUnreachableError } from '../temporal/errors';
import { parsedResult } from './answers';
import { runFailureOf, runStatusOf } from './runState';

export interface WaitOptions {
  /** Ends the waiting, never the cancellation; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called once an outage, when Temporal cannot be reached. The wait goes on. */
  onUnreachable?: ((error: TemporalUnreachableError) => void) | undefined;
  /** Called when Temporal is reached again. */
  onReachable?: (() => void) | undefined;
  /**
   * Called once a halt, some seconds late, when the cancellation was paused in Temporal or is
   * stuck. The waiting goes on.
   */
  onHalted?: ((error: HaltedError) => void) | undefined;
  /** Called when it goes on. */
  onResumed?: (() => void) | undefined;
}

interface Run {
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
/** With `onHalted`: a halt ends no long poll. */
const LOOKING_LONG_POLL_TIME_LIMIT_MS = 10 * SECOND_MS;
const BETWEEN_RECONNECTS_MS = 2 * SECOND_MS;

/** The state of a run, or of the one that continues it: over, or running under this id. */
export type CurrentState =
  { kind: 'over'; end: RunEnd } | { kind: 'running'; runId: string; halted: HaltedError | null };

/**
 * Returns without waiting for an end.
 *
 * @param runId null for the latest run
 * @throws RunFailedError
 */
export async function currentState(
  temporal: TemporalConnection,
  workflowId: string,
  runId: string | null,
): Promise<CurrentState> {
  return await stateFrom(temporal, await describedRun(temporal, workflowId, runId));
}

/** The same, of a run that has been described just now. */
export async function stateFrom(temporal: TemporalConnection, found: DescribedRun): Promise<CurrentState> {
  const { workflowId, runId, halted } = found;
  if (isRunning(found)) return { kind: 'running', runId, halted };
  const closed = await closeOf(temporal, { workflowId, runId }, HISTORY_TIME_LIMIT_MS);
  return closed.kind === 'over' ? closed : await currentState(temporal, workflowId, closed.runId);
}

function isRunning({ status }: DescribedRun): boolean {
  return status.name !== 'CONTINUED_AS_NEW' && runStatusOf(status.name) === 'running';
}

/**
 * The result of a run, or of the one that goes on in its place, whenever it comes.
 *
 * @throws RunFailedError
 */
export async function waitForResult(
  temporal: TemporalConnection,
  first: DescribedRun,
  { signal, onUnreachable, onReachable, onHalted, onResumed }: WaitOptions,
): Promise<RunEnd> {
  const { workflowId } = first;
  const halts = new HaltNews(onHalted, onResumed);
  halts.saw(first.halted);
  const timeLimitMs = onHalted === undefined ? LONG_POLL_TIME_LIMIT_MS : LOOKING_LONG_POLL_TIME_LIMIT_MS;
  let { runId } = first;
  for (let unreachable = false, looked = true; ; signal?.throwIfAborted()) {
    const calledAtMs = Date.now();
    try {
      if (!looked && onHalted !== undefined) halts.saw((await describedRun(temporal, workflowId, runId)).halted);
      looked = false;
      const closed = await closeOf(temporal, { workflowId, runId }, timeLimitMs, signal);
      if (closed.kind === 'over') return closed.end;
      ({ runId } = closed);
    } catch (error) {
      if (!(error instanceof TemporalUnreachableError)) throw error;
      // The time limit of a long poll that brought nothing is no outage; the server may be a little
      // ahead of it.
      const timeIsUp = Date.now() - calledAtMs >= timeLimitMs - SECOND_MS;
      if (!timeIsUp && !unreachable) onUnreachable?.(error);
      if (timeIsUp && unreachable) onReachable?.();
      unreachable = !timeIsUp;
      if (unreachable) await sleep(BETWEEN_RECONNECTS_MS, undefined, { signal });
    }
  }
}

/** Reports a halt once, however often it is observed. */
export class HaltNews {
  private isReported = false;

  constructor(
    private readonly onHalted: WaitOptions['onHalted'],
    private readonly onResumed: WaitOptions['onResumed'],
  ) {}

  saw(halted: HaltedError | null): void {
    if (halted !== null && !this.isReported) this.onHalted?.(halted);
    if (halted === null && this.isReported) this.onResumed?.();
    this.isReported = halted !== null;
  }
}

/** What came of a run: the end of the cancellation, or another run that goes on with it. */
type Closed = { kind: 'over'; end: RunEnd } | { kind: 'replaced'; runId: string };

async function closeOf(
  temporal: TemporalConnection,
  { workflowId, runId }: Run,
  timeLimitMs: number,
  signal?: AbortSignal,
): Promise<Closed> {
  const ended = () => temporal.client.workflow.result(workflowId, runId, { followRuns: false });
  try {
    const result = parsedResult(await temporal.call(ended, { workflowId, timeLimitMs, signal }));
    return { kind: 'over', end: { runId, result } };
  } catch (error) {
    if (error instanceof WorkflowContinuedAsNewError) return { kind: 'replaced', runId: error.newExecutionRunId };
    const failure = runFailureOf(error);
    if (failure === null) throw error;
    const replacement = await replacementOf(temporal, { workflowId, runId });
    if (replacement !== null) return { kind: 'replaced', runId: replacement };
    throw new RunFailedError(workflowId, failure);
  }
}

/**
 * The run that goes on in the place of one without a verdict: a reset terminates the run, or takes
 * one that is over, and starts another. That one is of the same chain, which has the id of its
 * first run throughout; a later start of the same task begins a chain of its own.
 */
async function replacementOf(temporal: TemporalConnection, { workflowId, runId }: Run): Promise<string | null> {
  try {
    const ended = await describedRun(temporal, workflowId, runId);
    if (ended.resetRunId !== null) return ended.resetRunId;
    // Where it was an older run that was reset, that one knows of the replacement, and not the run
    // that was terminated for it.
    const latest = await describedRun(temporal, workflowId);
    if (latest.runId === runId) return null;
    const isOfChain = latest.firstRunId !== null && latest.firstRunId === ended.firstRunId;
    const isReset = isOfChain || (latest.wasReset && (await wasTerminatedByReset(temporal, { workflowId, runId })));
    return isReset ? latest.runId : null;
  } catch (error) {
    // It was deleted meanwhile.
    if (error instanceof NotStartedError) return null;
    throw error;
  }
}

/** What the server calls itself where it terminates a run for a reset. */
const RESETTER = 'history-resetter';
const CLOSE_EVENT = proto.api.enums.v1.HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT;

async function wasTerminatedByReset(temporal: TemporalConnection, execution: Run): Promise<boolean> {
  const { client, namespace } = temporal;
  const request = { namespace, execution, historyEventFilterType: CLOSE_EVENT };
  const closed = () => client.workflowService.getWorkflowExecutionHistory(request);
  const { history } = await temporal.call(closed, { workflowId: execution.workflowId });
  return history?.events?.at(-1)?.workflowExecutionTerminatedEventAttributes?.identity === RESETTER;
}

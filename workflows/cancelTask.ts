import {
  ApplicationFailure,
  CancellationScope,
  makeContinueAsNewFunc,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Cancellation } from '../domain/cancellation/state';
import { fromContinuedRun, newCancellation } from '../domain/cancellation/state';
import type { CancelTaskInput, CancelTaskSettings } from '../domain/contract/input';
import { parseCancelTaskInput } from '../domain/contract/input';
import { iso } from '../domain/contract/instant';
import { INVALID_INPUT, STARTED_AT_MEMO, WORKFLOW_TYPE } from '../domain/contract/names';
import { resultOf } from '../domain/contract/report';
import type { CancelTaskResult } from '../domain/contract/result';
import { invalidInput, setHandlers } from './handlers';
import { reportFailure } from './reports';
import { Run } from './run';

/** What a run knows when it continues as new. */
interface Carried {
  /**
   * The run before. A starter cannot name it, and a cron schedule or a retry policy would repeat
   * another one.
   */
  runId: string;
  cancellation: Cancellation;
}

/**
 * Cancels a VMC task and stays with it until the API has said how it ended.
 *
 * @param input what to cancel, and how; validated here, because a starter in any language may send
 * anything.
 * @param more what was known when the run continued as new; no starter passes it.
 * @returns the one verdict, with what led to it.
 * @throws ApplicationFailure, non-retryable, only where there can be no verdict. Its type is one of
 * `InvalidInput`, `TaskNotFound`, `TaskVanished`, `Unauthorized`, `Forbidden`, `VmcApiError`.
 */
export async function cancelTask(input: CancelTaskInput, ...more: [] | [Carried]): Promise<CancelTaskResult> {
  const settings = validated(input, more);
  const [carried] = more;
  const state = carried
    ? fromContinuedRun(settings, carried.cancellation)
    : newCancellation(settings, workflowInfo().startTime.getTime());
  if (carried) noteBeginning(state);
  const run = new Run(settings, state);
  setHandlers(run);
  stopWhenCancelled(run);
  const end = await run.untilItEnds();
  if (end.kind === 'continueAsNew')
    return await makeContinueAsNewFunc<typeof cancelTask>({ workflowType: WORKFLOW_TYPE })(input, {
      runId: workflowInfo().runId,
      cancellation: run.state,
    });
  switch (end.ending.kind) {
    case 'outcome':
      return resultOf(run.state, end.ending, settings);
    case 'failure':
      throw ApplicationFailure.nonRetryable(end.ending.message, end.ending.type);
  }
}

/**
 * Of the history so far, which holds the memo: one nearly as large as the server takes would
 * terminate the run.
 */
const MAX_SIZE_TO_NOTE_BYTES = 1_500_000;

/**
 * In a list, a run that continues another looks as young as itself. The server carries only the
 * memo of the start along.
 */
function noteBeginning({ startedAtMs }: Cancellation): void {
  if (workflowInfo().historySize <= MAX_SIZE_TO_NOTE_BYTES) upsertMemo({ [STARTED_AT_MEMO]: iso(startedAtMs) });
}

function validated(input: unknown, more: readonly unknown[]): CancelTaskSettings {
  const parsed = parseCancelTaskInput(input);
  const problems = parsed.ok ? [] : parsed.problems;
  if (more.length > 1 || !more.every(isOwn)) problems.push('arguments: the workflow takes one argument, the input');
  if (!parsed.ok || problems.length > 0) {
    const failure = invalidInput(`Invalid input: ${problems.join('; ')}`, problems);
    reportFailure(INVALID_INPUT, failure.message);
    throw failure;
  }
  return parsed.value;
}

function isOwn(carried: unknown): boolean {
  if (typeof carried !== 'object' || carried === null || !('runId' in carried)) return false;
  return carried.runId !== undefined && carried.runId === workflowInfo().continuedFromExecutionRunId;
}

function stopWhenCancelled(run: Run): void {
  const scope = CancellationScope.current();
  const stop = () => {
    run.stop({ reason: 'The Temporal workflow was cancelled' });
  };
  if (scope.consideredCancelled) stop();
  else scope.cancelRequested.catch(stop);
}

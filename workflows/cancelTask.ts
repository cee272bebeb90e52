import {
  ApplicationFailure,
  CancellationScope,
  makeContinueAsNewFunc,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { Cancellation, Ending } from '../domain/cancellation/state';
import { fromContinuedRun, newCancellation } from '../domain/cancellation/state';
import type { CancelTaskInput, CancelTaskSettings, Parsed } from '../domain/contract/input';
import { checked, parseCancelTaskInput } from '../domain/contract/input';
import { STARTED_AT_MEMO, WORKFLOW_TYPE } from '../domain/contract/names';
import { progressOf, resultOf } from '../domain/contract/report';
import type { CancelTaskResult } from '../domain/contract/result';
import { operatorSchema, parseExtension, stopMonitoringSchema } from '../domain/contract/updates';
import {
  extendDeadlineUpdate,
  pollNowUpdate,
  progressQuery,
  reissueCancelUpdate,
  stopMonitoringUpdate,
} from './contract';
import { Watch } from './watch';

/** What a run knows when it continues as new. */
interface Carried {
  /**
   * The run that it was known to: whoever starts one cannot name it, a cron schedule or a retry
   * policy repeats another.
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
 * `InvalidInput`, `TaskNotFound`,
 * `TaskVanished`, `Unauthorized`, `Forbidden`, `VmcApiError`.
 */
export async function cancelTask(input: CancelTaskInput, ...more: [] | [Carried]): Promise<CancelTaskResult> {
  const settings = validated(input, more);
  const [carried] = more;
  const state = carried
    ? fromContinuedRun(settings, carried.cancellation)
    : newCancellation(settings, workflowInfo().startTime.getTime());
  if (carried) noteBeginning(state);
  const watch = new Watch(settings, state);
  answerOperators(watch, settings);
  stopWhenCancelled(watch);
  // What is asked of the API is never undone by cancelling the run: the watch ends in its own
  // order.
  const end = await CancellationScope.nonCancellable(() => watch.untilItEnds());
  if (end.kind === 'continueAsNew') return await continueAsNew(input, end.state);
  return concluded(end.ending, watch, settings);
}

/** Of the history so far, which holds the memo. */
const MAX_SIZE_TO_NOTE_BYTES = 1_500_000;

/**
 * In a list, a run that continues another would look as young as itself. The server carries the
 * memo from run to run, but not what was added to it; carried by hand, what somebody else put there
 * would have to be decoded.
 */
function noteBeginning({ startedAtMs }: Cancellation): void {
  // A memo that is nearly as large as the server takes would become too large, and the run be
  // terminated for it.
  if (workflowInfo().historySize > MAX_SIZE_TO_NOTE_BYTES) return;
  upsertMemo({ [STARTED_AT_MEMO]: new Date(startedAtMs).toISOString() });
}

async function continueAsNew(input: CancelTaskInput, cancellation: Cancellation): Promise<never> {
  const carried: Carried = { runId: workflowInfo().runId, cancellation };
  return await makeContinueAsNewFunc<typeof cancelTask>({ workflowType: WORKFLOW_TYPE })(input, carried);
}

function concluded(ending: Ending, watch: Watch, settings: CancelTaskSettings): CancelTaskResult {
  switch (ending.kind) {
    case 'outcome':
      return resultOf(watch.state, ending, settings);
    case 'failure':
      throw ApplicationFailure.nonRetryable(ending.message, ending.type);
  }
}

function validated(input: unknown, more: readonly unknown[]): CancelTaskSettings {
  const parsed = parseCancelTaskInput(input);
  const problems = parsed.ok ? [] : parsed.problems;
  if (more.length > 1 || !more.every(isOwn)) problems.push('arguments: the workflow takes one argument, the input');
  if (!parsed.ok || problems.length > 0) throw invalidInput(`Invalid input: ${problems.join('; ')}`, problems);
  return parsed.value;
}

function isOwn(carried: unknown): boolean {
  if (typeof carried !== 'object' || carried === null || !('runId' in carried)) return false;
  return carried.runId !== undefined && carried.runId === workflowInfo().continuedFromExecutionRunId;
}

function answerOperators(watch: Watch, settings: CancelTaskSettings): void {
  setHandler(progressQuery, () => progressOf(watch.state, settings), {
    description: 'How far the cancellation is: phase, counters, the last sight of the task, trouble, deadline',
  });
  const operator = (argument: unknown) => accepted(checked(operatorSchema, argument ?? {}));
  const stop = (argument: unknown) => accepted(checked(stopMonitoringSchema, argument ?? {}));
  const extension = (argument: unknown) =>
    accepted(parseExtension(argument, watch.state.startedAtMs, watch.state.deadlineAtMs));
  setHandler(pollNowUpdate, (argument?: unknown) => watch.pollNow(operator(argument).requestedBy), {
    description: 'Reads the status of the task now; the schedule goes on from there. Needs no data',
    validator: (argument?: unknown) => void operator(argument),
  });
  setHandler(reissueCancelUpdate, (argument?: unknown) => watch.reissueCancel(operator(argument).requestedBy), {
    description: 'Sends the cancel once more now, on top of maxCancelRequests. Needs no data',
    validator: (argument?: unknown) => void operator(argument),
  });
  setHandler(extendDeadlineUpdate, (argument?: unknown) => watch.extendDeadline(extension(argument)), {
    description: 'Waits longer. Data: {"by": "6h"}, from the present deadline, or {"until": "2026-01-31T12:00:00Z"}',
    validator: (argument?: unknown) => void extension(argument),
  });
  setHandler(stopMonitoringUpdate, (argument?: unknown) => watch.stopMonitoring(stop(argument)), {
    description:
      'Ends the watch as ABANDONED; what was asked of the API stays asked. Data, if you like: {"reason": "…"}',
    validator: (argument?: unknown) => void stop(argument),
  });
}

function accepted<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw invalidInput(parsed.problems.join('; '), parsed.problems);
}

function invalidInput(message: string, problems: readonly string[]): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, 'InvalidInput', problems);
}

function stopWhenCancelled(watch: Watch): void {
  const scope = CancellationScope.current();
  const stop = () => {
    watch.stop({ reason: 'The Temporal workflow was cancelled' });
  };
  if (scope.consideredCancelled) stop();
  else scope.cancelRequested.catch(stop);
}

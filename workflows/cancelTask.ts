import {
  ApplicationFailure,
  CancellationScope,
  makeContinueAsNewFunc,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { Cancellation, Ending } from '../domain/cancellation';
import { begun, resumed } from '../domain/cancellation';
import type { CancelTaskInput, CancelTaskSettings } from '../domain/input';
import { checked, parseCancelTaskInput } from '../domain/input';
import { STARTED_AT_MEMO, WORKFLOW_TYPE } from '../domain/names';
import { progressOf, resultOf } from '../domain/reporting';
import type { CancelTaskResult } from '../domain/report';
import type { OperatorArgument, StopMonitoringArgument } from '../domain/updates';
import { extendedDeadlineMs, operatorSchema, stopMonitoringSchema } from '../domain/updates';
import {
  extendDeadlineUpdate,
  pollNowUpdate,
  progressQuery,
  reissueCancelUpdate,
  stopMonitoringUpdate,
} from './contract';
import { Watch } from './watch';

/**
 * Cancels a VMC task and stays with it until the API has said how it ended.
 *
 * @param input what to cancel, and how; validated here, because a starter in any language may send anything.
 * @param carried what was known when the run continued as new; no starter passes it.
 * @returns the one verdict, with what led to it.
 * @throws ApplicationFailure, non-retryable, only where there can be no verdict. Its type is one of `InvalidInput`, `TaskNotFound`,
 * `TaskVanished`, `Unauthorized`, `Forbidden`, `VmcApiError`.
 */
export async function cancelTask(
  input: CancelTaskInput,
  carried?: Cancellation,
  ...surplus: unknown[]
): Promise<CancelTaskResult> {
  const settings = validated(input, carried, surplus);
  const state = carried ? resumed(settings, carried) : begun(settings, workflowInfo().startTime.getTime());
  const watch = new Watch(settings, state);
  answerOperators(watch, settings);
  stopWhenCancelled(watch);
  // What is asked of the API is never undone by cancelling the run: the watch ends in its own order.
  const end = await CancellationScope.nonCancellable(() => watch.untilItEnds());
  if (end.kind === 'continueAsNew') return await continueAsNew(input, end.state);
  return concluded(end.ending, watch, settings);
}

/** In a list, the next run would look as young as itself. A memo takes the place of the one before, so that goes along. */
async function continueAsNew(input: CancelTaskInput, state: Cancellation): Promise<never> {
  const memo = { ...workflowInfo().memo, [STARTED_AT_MEMO]: new Date(state.startedAtMs).toISOString() };
  return await makeContinueAsNewFunc<typeof cancelTask>({ workflowType: WORKFLOW_TYPE, memo })(input, state);
}

function concluded(ending: Ending, watch: Watch, settings: CancelTaskSettings): CancelTaskResult {
  switch (ending.kind) {
    case 'outcome':
      return resultOf(watch.state, ending, settings);
    case 'failure':
      throw ApplicationFailure.nonRetryable(ending.message, ending.type);
  }
}

function validated(input: unknown, carried: unknown, surplus: unknown[]): CancelTaskSettings {
  const parsed = parseCancelTaskInput(input);
  const problems = parsed.ok ? [] : parsed.problems;
  const continued = workflowInfo().continuedFromExecutionRunId !== undefined;
  if ((carried !== undefined && !continued) || surplus.length > 0)
    problems.push('arguments: the workflow takes one argument, the input');
  if (!parsed.ok || problems.length > 0)
    throw ApplicationFailure.nonRetryable(`Invalid input: ${problems.join('; ')}`, 'InvalidInput', problems);
  return parsed.value;
}

function answerOperators(watch: Watch, settings: CancelTaskSettings): void {
  setHandler(progressQuery, () => progressOf(watch.state, settings), {
    description: 'How far the cancellation is: phase, counters, the last sight of the task, trouble, deadline',
  });
  setHandler(pollNowUpdate, (argument?: OperatorArgument) => watch.pollNow(argument?.requestedBy), {
    description: 'Reads the status of the task now; the schedule goes on from there. Needs no data',
    validator: (argument?: OperatorArgument) => {
      accept(checked(operatorSchema, argument ?? {}));
    },
  });
  setHandler(reissueCancelUpdate, (argument?: OperatorArgument) => watch.reissueCancel(argument?.requestedBy), {
    description: 'Sends the cancel once more now, on top of maxCancelRequests. Needs no data',
    validator: (argument?: OperatorArgument) => {
      accept(checked(operatorSchema, argument ?? {}));
    },
  });
  setHandler(
    extendDeadlineUpdate,
    (argument) => watch.extendDeadline(accept(extension(watch, argument)), argument.requestedBy),
    {
      description: 'Waits longer. Data: {"by": "6h"}, from the present deadline, or {"until": "2026-01-31T12:00:00Z"}',
      validator: (argument) => {
        accept(extension(watch, argument));
      },
    },
  );
  setHandler(stopMonitoringUpdate, (argument?: StopMonitoringArgument) => watch.stopMonitoring(argument ?? {}), {
    description:
      'Ends the watch as ABANDONED; what was asked of the API stays asked. Data, if you like: {"reason": "…"}',
    validator: (argument?: StopMonitoringArgument) => {
      accept(checked(stopMonitoringSchema, argument ?? {}));
    },
  });
}

function extension(watch: Watch, argument: unknown) {
  return extendedDeadlineMs(argument, watch.state.startedAtMs, watch.state.deadlineAtMs);
}

function accept<T>(parsed: { ok: true; value: T } | { ok: false; problems: string[] }): T {
  if (parsed.ok) return parsed.value;
  throw ApplicationFailure.nonRetryable(parsed.problems.join('; '), 'InvalidInput', parsed.problems);
}

function stopWhenCancelled(watch: Watch): void {
  const scope = CancellationScope.current();
  const stop = () => {
    watch.stop({ reason: 'The Temporal workflow was cancelled' });
  };
  if (scope.consideredCancelled) stop();
  else scope.cancelRequested.catch(stop);
}

import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import type { Parsed } from '../domain/contract/input';
import { INVALID_INPUT } from '../domain/contract/names';
import { checked } from '../domain/contract/input';
import { operatorSchema, parseExtension, stopMonitoringSchema } from '../domain/contract/updates';
import {
  extendDeadlineUpdate,
  pollNowUpdate,
  progressQuery,
  reissueCancelUpdate,
  stopMonitoringUpdate,
} from './contract';
import type { Run } from './run';

export function setHandlers(run: Run): void {
  const operator = (argument: unknown) => accepted(checked(operatorSchema, argument ?? {}));
  const stop = (argument: unknown) => accepted(checked(stopMonitoringSchema, argument ?? {}));
  const extension = (argument: unknown) =>
    accepted(parseExtension(argument, run.state.startedAtMs, run.state.deadlineAtMs));
  const validator = (parse: (argument: unknown) => unknown) => (argument?: unknown) => {
    parse(argument);
    if (run.isFull())
      throw ApplicationFailure.nonRetryable('The run is about to continue as new: send it again in a moment', 'Busy');
  };
  setHandler(progressQuery, () => run.progress(), {
    description: 'How far the cancellation is: phase, counters, the last sight of the task, trouble, deadline',
  });
  setHandler(pollNowUpdate, (argument?: unknown) => run.pollNow(operator(argument).requestedBy), {
    description: 'Reads the status of the task now; the schedule goes on from there. Needs no data',
    validator: validator(operator),
  });
  setHandler(reissueCancelUpdate, (argument?: unknown) => run.reissueCancel(operator(argument).requestedBy), {
    description: 'Sends the cancel once more now, on top of maxCancelRequests. Needs no data',
    validator: validator(operator),
  });
  setHandler(extendDeadlineUpdate, (argument?: unknown) => run.extendDeadline(extension(argument)), {
    description: 'Waits longer. Data: {"by": "6h"}, from the present deadline, or {"until": "2026-01-31T12:00:00Z"}',
    validator: validator(extension),
  });
  setHandler(stopMonitoringUpdate, (argument?: unknown) => run.stopMonitoring(stop(argument)), {
    description:
      'Ends the watch as ABANDONED; a cancel already sent cannot be withdrawn. Data, if you like: {"reason": "…"}',
    validator: validator(stop),
  });
}

function accepted<T>(parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw invalidInput(parsed.problems.join('; '), parsed.problems);
}

export function invalidInput(message: string, problems: readonly string[]): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, INVALID_INPUT, problems);
}

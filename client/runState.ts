import type { WorkflowExecutionInfo } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { CancelTaskResult } from '../domain/contract/result';
import type { HaltedError, RunFailure } from '../temporal/errors';

/** One run of a cancellation, as Temporal knows it. */
export interface RunReference {
  orgId: string;
  taskId: string;
  workflowId: string;
  runId: string;
}

/** The state of a cancellation. A closed one is read from its history, without a worker. */
export type CancellationState = RunReference &
  (
    | { status: 'running'; halted?: HaltedError }
    | { status: 'completed'; result: CancelTaskResult }
    | { status: 'failed'; failure: RunFailure }
  );

export const RUN_STATUSES = ['running', 'completed', 'failed'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** A run that continues as new goes on under the same workflow id. */
export function runStatusOf(name: WorkflowExecutionInfo['status']['name']): RunStatus {
  switch (name) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
    case 'CANCELLED':
    case 'TERMINATED':
    case 'TIMED_OUT':
      return 'failed';
    case 'RUNNING':
    case 'PAUSED':
    case 'CONTINUED_AS_NEW':
    case 'UNSPECIFIED':
    case 'UNKNOWN':
      return 'running';
  }
}

/** The failure that ended a run without a verdict, or null for any other error. */
export function runFailureOf(error: unknown): RunFailure | null {
  if (!(error instanceof WorkflowFailedError)) return null;
  const { cause } = error;
  if (cause instanceof ApplicationFailure) return { type: cause.type ?? 'ApplicationFailure', message: cause.message };
  if (cause instanceof TerminatedFailure) return { type: 'Terminated', message: cause.message };
  if (cause instanceof CancelledFailure) return { type: 'Canceled', message: cause.message };
  if (cause instanceof TimeoutFailure) return { type: 'TimedOut', message: cause.message };
  return { type: 'Unknown', message: cause?.message ?? error.message };
}

import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { createActivities } from '../activities';
import type { CallFailure, CancelAnswer, ReadAnswer } from '../domain/answers';
import { callFailureSchema } from '../domain/answers';
import { SECOND_MS } from '../domain/duration';

export interface TaskIds {
  orgId: string;
  taskId: string;
}

/** Longer than any cancel in flight can take while a worker lives. */
export const CANCEL_IN_FLIGHT_LIMIT_MS = 12 * SECOND_MS;

/**
 * One attempt each: the workflow repeats a call on a timer of its own, so that every attempt and its fate stand in the history, an operator's
 * request never waits behind a retry, and a time-out means that the call may have been heard.
 */
const ONE_ATTEMPT: ActivityOptions = { retry: { maximumAttempts: 1 } };

const CANCEL_OPTIONS: ActivityOptions = {
  ...ONE_ATTEMPT,
  startToCloseTimeout: 11 * SECOND_MS,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
};

const READ_OPTIONS: ActivityOptions = {
  ...ONE_ATTEMPT,
  startToCloseTimeout: 10 * SECOND_MS,
  cancellationType: 'TRY_CANCEL',
};

/** The read on which a run ends must not wait for a free worker slot either. */
const LAST_READ_OPTIONS: ActivityOptions = { ...READ_OPTIONS, scheduleToCloseTimeout: 10 * SECOND_MS };

const activities = proxyActivities<ReturnType<typeof createActivities>>(READ_OPTIONS);

export async function requestCancel(ids: TaskIds, summary: string): Promise<CancelAnswer> {
  try {
    return await activities.requestCancel.executeWithOptions({ ...CANCEL_OPTIONS, summary }, [ids]);
  } catch (error) {
    return { kind: 'failed', failure: callFailure(error) };
  }
}

export async function getTaskStatus(ids: TaskIds, summary: string, last: boolean): Promise<ReadAnswer> {
  try {
    const options = last ? LAST_READ_OPTIONS : READ_OPTIONS;
    return { kind: 'task', task: await activities.getTaskStatus.executeWithOptions({ ...options, summary }, [ids]) };
  } catch (error) {
    return { kind: 'failed', failure: callFailure(error) };
  }
}

/** The activity put the classified failure into its details; what has none died on the way to or in a worker. */
function callFailure(error: unknown): CallFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure) {
    const classified = callFailureSchema.safeParse(cause.details?.[0]);
    if (classified.success) return classified.data;
  }
  return {
    type: cause instanceof TimeoutFailure ? 'Timeout' : 'Unavailable',
    message:
      cause instanceof TimeoutFailure
        ? 'No answer in time: the worker that made the call may have died.'
        : 'The worker gave the call up before there was an answer.',
    retryable: true,
    httpStatus: null,
    errorCode: null,
    retryAfterMs: null,
  };
}

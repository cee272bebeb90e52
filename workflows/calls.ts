import type { Priority } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { CancelReply, createActivities } from '../activities';
import type { CallFailure, Failed, ReadAnswer } from '../domain/contract/answers';
import { callFailureSchema } from '../domain/contract/answers';
import { SECOND_MS } from '../domain/contract/duration';

export interface TaskIds {
  orgId: string;
  taskId: string;
}

/** Longer than any call in flight can take while a worker lives. */
export const IN_FLIGHT_LIMIT_MS = 12 * SECOND_MS;

const CANCEL_LIMIT_MS = 11 * SECOND_MS;
/** The worker may hold a read for a while, and look at a list before it. */
const READ_LIMIT_MS = 11 * SECOND_MS;
const READ_ALONE_LIMIT_MS = 10 * SECOND_MS;

/** Where tasks wait for a worker, cancels go first, and what somebody waits for goes before the schedule. */
const PRIORITY_KEYS = { cancel: 1, readAlone: 2, read: 3 };
/** Bytes, the server's limit; an organisation's id is plain ASCII. */
const MAX_FAIRNESS_KEY_CHARACTERS = 64;

/**
 * One attempt each: the workflow repeats a call on a timer of its own, so that every attempt and its fate stand in the history, an operator's
 * request never waits behind a retry, and a time-out means that the call may have been heard.
 */
const ONE_ATTEMPT: ActivityOptions = { retry: { maximumAttempts: 1 } };

const activities = proxyActivities<ReturnType<typeof createActivities>>({ scheduleToCloseTimeout: READ_LIMIT_MS });

interface CallOptions {
  /** What people read in the run's timeline. */
  summary: string;
  /** A call that no worker has taken up by then is given up, so that the deadline needs no timer beside it. */
  giveUpAtMs: number;
}

export async function requestCancel(ids: TaskIds, { summary, giveUpAtMs }: CallOptions): Promise<CancelReply | Failed> {
  const options: ActivityOptions = {
    ...ONE_ATTEMPT,
    startToCloseTimeout: CANCEL_LIMIT_MS,
    scheduleToCloseTimeout: Math.max(giveUpAtMs - Date.now(), CANCEL_LIMIT_MS),
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: priorityOf(ids, 'cancel'),
    summary,
  };
  try {
    return await activities.requestCancel.executeWithOptions(options, [ids]);
  } catch (error) {
    return { kind: 'failed', failure: callFailure(error) };
  }
}

interface ReadOptions extends CallOptions {
  /** At once and by itself, whatever the worker does with the reads of the schedule. */
  alone: boolean;
  /** How long the worker may hold one of the schedule. */
  holdMs: number;
  /** STARTED is no step back for the task, and may come from a list. */
  knownStarted: boolean;
}

export async function getTaskStatus(
  ids: TaskIds,
  { summary, giveUpAtMs, alone, holdMs, knownStarted }: ReadOptions,
): Promise<ReadAnswer> {
  const limitMs = alone ? READ_ALONE_LIMIT_MS : READ_LIMIT_MS;
  const options: ActivityOptions = {
    ...ONE_ATTEMPT,
    startToCloseTimeout: limitMs,
    scheduleToCloseTimeout: Math.max(giveUpAtMs - Date.now(), limitMs),
    cancellationType: 'TRY_CANCEL',
    priority: priorityOf(ids, alone ? 'readAlone' : 'read'),
    summary,
  };
  const read = alone ? { ...ids, alone } : { ...ids, holdMs, ...(knownStarted && { knownStarted }) };
  try {
    return { kind: 'task', task: await activities.getTaskStatus.executeWithOptions(options, [read]) };
  } catch (error) {
    return { kind: 'failed', failure: callFailure(error) };
  }
}

/** Beside the order, a fair share for each organisation, where the server has that switched on. */
function priorityOf({ orgId }: TaskIds, call: keyof typeof PRIORITY_KEYS): Priority {
  return { priorityKey: PRIORITY_KEYS[call], fairnessKey: orgId.slice(0, MAX_FAIRNESS_KEY_CHARACTERS) };
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

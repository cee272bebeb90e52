import type { Priority } from '@temporalio/common';
import type { ActivityOptions } from '@temporalio/workflow';
import { ActivityFailure, ApplicationFailure, proxyActivities, TimeoutFailure } from '@temporalio/workflow';
import type { Activities, CancelReply } from '../activities';
import type { CallFailure, Failed, ReadAnswer } from '../domain/contract/answers';
import { callFailureSchema, unanswered } from '../domain/contract/answers';
import { SECOND_MS } from '../domain/contract/duration';
import type { TaskIds } from '../domain/contract/ids';

/** Longer than any call in flight can take while a worker lives. */
export const IN_FLIGHT_LIMIT_MS = 12 * SECOND_MS;

const CANCEL_LIMIT_MS = 11 * SECOND_MS;
/** The worker may hold a read for a while, and read a list before it. */
const READ_LIMIT_MS = 11 * SECOND_MS;
const READ_ALONE_LIMIT_MS = 10 * SECOND_MS;

/**
 * Where tasks wait for a worker: cancels first, then the reads for an operator, then those
 * of the schedule.
 */
const PRIORITY_KEYS = { cancel: 1, readAlone: 2, read: 3 };
/** Bytes, the server's limit; an organization's id is plain ASCII. */
const MAX_FAIRNESS_KEY_CHARACTERS = 64;

const activities = proxyActivities<Activities>({ scheduleToCloseTimeout: READ_LIMIT_MS });

interface CallOptions {
  /** The label in the run's timeline. */
  summary: string;
  /**
   * A call that no worker has taken up by then is given up, so that the deadline needs no timer
   * beside it.
   */
  giveUpAtMs: number;
}

export async function requestCancel(ids: TaskIds, call: CallOptions): Promise<CancelReply | Failed> {
  const options = optionsOf(ids, 'cancel', CANCEL_LIMIT_MS, 'WAIT_CANCELLATION_COMPLETED', call);
  try {
    return await activities.requestCancel.executeWithOptions(options, [idsOf(ids)]);
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
  { alone, holdMs, knownStarted, ...call }: ReadOptions,
): Promise<ReadAnswer> {
  const options = alone
    ? optionsOf(ids, 'readAlone', READ_ALONE_LIMIT_MS, 'TRY_CANCEL', call)
    : optionsOf(ids, 'read', READ_LIMIT_MS, 'TRY_CANCEL', call);
  const read = { ...idsOf(ids), ...(alone ? { alone } : { holdMs, ...(knownStarted && { knownStarted }) }) };
  try {
    return { kind: 'task', task: await activities.getTaskStatus.executeWithOptions(options, [read]) };
  } catch (error) {
    return { kind: 'failed', failure: callFailure(error) };
  }
}

/**
 * One attempt: the workflow repeats a call on a timer, so that every attempt and its fate are in
 * the history, an operator's request never waits behind a retry, and a time-out means that the call
 * may have been received.
 */
function optionsOf(
  ids: TaskIds,
  kind: keyof typeof PRIORITY_KEYS,
  limitMs: number,
  cancellationType: 'WAIT_CANCELLATION_COMPLETED' | 'TRY_CANCEL',
  { summary, giveUpAtMs }: CallOptions,
): ActivityOptions {
  const scheduleToCloseTimeout = Math.max(giveUpAtMs - Date.now(), limitMs);
  // Beside the order, a fair share for each organization, where the server has that switched on.
  const fairnessKey = ids.orgId.slice(0, MAX_FAIRNESS_KEY_CHARACTERS);
  const priority: Priority = { priorityKey: PRIORITY_KEYS[kind], fairnessKey };
  const retry = { maximumAttempts: 1 };
  return { retry, startToCloseTimeout: limitMs, scheduleToCloseTimeout, cancellationType, priority, summary };
}

/** The settings have more fields than an activity is to be sent. */
function idsOf({ orgId, taskId }: TaskIds): TaskIds {
  return { orgId, taskId };
}

/**
 * The activity puts the classified failure into its details. One without it died on the way to a
 * worker or in it.
 */
export function callFailure(error: unknown): CallFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  const classified = callFailureSchema.safeParse(cause instanceof ApplicationFailure ? cause.details?.[0] : undefined);
  if (classified.success) return classified.data;
  return cause instanceof TimeoutFailure
    ? unanswered('Timeout', 'No answer in time: the worker that made the call may have died.')
    : unanswered('Unavailable', 'The worker gave the call up before there was an answer.');
}

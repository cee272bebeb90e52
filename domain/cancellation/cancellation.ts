import type { CallFailure, Refusal } from '../contract/answers';
import { MINUTE_MS, SECOND_MS } from '../contract/duration';
import type { CancelTaskSettings } from '../contract/input';
import type { Estimate, PollPace } from '../schedule/pollSchedule';
import { formerPollDelayMs, pollDelayMs, readRetryDelayMs, retryDelayMs } from '../schedule/pollSchedule';
import type { Outcome, Trouble } from '../contract/result';
import type { Task } from './task';
import { isTerminal } from './taskStatus';
import type { Timeline, TimelineEvent } from './timeline';
import { recorded } from './timeline';
import { alignedAtMs, maxHoldMs } from '../schedule/grid';

/**
 * One cancellation, from its start to its end: what is known of it, and what each answer of the API
 * makes of that. Every function takes the state and gives the next one; the instant and the random
 * number are the caller's. Only an answer about this very task makes a verdict.
 */

/** What became of the latest cancel request, as far as it matters to who ended the task. */
type CancelFate = 'unheard' | 'answered' | 'mayHaveBeenHeard';

interface LatestCancel {
  /** When its answer, or the failure to get one, was known. */
  endedAtMs: number;
  fate: CancelFate;
  /**
   * Phase and sub-status that the task showed after it; null until the task was looked at. A change
   * of either is worth another cancel.
   */
  seenAfter: { phaseInProgress: string | null; subStatus: string | null } | null;
}

/** Why the run is over: with a result, or because there can be none. */
export type Ending =
  | { kind: 'outcome'; outcome: Outcome; atMs: number; alreadySettled: boolean }
  | {
      kind: 'failure';
      type: 'TaskNotFound' | 'TaskVanished' | 'Unauthorized' | 'Forbidden' | 'VmcApiError';
      message: string;
    };

/**
 * JSON all through: it goes along when the run continues as new, so fields may be added to it (with
 * a default for runs under way) but never change their meaning.
 */
export interface Cancellation {
  startedAtMs: number;
  deadlineAtMs: number;
  /**
   * `requesting`: no cancel was answered yet. `interpreting`: one was refused, and only the task's
   * own state tells what that means.
   * `monitoring`: the task is watched until it ends.
   */
  stage: 'requesting' | 'interpreting' | 'monitoring';
  acceptedAtMs: number | null;
  firstSeenAtMs: number | null;
  lastSeenAtMs: number | null;
  /**
   * The latest sight of the task is no older than this: a read that began before it has nothing
   * newer to say.
   */
  sightBeganAtMs: number | null;
  task: Task | null;
  wasCanceling: boolean;
  declined: Refusal | null;
  cancelRequests: number;
  /** Those of them that no operator asked for: the ones that `maxCancelRequests` limits. */
  ownCancelRequests: number;
  polls: number;
  /** An attempt before the latest one may have reached the API. */
  earlierCancelMayHaveBeenHeard: boolean;
  latestCancel: LatestCancel | null;
  /** Sent, and nothing known of it yet: it may have been heard. */
  cancelInFlight: boolean;
  /** An operator's cancels that are still to be sent. */
  operatorCancelsAsked: number;
  cancelsUnansweredInARow: number;
  /** Cancels that may have been heard, since the task was last seen. */
  unseenCancels: number;
  /**
   * Some cancel brought no answer, and may have been heard: a refusal of a later one may be its
   * doing.
   */
  cancelWasLost: boolean;
  /** A refusal in doubt counts as declined from then on; null where there is no doubt. */
  doubtEndsAtMs: number | null;
  nextCancelAtMs: number | null;
  nextReadAtMs: number | null;
  /**
   * The estimate that a read first showed, since the last accepted cancel or the last time that it
   * rose; null before there was one.
   */
  estimateBefore: { atMs: number; minutes: number } | null;
  /**
   * The answer to its latest cancel was recorded when the poll schedule was another one: the
   * recorded timers are followed by what that one says.
   */
  followsFormerSchedule: boolean;
  /**
   * The API asked for no cancel, or no read, before this. An operator's request goes out all the
   * same, and the floor stays for the schedule.
   */
  cancelFloorAtMs: number;
  readFloorAtMs: number;
  /** Answers of "no such task" before the task was ever seen. */
  firstContactNotFound: number;
  /** Reads answered "no such task" since the last answer with the task. */
  vanishing: { count: number; firstAtMs: number } | null;
  trouble: Trouble | null;
  timeline: Timeline;
  /** An operator ended the watch: what is still answered is kept, but decides nothing any more. */
  stopped: boolean;
  ending: Ending | null;
}

export function begun(settings: CancelTaskSettings, startedAtMs: number): Cancellation {
  return {
    startedAtMs,
    deadlineAtMs: startedAtMs + settings.deadlineMs,
    stage: 'requesting',
    acceptedAtMs: null,
    firstSeenAtMs: null,
    lastSeenAtMs: null,
    sightBeganAtMs: null,
    task: null,
    wasCanceling: false,
    declined: null,
    cancelRequests: 0,
    ownCancelRequests: 0,
    polls: 0,
    earlierCancelMayHaveBeenHeard: false,
    latestCancel: null,
    cancelInFlight: false,
    operatorCancelsAsked: 0,
    cancelsUnansweredInARow: 0,
    unseenCancels: 0,
    cancelWasLost: false,
    doubtEndsAtMs: null,
    nextCancelAtMs: startedAtMs,
    nextReadAtMs: null,
    estimateBefore: null,
    followsFormerSchedule: false,
    cancelFloorAtMs: startedAtMs,
    readFloorAtMs: startedAtMs,
    firstContactNotFound: 0,
    vanishing: null,
    trouble: null,
    timeline: [],
    stopped: false,
    ending: null,
  };
}

/**
 * Goes on from what the run before carried along, with the beginning's value for what its release
 * did not know of yet.
 */
export function resumed(settings: CancelTaskSettings, carried: Cancellation): Cancellation {
  const known: Partial<Cancellation> = carried;
  return { ...begun(settings, carried.startedAtMs), followsFormerSchedule: true, ...known };
}

/**
 * A cancel is about to be sent, of the run's own accord or for an operator, whose asking stands in
 * the timeline already.
 */
export function cancelSent(state: Cancellation, call: { atMs: number; operator: boolean }): Cancellation {
  const operatorCancelsAsked = state.operatorCancelsAsked - (call.operator ? 1 : 0);
  const sent: Cancellation = { ...state, operatorCancelsAsked, cancelInFlight: true, nextCancelAtMs: null };
  if (state.latestCancel === null) return noted(sent, call.atMs, 'requested');
  // Repeating what was never answered is no news: the trouble tells of it.
  if (state.cancelsUnansweredInARow > 0 || call.operator) return sent;
  return noted(sent, call.atMs, 'cancelReissued', { by: 'schedule' });
}

interface AnsweredCancel {
  atMs: number;
  operator: boolean;
  /** Whether the answer was recorded when the poll schedule was another one. */
  formerSchedule?: boolean;
}

/** The API accepted a cancel: "heard", no more. The task in its answer counts as seen. */
export function cancelAccepted(
  state: Cancellation,
  task: Task,
  call: AnsweredCancel & { random: number },
  settings: CancelTaskSettings,
): Cancellation {
  const { atMs } = call;
  const fate = isTerminal(task.status) ? 'answered' : 'mayHaveBeenHeard';
  const answered: Cancellation = { ...cancelAnswered(state, call, fate), acceptedAtMs: atMs };
  const accepted = noted(answered, atMs, 'accepted', { status: task.status });
  if (state.ending !== null) return accepted;
  // What the task estimated before it heard of the cancel is no measure of what it estimates now.
  const afresh: Cancellation = { ...accepted, stage: 'monitoring', estimateBefore: null };
  return nextReadScheduled(seen(afresh, task, { beganAtMs: atMs, atMs }), call, settings);
}

/** How long a refusal is doubted: with the read that ends the doubt, two minutes at the most. */
const REFUSAL_DOUBT_MS = 110 * SECOND_MS;

/**
 * The API refused a cancel. The task is read at once: its own state decides what the refusal means.
 */
export function cancelRefused(
  state: Cancellation,
  refusal: Refusal,
  call: AnsweredCancel,
  { onDeclined }: CancelTaskSettings,
): Cancellation {
  const { atMs } = call;
  const answered: Cancellation = { ...cancelAnswered(state, call, 'answered'), declined: refusal };
  const { httpStatus, errorCode } = refusal;
  const declined = noted(troubleEnded(answered, atMs), atMs, 'declined', { httpStatus, errorCode });
  if (state.ending !== null) return declined;
  const decides = !isGranted(state) && onDeclined === 'return';
  return {
    ...declined,
    stage: state.stage === 'monitoring' && !decides ? 'monitoring' : 'interpreting',
    // The API may have refused this one because it heard an earlier one, of which the task shows
    // nothing yet.
    doubtEndsAtMs: state.cancelWasLost ? atMs + REFUSAL_DOUBT_MS : null,
    nextReadAtMs: Math.max(atMs, state.readFloorAtMs),
  };
}

/**
 * A cancel is under way as far as the API has said, ours or another's: a refusal of one more
 * decides nothing.
 */
function isGranted({ acceptedAtMs, wasCanceling }: Cancellation): boolean {
  return acceptedAtMs !== null || wasCanceling;
}

/**
 * So many cancels that may have been heard are sent without a sight of the task; then it is only
 * read until one succeeds.
 */
const MAX_UNSEEN_CANCELS = 20;

/** A cancel brought no answer: it will be sent again, unless there can be no verdict. */
export function cancelFailed(
  state: Cancellation,
  failure: CallFailure,
  call: FailedCall & { operator: boolean },
): Cancellation {
  const { atMs, operator, random } = call;
  if (state.ending !== null) return { ...state, cancelInFlight: false };
  const unanswered = state.cancelsUnansweredInARow + 1;
  const cancelFloorAtMs = floorAtMs(state.cancelFloorAtMs, failure, atMs);
  const fate = fateOf(failure);
  const isLost = fate === 'mayHaveBeenHeard';
  const failed: Cancellation = {
    ...troubled(state, failure, atMs),
    cancelFloorAtMs,
    earlierCancelMayHaveBeenHeard: earlierMayHaveBeenHeard(state),
    latestCancel: { endedAtMs: atMs, fate, seenAfter: state.latestCancel?.seenAfter ?? null },
    cancelInFlight: false,
    cancelsUnansweredInARow: unanswered,
    unseenCancels: state.unseenCancels + (isLost ? 1 : 0),
    cancelWasLost: state.cancelWasLost || isLost,
    doubtEndsAtMs: state.stage === 'interpreting' && isLost ? atMs + REFUSAL_DOUBT_MS : state.doubtEndsAtMs,
    nextCancelAtMs: Math.max(
      atMs + retryDelayMs(unanswered, cancelFloorAtMs - atMs, random),
      state.stage === 'requesting' && state.task === null ? 0 : atMs + REISSUE_SPACING_MS,
    ),
  };
  if (isUnreadableSuccess(failure)) return readBeforeCancel(answeredUnreadably(failed, operator), atMs);
  const next =
    state.task === null ? firstContactFailed(failed, failure, call) : reissueFailed(failed, failure, state.task);
  if (next.unseenCancels >= MAX_UNSEEN_CANCELS) return readBeforeCancel(next, atMs);
  // What a refusal before it means, its answer might have told: now the task has to.
  return state.stage === 'interpreting' && next.nextReadAtMs !== null ? readAtOnce(next, atMs) : next;
}

interface FailedCall {
  atMs: number;
  random: number;
  /** Whether another call of ours is in flight, whose answer may still show the task. */
  othersInFlight?: boolean;
}

/**
 * The API, or what stands before it, took the cancel and said nothing about the task that can be
 * read.
 */
function isUnreadableSuccess({ httpStatus, retryable }: CallFailure): boolean {
  return retryable && httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
}

/**
 * Repeated on a timer it would be sent without end: it counts as one of the run's own, and is due
 * again as an accepted one is.
 */
function answeredUnreadably(state: Cancellation, operator: boolean): Cancellation {
  return {
    ...state,
    ownCancelRequests: state.ownCancelRequests + (operator ? 0 : 1),
    cancelsUnansweredInARow: 0,
    latestCancel: state.latestCancel && { ...state.latestCancel, seenAfter: null },
    nextCancelAtMs: null,
  };
}

function readBeforeCancel(state: Cancellation, atMs: number): Cancellation {
  if (state.ending !== null) return state;
  return readAtOnce({ ...state, stage: state.stage === 'requesting' ? 'monitoring' : state.stage }, atMs);
}

function readAtOnce(state: Cancellation, atMs: number): Cancellation {
  return { ...state, nextReadAtMs: Math.max(atMs, state.readFloorAtMs) };
}

function reissueFailed(state: Cancellation, failure: CallFailure, task: Task): Cancellation {
  if (failure.retryable || state.stage === 'requesting') return state;
  // Repeating it at once would mend nothing: it is due again as if it had been answered.
  const latestCancel = state.latestCancel && { ...state.latestCancel, seenAfter: phaseOf(task) };
  return { ...state, nextCancelAtMs: null, latestCancel };
}

interface AnsweredRead {
  beganAtMs: number;
  atMs: number;
  random: number;
}

/** A status read was answered with the task. */
export function taskRead(
  state: Cancellation,
  task: Task,
  call: AnsweredRead,
  settings: CancelTaskSettings,
): Cancellation {
  const counted: Cancellation = { ...state, polls: state.polls + 1 };
  if (state.ending !== null) return counted;
  if (call.beganAtMs < (state.sightBeganAtMs ?? -Infinity) && !isTerminal(task.status))
    return nextReadScheduled(counted, call, settings);
  const read = seen(counted, task, call);
  if (read.ending !== null) return read;
  if (state.stage === 'interpreting' && !read.wasCanceling && settings.onDeclined === 'return')
    return declinedUnlessInDoubt(read, call, settings);
  // The last read may show a task whose cancel was never answered: should the deadline be extended,
  // that is still to be sent.
  const stage = state.stage === 'requesting' ? 'requesting' : 'monitoring';
  const estimateBefore = estimateToCompareWith(state, task, call.atMs);
  return nextReadScheduled({ ...read, stage, estimateBefore }, call, settings);
}

/** A refusal speaks for the task only when no cancel of ours can still change what it shows. */
function declinedUnlessInDoubt(state: Cancellation, call: AnsweredRead, settings: CancelTaskSettings): Cancellation {
  const { doubtEndsAtMs, latestCancel } = state;
  const next = nextReadScheduled(state, call, settings);
  // It may show what was before the cancel that was refused.
  if (call.beganAtMs < (latestCancel?.endedAtMs ?? -Infinity)) return readAtOnce(next, call.atMs);
  if (state.cancelInFlight || state.operatorCancelsAsked > 0) return next;
  if (doubtEndsAtMs === null || call.atMs >= doubtEndsAtMs) return settled(state, 'NOT_CANCELABLE', call.atMs);
  const lastReadAtMs = Math.max(doubtEndsAtMs, state.readFloorAtMs);
  return { ...next, nextReadAtMs: Math.min(next.nextReadAtMs ?? lastReadAtMs, lastReadAtMs) };
}

function estimateToCompareWith(
  { estimateBefore, task: before }: Cancellation,
  { estimatedRemainingMinutes: minutes }: Task,
  atMs: number,
): Cancellation['estimateBefore'] {
  if (minutes === null) return estimateBefore;
  const rose = minutes > (before?.estimatedRemainingMinutes ?? Infinity);
  return estimateBefore === null || rose || minutes > estimateBefore.minutes ? { atMs, minutes } : estimateBefore;
}

/**
 * How long the worker may hold a read that is due now, for others to come: by the time since the
 * task was seen.
 */
export function readHoldMs({ lastSeenAtMs }: Cancellation, atMs: number): number {
  return maxHoldMs(atMs - (lastSeenAtMs ?? atMs));
}

/** A read has returned STARTED since the latest accepted cancel, and none CANCELING since. */
export function isKnownStarted({ task, acceptedAtMs, lastSeenAtMs }: Cancellation): boolean {
  return task?.status === 'STARTED' && lastSeenAtMs !== acceptedAtMs;
}

/** A status read brought no answer with the task. */
export function readFailed(
  state: Cancellation,
  failure: CallFailure,
  call: FailedCall,
  settings: CancelTaskSettings,
): Cancellation {
  const { atMs } = call;
  if (state.ending !== null) return state;
  const readFloorAtMs = floorAtMs(state.readFloorAtMs, failure, atMs);
  const failed: Cancellation = { ...troubled(state, failure, atMs), readFloorAtMs };
  if (state.task === null) {
    // Before a cancel was answered there is only the last read, and the cancel goes on by itself.
    if (state.stage === 'requesting') return firstContactFailed({ ...failed, nextReadAtMs: null }, failure, call);
    return firstContactFailed(readRetried(failed, call, settings), failure, call);
  }
  const vanishing = vanishingAfter(state, failure, atMs);
  if (vanishing === null) return readRetried(failed, call, settings);
  const looking: Cancellation = {
    ...failed,
    vanishing,
    nextReadAtMs: Math.max(atMs + VANISHING_READ_INTERVAL_MS, readFloorAtMs),
  };
  // Only the answer that says so may decide it: what is no answer about the task neither counts nor
  // ends the row.
  return failure.type === 'TaskNotFound' && hasVanished(vanishing, atMs)
    ? failedFor(
        looking,
        'TaskVanished',
        `${failure.message} It had been seen before, last at ${iso(state.lastSeenAtMs)}.`,
      )
    : looking;
}

function readRetried(
  state: Cancellation,
  { atMs, random }: { atMs: number; random: number },
  settings: CancelTaskSettings,
): Cancellation {
  const failures = state.trouble?.failures ?? 1;
  const retryAfterMs = state.readFloorAtMs - atMs;
  // What a refusal means is not for the schedule to wait for.
  const delayMs =
    state.stage === 'interpreting'
      ? retryDelayMs(failures, retryAfterMs, random)
      : readRetryDelayMs(paceOf(state, settings), failures, retryAfterMs, random);
  return { ...state, nextReadAtMs: atMs + delayMs };
}

/** When the next cancel is due of the run's own accord, or null. */
export function nextCancelAtMs(state: Cancellation, settings: CancelTaskSettings): number | null {
  switch (state.stage) {
    case 'requesting':
      return state.nextCancelAtMs;
    case 'interpreting':
      return null;
    case 'monitoring':
      return reissueAtMs(state, settings);
  }
}

/** No sooner after the last cancel than this, whatever the task does. */
export const REISSUE_SPACING_MS = 10 * SECOND_MS;
const REISSUE_INTERVAL_MS = 10 * MINUTE_MS;

/**
 * A task that goes on as if nothing had been asked gets the cancel again: a new phase may be one
 * that can be cancelled.
 */
function reissueAtMs(state: Cancellation, settings: CancelTaskSettings): number | null {
  const { latestCancel, task } = state;
  if (latestCancel === null || task?.status !== 'STARTED') return null;
  if (state.ownCancelRequests >= settings.maxCancelRequests || state.unseenCancels >= MAX_UNSEEN_CANCELS) return null;
  const wanted = isGranted(state) || state.declined === null || settings.onDeclined === 'retry';
  if (!wanted) return null;
  if (state.nextCancelAtMs !== null) return state.nextCancelAtMs;
  const before = latestCancel.seenAfter;
  // What became of the latest one, the task itself has to show first.
  if (before === null) return null;
  const movedOn = before.phaseInProgress !== task.phaseInProgress || before.subStatus !== task.subStatus;
  return Math.max(latestCancel.endedAtMs + (movedOn ? REISSUE_SPACING_MS : REISSUE_INTERVAL_MS), state.cancelFloorAtMs);
}

/** An operator asked for a cancel now: for one more, or for the first one without further delay. */
export function reissueAsked(state: Cancellation, atMs: number, requestedBy: string | undefined): Cancellation {
  const operatorCancelsAsked = state.operatorCancelsAsked + (state.stage === 'requesting' ? 0 : 1);
  return noted({ ...state, operatorCancelsAsked }, atMs, 'cancelReissued', {
    by: 'operator',
    ...(requestedBy === undefined ? {} : { requestedBy }),
  });
}

/** An operator asked for a read now: the schedule goes on from there. */
export function pollAsked(state: Cancellation, atMs: number, requestedBy: string | undefined): Cancellation {
  return noted(state, atMs, 'polledNow', requestedBy === undefined ? {} : { requestedBy });
}

export function deadlineExtended(
  state: Cancellation,
  deadlineAtMs: number,
  atMs: number,
  requestedBy: string | undefined,
): Cancellation {
  return noted({ ...state, deadlineAtMs }, atMs, 'deadlineExtended', {
    deadlineAt: iso(deadlineAtMs),
    ...(requestedBy === undefined ? {} : { requestedBy }),
  });
}

export function monitoringStopped(
  state: Cancellation,
  atMs: number,
  by: { reason?: string | undefined; requestedBy?: string | undefined },
): Cancellation {
  return noted({ ...state, stopped: true }, atMs, 'monitoringStopped', {
    ...(by.reason === undefined ? {} : { reason: by.reason }),
    ...(by.requestedBy === undefined ? {} : { requestedBy: by.requestedBy }),
  });
}

/** Ends a cancellation with an outcome, unless it has ended. */
export function settled(state: Cancellation, outcome: Outcome, atMs: number): Cancellation {
  if (state.ending !== null || (state.stopped && outcome !== 'ABANDONED')) return state;
  const verdict = outcome === 'CANCELED' || outcome === 'FINISHED' || outcome === 'FAILED';
  const ending: Ending = {
    kind: 'outcome',
    outcome,
    atMs,
    // Never seen before it was over, and no cancel of ours could have been what ended it.
    alreadySettled: verdict && state.firstSeenAtMs === null && !mayHaveBeenHeard(state),
  };
  return noted({ ...state, ending, nextCancelAtMs: null, nextReadAtMs: null }, atMs, 'settled', { outcome });
}

function seen(state: Cancellation, task: Task, { beganAtMs, atMs }: { beganAtMs: number; atMs: number }): Cancellation {
  const { task: before, latestCancel } = state;
  let next = troubleEnded(state, atMs);
  if (before?.status !== task.status)
    next = noted(next, atMs, 'statusChanged', { from: before?.status ?? null, to: task.status });
  if (before !== null && before.phaseInProgress !== task.phaseInProgress)
    next = noted(next, atMs, 'phaseChanged', { from: before.phaseInProgress, to: task.phaseInProgress });
  // Whether it was over before our cancel is judged on what was known before this sight of it.
  if (isTerminal(task.status)) next = settled(next, task.status, atMs);
  return {
    ...next,
    task,
    firstSeenAtMs: state.firstSeenAtMs ?? atMs,
    lastSeenAtMs: atMs,
    sightBeganAtMs: beganAtMs,
    wasCanceling: state.wasCanceling || task.status === 'CANCELING',
    vanishing: null,
    unseenCancels: 0,
    latestCancel: latestCancel && {
      ...latestCancel,
      seenAfter: latestCancel.seenAfter ?? phaseOf(task),
    },
  };
}

function phaseOf({ phaseInProgress, subStatus }: Task) {
  return { phaseInProgress, subStatus };
}

function cancelAnswered(state: Cancellation, call: AnsweredCancel, fate: CancelFate): Cancellation {
  return {
    ...state,
    earlierCancelMayHaveBeenHeard: earlierMayHaveBeenHeard(state),
    latestCancel: { endedAtMs: call.atMs, fate, seenAfter: null },
    cancelInFlight: false,
    cancelRequests: state.cancelRequests + 1,
    ownCancelRequests: state.ownCancelRequests + (call.operator ? 0 : 1),
    cancelsUnansweredInARow: 0,
    nextCancelAtMs: null,
    followsFormerSchedule: call.formerSchedule ?? state.followsFormerSchedule,
  };
}

function mayHaveBeenHeard(state: Cancellation): boolean {
  return state.earlierCancelMayHaveBeenHeard || state.latestCancel?.fate === 'mayHaveBeenHeard' || state.cancelInFlight;
}

/** For the cancel that comes next, every attempt so far that the API answered or may have heard. */
function earlierMayHaveBeenHeard(state: Cancellation): boolean {
  return mayHaveBeenHeard({ ...state, cancelInFlight: false }) || state.latestCancel?.fate === 'answered';
}

function fateOf(failure: CallFailure): CancelFate {
  switch (failure.type) {
    case 'Unauthorized':
    case 'Forbidden':
    case 'RateLimited':
    case 'SignInUnavailable': // no cancel was sent at all
      return 'unheard';
    case 'TaskNotFound':
    case 'VmcApiError':
    case 'Unavailable':
    case 'Timeout':
      return 'mayHaveBeenHeard';
  }
}

function floorAtMs(presentMs: number, failure: CallFailure, atMs: number): number {
  return Math.max(presentMs, atMs + (failure.retryAfterMs ?? 0));
}

function paceOf({ followsFormerSchedule }: Cancellation, { pollPace, formerPollPace }: CancelTaskSettings): PollPace {
  return followsFormerSchedule ? formerPollPace : pollPace;
}

function nextReadScheduled(
  state: Cancellation,
  call: { beganAtMs?: number; atMs: number; random: number },
  settings: CancelTaskSettings,
): Cancellation {
  if (state.ending !== null) return state;
  const { atMs, beganAtMs = atMs, random } = call;
  const elapsedMs = atMs - (state.acceptedAtMs ?? state.firstSeenAtMs ?? atMs);
  const retryAfterMs = Math.max(state.readFloorAtMs - atMs, 0);
  const pace = paceOf(state, settings);
  const waitMs = (state.followsFormerSchedule ? formerPollDelayMs : pollDelayMs)(
    pace,
    { elapsedMs, estimate: estimateAt(state, atMs), retryAfterMs },
    random,
  );
  // The first read keeps its own spread, and comes unaligned.
  const isAligned = elapsedMs > 0 && !state.followsFormerSchedule;
  const bounds = { earliestMs: atMs + Math.max(pace.minMs, retryAfterMs), latestMs: atMs + pace.maxMs };
  // A hold is no part of the wait: it begins with the read.
  const read = { orgId: settings.orgId, fromMs: beganAtMs, waitMs, elapsedMs, ...bounds };
  return { ...state, nextReadAtMs: (isAligned ? alignedAtMs(read, random) : null) ?? atMs + waitMs };
}

function estimateAt({ task, estimateBefore }: Cancellation, atMs: number): Estimate | null {
  const minutes = task?.estimatedRemainingMinutes ?? null;
  if (minutes === null) return null;
  const before = estimateBefore ?? { atMs, minutes };
  return { minutes, falling: { forMs: atMs - before.atMs, byMinutes: before.minutes - minutes } };
}

/** A fresh task may not be readable at once: asked three times, within ten seconds. */
const FIRST_CONTACT_ASKS = 3;
const FIRST_CONTACT_ASK_INTERVAL_MS = 3 * SECOND_MS;

/** Until the task was seen, what no retry can mend is the starter's to hear about now. */
function firstContactFailed(state: Cancellation, failure: CallFailure, call: FailedCall): Cancellation {
  const { atMs, othersInFlight } = call;
  if (failure.retryable || othersInFlight === true) return state;
  switch (failure.type) {
    case 'TaskNotFound': {
      const firstContactNotFound = state.firstContactNotFound + 1;
      if (firstContactNotFound >= FIRST_CONTACT_ASKS) return failedFor(state, failure.type, failure.message);
      const againAtMs = atMs + FIRST_CONTACT_ASK_INTERVAL_MS;
      return state.stage === 'requesting'
        ? { ...state, firstContactNotFound, nextCancelAtMs: Math.max(againAtMs, state.cancelFloorAtMs) }
        : { ...state, firstContactNotFound, nextReadAtMs: Math.max(againAtMs, state.readFloorAtMs) };
    }
    case 'Unauthorized':
    case 'Forbidden':
    case 'VmcApiError':
      return failedFor(state, failure.type, failure.message);
    case 'RateLimited':
    case 'Unavailable':
    case 'Timeout':
    case 'SignInUnavailable':
      return failedFor(state, 'VmcApiError', failure.message);
  }
}

const VANISHED_AFTER_ANSWERS = 5;
const VANISHED_AFTER_MS = MINUTE_MS;
const VANISHING_READ_INTERVAL_MS = 15 * SECOND_MS;

type Vanishing = NonNullable<Cancellation['vanishing']>;

function vanishingAfter({ vanishing }: Cancellation, { type }: CallFailure, atMs: number): Vanishing | null {
  if (type !== 'TaskNotFound') return vanishing;
  return { count: (vanishing?.count ?? 0) + 1, firstAtMs: vanishing?.firstAtMs ?? atMs };
}

function hasVanished({ count, firstAtMs }: Vanishing, atMs: number): boolean {
  return count >= VANISHED_AFTER_ANSWERS && atMs - firstAtMs >= VANISHED_AFTER_MS;
}

function failedFor(state: Cancellation, type: (Ending & { kind: 'failure' })['type'], message: string): Cancellation {
  if (state.stopped) return state;
  return { ...state, ending: { kind: 'failure', type, message }, nextCancelAtMs: null, nextReadAtMs: null };
}

function troubled(state: Cancellation, failure: CallFailure, atMs: number): Cancellation {
  const { type, message } = failure;
  const trouble: Trouble = {
    type,
    message,
    since: state.trouble?.since ?? iso(atMs),
    failures: (state.trouble?.failures ?? 0) + 1,
  };
  const next = { ...state, trouble };
  return state.trouble === null ? noted(next, atMs, 'troubleBegan', { type, message }) : next;
}

function troubleEnded(state: Cancellation, atMs: number): Cancellation {
  if (state.trouble === null) return state;
  const { type, since, failures } = state.trouble;
  return noted({ ...state, trouble: null }, atMs, 'troubleEnded', { type, since, failures });
}

function noted(
  state: Cancellation,
  atMs: number,
  event: TimelineEvent,
  detail: Record<string, unknown> = {},
): Cancellation {
  return { ...state, timeline: recorded(state.timeline, { at: iso(atMs), event, ...detail }) };
}

function iso(ms: number | null): string {
  return new Date(ms ?? 0).toISOString();
}

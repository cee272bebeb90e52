import type { CallFailure, Refusal } from '../contract/answers';
import type { CancelTaskSettings } from '../contract/input';
import { retryDelayMs } from '../schedule/pollSchedule';
import { earlierMayHaveBeenHeard, fateOf } from './cancelFate';
import type { FailedCall } from './firstContact';
import { firstContactFailed } from './firstContact';
import { withNextRead, withReadAtOnce } from './nextRead';
import { doubtAfterLostCancel, doubtAfterRefusal } from './refusal';
import { isCancelUnderWay, MAX_UNSEEN_CANCELS, REISSUE_SPACING_MS } from './reissue';
import { phaseOf, withTask } from './taskSeen';
import type { Cancellation } from './state';
import type { Task } from './task';
import { withEvent } from './timeline';
import { withRetryAfter, withoutTrouble, withTrouble } from './trouble';

/**
 * A cancel is about to be sent, of the run's own accord or for an operator, whose request is in the
 * timeline already.
 */
export function cancelSent(state: Cancellation, call: { atMs: number; operator: boolean }): Cancellation {
  const operatorCancelsDue = state.operatorCancelsDue - (call.operator ? 1 : 0);
  const sent: Cancellation = { ...state, operatorCancelsDue, cancelInFlight: true, nextCancelAtMs: null };
  if (state.latestCancel === null) return withEvent(sent, call.atMs, 'requested');
  // A repetition of an unanswered cancel is no event of its own: the trouble stands for it.
  if (state.cancelsUnansweredInARow > 0 || call.operator) return sent;
  return withEvent(sent, call.atMs, 'cancelReissued', { by: 'schedule' });
}

interface AnsweredCancel {
  atMs: number;
  operator: boolean;
}

/** The API accepted a cancel, which is advisory. The task in its answer counts as seen. */
export function cancelAccepted(
  state: Cancellation,
  task: Task,
  call: AnsweredCancel & { random: number },
  settings: CancelTaskSettings,
): Cancellation {
  const { atMs } = call;
  const answered: Cancellation = { ...cancelAnswered(state, call), acceptedAtMs: atMs };
  const accepted = withEvent(answered, atMs, 'accepted', { status: task.status });
  if (state.ending !== null) return accepted;
  // An estimate from before the cancel is no baseline for those after it.
  const monitoring: Cancellation = { ...accepted, stage: 'monitoring', estimateBaseline: null };
  return withNextRead(withTask(monitoring, task, { beganAtMs: atMs, atMs }), call, settings);
}

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
  const answered: Cancellation = { ...cancelAnswered(state, call), declined: refusal };
  const { httpStatus, errorCode } = refusal;
  const declined = withEvent(withoutTrouble(answered, atMs), atMs, 'declined', { httpStatus, errorCode });
  if (state.ending !== null) return declined;
  const decides = !isCancelUnderWay(state) && onDeclined === 'return';
  return withReadAtOnce(
    {
      ...declined,
      stage: state.stage === 'monitoring' && !decides ? 'monitoring' : 'checkingRefusal',
      doubtEndsAtMs: doubtAfterRefusal(state, atMs),
    },
    atMs,
  );
}

/** A cancel got no answer. It is sent again, unless there can be no verdict. */
export function cancelFailed(
  state: Cancellation,
  failure: CallFailure,
  call: FailedCall & { operator: boolean },
): Cancellation {
  const { atMs, operator, random } = call;
  if (state.ending !== null) return { ...state, cancelInFlight: false };
  const unanswered = state.cancelsUnansweredInARow + 1;
  const cancelFloorAtMs = withRetryAfter(state.cancelFloorAtMs, failure, atMs);
  const fate = fateOf(failure);
  const isLost = fate === 'mayHaveBeenHeard';
  const failed: Cancellation = {
    ...withTrouble(state, failure, atMs),
    cancelFloorAtMs,
    earlierCancelMayHaveBeenHeard: earlierMayHaveBeenHeard(state),
    latestCancel: { endedAtMs: atMs, fate, phaseAfter: null },
    cancelInFlight: false,
    cancelsUnansweredInARow: unanswered,
    unseenCancels: state.unseenCancels + (isLost ? 1 : 0),
    cancelWasLost: state.cancelWasLost || isLost,
    doubtEndsAtMs: isLost ? doubtAfterLostCancel(atMs) : state.doubtEndsAtMs,
    nextCancelAtMs: Math.max(
      atMs + retryDelayMs(unanswered, cancelFloorAtMs - atMs, random),
      state.stage === 'requesting' && state.task === null ? 0 : atMs + REISSUE_SPACING_MS,
    ),
  };
  if (isUnreadableSuccess(failure)) return readBeforeCancel(answeredUnreadably(failed, operator), atMs);
  const next =
    state.task === null ? firstContactFailed(failed, failure, call) : reissueFailed(failed, failure, state.task);
  if (next.unseenCancels >= MAX_UNSEEN_CANCELS) return readBeforeCancel(next, atMs);
  // An answer would have explained the refusal before it: now a read has to.
  return state.stage === 'checkingRefusal' && next.nextReadAtMs !== null ? withReadAtOnce(next, atMs) : next;
}

function cancelAnswered(state: Cancellation, call: AnsweredCancel): Cancellation {
  return {
    ...state,
    earlierCancelMayHaveBeenHeard: earlierMayHaveBeenHeard(state),
    latestCancel: { endedAtMs: call.atMs, fate: 'answered', phaseAfter: null },
    cancelInFlight: false,
    cancelRequests: state.cancelRequests + 1,
    ownCancelRequests: state.ownCancelRequests + (call.operator ? 0 : 1),
    cancelsUnansweredInARow: 0,
    nextCancelAtMs: null,
  };
}

/**
 * The API, or a proxy before it, took the cancel and returned nothing that can be read as this
 * task.
 */
function isUnreadableSuccess({ httpStatus, retryable }: CallFailure): boolean {
  return retryable && httpStatus !== null && httpStatus >= 200 && httpStatus < 300;
}

/**
 * Repeated on a timer it would be sent without end. It counts as one of the run's own, and is due
 * again as an accepted one.
 */
function answeredUnreadably(state: Cancellation, operator: boolean): Cancellation {
  return {
    ...state,
    ownCancelRequests: state.ownCancelRequests + (operator ? 0 : 1),
    cancelsUnansweredInARow: 0,
    nextCancelAtMs: null,
  };
}

function readBeforeCancel(state: Cancellation, atMs: number): Cancellation {
  if (state.ending !== null) return state;
  return withReadAtOnce({ ...state, stage: state.stage === 'requesting' ? 'monitoring' : state.stage }, atMs);
}

function reissueFailed(state: Cancellation, failure: CallFailure, task: Task): Cancellation {
  if (failure.retryable || state.stage === 'requesting') return state;
  // A retry at once would fail the same way: it is due again as if it had been answered.
  const latestCancel = state.latestCancel && { ...state.latestCancel, phaseAfter: phaseOf(task) };
  return { ...state, nextCancelAtMs: null, latestCancel };
}

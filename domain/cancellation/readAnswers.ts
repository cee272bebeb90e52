import type { CallFailure } from '../contract/answers';
import type { CancelTaskSettings } from '../contract/input';
import type { FailedCall } from './firstContact';
import { firstContactFailed } from './firstContact';
import { estimateBaselineAfter, withNextRead, withReadRetry } from './nextRead';
import { declinedUnlessInDoubt } from './refusal';
import { withTask } from './taskSeen';
import type { Cancellation } from './state';
import type { Task } from './task';
import { isTerminal } from './taskStatus';
import { withRetryAfter, withTrouble } from './trouble';
import { vanishingAfter } from './vanished';

/** A status read was answered with the task. */
export function taskRead(
  state: Cancellation,
  task: Task,
  call: { beganAtMs: number; atMs: number; random: number },
  settings: CancelTaskSettings,
): Cancellation {
  const counted: Cancellation = { ...state, polls: state.polls + 1 };
  if (state.ending !== null) return counted;
  if (call.beganAtMs < (state.sightBeganAtMs ?? -Infinity) && !isTerminal(task.status))
    return withNextRead(counted, call, settings);
  const read = withTask(counted, task, call);
  if (read.ending !== null) return read;
  if (state.stage === 'checkingRefusal' && !read.everCanceling && settings.onDeclined === 'return')
    return declinedUnlessInDoubt(read, call, settings);
  // The last read may show a task whose cancel was never answered. Should the deadline be extended,
  // the cancel is still to be sent.
  const stage = state.stage === 'requesting' ? 'requesting' : 'monitoring';
  const estimateBaseline = estimateBaselineAfter(state, task, call.atMs);
  return withNextRead({ ...read, stage, estimateBaseline }, call, settings);
}

/** A status read got no answer with the task. */
export function readFailed(
  state: Cancellation,
  failure: CallFailure,
  call: FailedCall,
  settings: CancelTaskSettings,
): Cancellation {
  const { atMs } = call;
  if (state.ending !== null) return state;
  const readFloorAtMs = withRetryAfter(state.readFloorAtMs, failure, atMs);
  const failed: Cancellation = { ...withTrouble(state, failure, atMs), readFloorAtMs };
  if (state.task !== null) return vanishingAfter(failed, failure, atMs) ?? withReadRetry(failed, call, settings);
  // Before a cancel was answered only the last read is made, and the cancel is retried by itself.
  const retried =
    state.stage === 'requesting' ? { ...failed, nextReadAtMs: null } : withReadRetry(failed, call, settings);
  return firstContactFailed(retried, failure, call);
}

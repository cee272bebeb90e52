import type { CancelTaskSettings } from '../contract/input';
import type { Estimate } from '../schedule/pollSchedule';
import { pollDelayMs, readRetryDelayMs, retryDelayMs } from '../schedule/pollSchedule';
import type { Cancellation } from './state';
import type { Task } from './task';

interface Moment {
  atMs: number;
  random: number;
}

/** The next read as the poll schedule has it. */
export function withNextRead(state: Cancellation, call: Moment, settings: CancelTaskSettings): Cancellation {
  if (state.ending !== null) return state;
  const { atMs, random } = call;
  const sinceMs = state.acceptedAtMs ?? state.firstSeenAtMs ?? atMs;
  const moment = {
    elapsedMs: atMs - sinceMs,
    estimate: estimateAt(state, atMs),
    retryAfterMs: Math.max(state.readFloorAtMs - atMs, 0),
  };
  return { ...state, nextReadAtMs: atMs + pollDelayMs(settings.pollPace, moment, random) };
}

/** The next read after one that failed. */
export function withReadRetry(
  state: Cancellation,
  { atMs, random }: Moment,
  { pollPace }: CancelTaskSettings,
): Cancellation {
  const failures = state.trouble?.failures ?? 1;
  const retryAfterMs = state.readFloorAtMs - atMs;
  // The poll schedule does not hold back the read that decides what a refusal means.
  const delayMs =
    state.stage === 'checkingRefusal'
      ? retryDelayMs(failures, retryAfterMs, random)
      : readRetryDelayMs(pollPace, failures, retryAfterMs, random);
  return { ...state, nextReadAtMs: atMs + delayMs };
}

export function withReadAtOnce(state: Cancellation, atMs: number): Cancellation {
  return { ...state, nextReadAtMs: Math.max(atMs, state.readFloorAtMs) };
}

/** A new sight of the task moves the baseline of its estimate when there was none, or when the estimate rose. */
export function estimateBaselineAfter(
  { estimateBaseline, task: before }: Cancellation,
  { estimatedRemainingMinutes: minutes }: Task,
  atMs: number,
): Cancellation['estimateBaseline'] {
  if (minutes === null) return estimateBaseline;
  const rose = minutes > (before?.estimatedRemainingMinutes ?? Infinity);
  return estimateBaseline === null || rose || minutes > estimateBaseline.minutes ? { atMs, minutes } : estimateBaseline;
}

function estimateAt({ task, estimateBaseline }: Cancellation, atMs: number): Estimate | null {
  const minutes = task?.estimatedRemainingMinutes ?? null;
  if (minutes === null) return null;
  const baseline = estimateBaseline ?? { atMs, minutes };
  return { minutes, falling: { forMs: atMs - baseline.atMs, byMinutes: baseline.minutes - minutes } };
}

import type { CancelTaskSettings } from '../contract/input';
import { alignedAtMs } from '../schedule/grid';
import type { Estimate } from '../schedule/pollSchedule';
import { pollDelayMs, readRetryDelayMs, retryDelayMs } from '../schedule/pollSchedule';
import type { Cancellation } from './state';
import type { Task } from './task';

interface Moment {
  atMs: number;
  random: number;
}

/** The next read by the poll schedule, aligned with the other reads of the organization. */
export function withNextRead(
  state: Cancellation,
  call: Moment & { beganAtMs?: number },
  { orgId, pollPace }: CancelTaskSettings,
): Cancellation {
  if (state.ending !== null) return state;
  const { atMs, beganAtMs = atMs, random } = call;
  const elapsedMs = atMs - (state.acceptedAtMs ?? state.firstSeenAtMs ?? atMs);
  const retryAfterMs = Math.max(state.readFloorAtMs - atMs, 0);
  const waitMs = pollDelayMs(pollPace, { elapsedMs, estimate: estimateAt(state, atMs), retryAfterMs }, random);
  const bounds = { earliestMs: atMs + Math.max(pollPace.minMs, retryAfterMs), latestMs: atMs + pollPace.maxMs };
  // The wait begins with the read: a hold is no part of it. The first read keeps its own spread.
  const read = { orgId, fromMs: beganAtMs, waitMs, elapsedMs, ...bounds };
  return { ...state, nextReadAtMs: (elapsedMs > 0 ? alignedAtMs(read, random) : null) ?? atMs + waitMs };
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

/**
 * A new sight of the task moves the baseline of its estimate when there was none, or when the
 * estimate rose.
 */
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

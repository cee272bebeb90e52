import type { CallFailure } from '../contract/answers';
import { MINUTE_MS, SECOND_MS } from '../contract/duration';
import { iso } from '../contract/instant';
import { withFailure } from './ending';
import type { Cancellation } from './state';

const VANISHED_AFTER_ANSWERS = 5;
const VANISHED_AFTER_MS = MINUTE_MS;
const VANISHING_READ_INTERVAL_MS = 15 * SECOND_MS;

/**
 * A read of a task that was seen before failed. Only "no such task" counts towards `TaskVanished`,
 * and only an answer with the task resets the count.
 *
 * @returns null where no read since the task was last seen was answered so.
 */
export function vanishingAfter(state: Cancellation, failure: CallFailure, atMs: number): Cancellation | null {
  const isCounted = failure.type === 'TaskNotFound';
  if (state.vanishing === null && !isCounted) return null;
  const { count, firstAtMs } = state.vanishing ?? { count: 0, firstAtMs: atMs };
  const vanishing = { count: count + (isCounted ? 1 : 0), firstAtMs };
  const nextReadAtMs = Math.max(atMs + VANISHING_READ_INTERVAL_MS, state.readFloorAtMs);
  const next: Cancellation = { ...state, vanishing, nextReadAtMs };
  if (!isCounted || vanishing.count < VANISHED_AFTER_ANSWERS || atMs - firstAtMs < VANISHED_AFTER_MS) return next;
  const seenAt = iso(state.lastSeenAtMs ?? atMs);
  return withFailure(next, 'TaskVanished', `${failure.message} It had been seen before, last at ${seenAt}.`);
}

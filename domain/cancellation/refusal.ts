import { SECOND_MS } from '../contract/duration';
import type { CancelTaskSettings } from '../contract/input';
import { withOutcome } from './ending';
import { withNextRead, withReadAtOnce } from './nextRead';
import type { Cancellation } from './state';

/** How long a refusal is doubted. With the read that ends the doubt, at most two minutes. */
const REFUSAL_DOUBT_MS = 110 * SECOND_MS;

/**
 * The API may have refused a cancel because it received an earlier one, of which the task shows
 * nothing yet.
 */
export function doubtAfterRefusal({ cancelWasLost }: Cancellation, atMs: number): number | null {
  return cancelWasLost ? atMs + REFUSAL_DOUBT_MS : null;
}

/** A cancel that may have been received starts the doubt about an unchecked refusal anew. */
export function doubtAfterLostCancel(atMs: number): number {
  return atMs + REFUSAL_DOUBT_MS;
}

/**
 * The task goes on after a refusal. That is `NOT_CANCELABLE`, unless a cancel of ours can still
 * change what it shows.
 */
export function declinedUnlessInDoubt(
  state: Cancellation,
  call: { beganAtMs: number; atMs: number; random: number },
  settings: CancelTaskSettings,
): Cancellation {
  const { doubtEndsAtMs, latestCancel } = state;
  const next = withNextRead(state, call, settings);
  // The answer may be older than the refusal.
  if (call.beganAtMs < (latestCancel?.endedAtMs ?? -Infinity)) return withReadAtOnce(next, call.atMs);
  if (state.cancelInFlight || state.operatorCancelsDue > 0) return next;
  if (doubtEndsAtMs === null || call.atMs >= doubtEndsAtMs) return withOutcome(state, 'NOT_CANCELABLE', call.atMs);
  const lastReadAtMs = Math.max(doubtEndsAtMs, state.readFloorAtMs);
  return { ...next, nextReadAtMs: Math.min(next.nextReadAtMs ?? lastReadAtMs, lastReadAtMs) };
}

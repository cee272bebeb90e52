import type { CallFailure } from '../contract/answers';
import { iso } from '../contract/instant';
import type { Cancellation } from './state';
import { withEvent } from './timeline';

/** A call failed: an error streak begins or goes on. */
export function withTrouble(state: Cancellation, { type, message }: CallFailure, atMs: number): Cancellation {
  const { trouble } = state;
  const next: Cancellation = {
    ...state,
    trouble: { type, message, since: trouble?.since ?? iso(atMs), failures: (trouble?.failures ?? 0) + 1 },
  };
  return trouble === null ? withEvent(next, atMs, 'troubleBegan', { type, message }) : next;
}

/** The API answered: an error streak ends. */
export function withoutTrouble(state: Cancellation, atMs: number): Cancellation {
  if (state.trouble === null) return state;
  const { type, since, failures } = state.trouble;
  return withEvent({ ...state, trouble: null }, atMs, 'troubleEnded', { type, since, failures });
}

/** The latest Retry-After so far. */
export function withRetryAfter(presentAtMs: number, { retryAfterMs }: CallFailure, atMs: number): number {
  return Math.max(presentAtMs, atMs + (retryAfterMs ?? 0));
}

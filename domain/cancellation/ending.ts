import type { Outcome } from '../contract/result';
import { anyMayHaveBeenHeard } from './cancelFate';
import type { Cancellation, Ending } from './state';
import { isTerminal } from './taskStatus';
import { withEvent } from './timeline';

/** Ends a cancellation with an outcome, unless it has ended. */
export function withOutcome(state: Cancellation, outcome: Outcome, atMs: number): Cancellation {
  if (state.ending !== null || (state.stopped && outcome !== 'ABANDONED')) return state;
  const ending: Ending = {
    kind: 'outcome',
    outcome,
    atMs,
    // Never seen before it was over, and no cancel of ours can have ended it.
    alreadySettled: isTerminal(outcome) && state.firstSeenAtMs === null && !anyMayHaveBeenHeard(state),
  };
  return withEvent({ ...state, ending, nextCancelAtMs: null, nextReadAtMs: null }, atMs, 'settled', { outcome });
}

/** Fails a cancellation that can have no verdict, unless an operator stopped it. */
export function withFailure(
  state: Cancellation,
  type: (Ending & { kind: 'failure' })['type'],
  message: string,
): Cancellation {
  if (state.stopped) return state;
  return { ...state, ending: { kind: 'failure', type, message }, nextCancelAtMs: null, nextReadAtMs: null };
}

import type { CallFailure } from '../contract/answers';
import { SECOND_MS } from '../contract/duration';
import { withFailure } from './ending';
import type { Cancellation } from './state';

/** A fresh task may not be readable at once: it is requested three times within ten seconds. */
const NOT_FOUND_ATTEMPTS = 3;
const NOT_FOUND_INTERVAL_MS = 3 * SECOND_MS;

export interface FailedCall {
  atMs: number;
  random: number;
  /** Another call of ours is in flight, whose answer may still show the task. */
  othersInFlight?: boolean;
}

/**
 * Until the task was seen, a failure that no retry can fix fails the run: the starter is still
 * there to read it.
 */
export function firstContactFailed(state: Cancellation, failure: CallFailure, call: FailedCall): Cancellation {
  const { atMs, othersInFlight } = call;
  if (failure.retryable || othersInFlight === true) return state;
  switch (failure.type) {
    case 'TaskNotFound': {
      const firstContactNotFound = state.firstContactNotFound + 1;
      if (firstContactNotFound >= NOT_FOUND_ATTEMPTS) return withFailure(state, failure.type, failure.message);
      const againAtMs = atMs + NOT_FOUND_INTERVAL_MS;
      return state.stage === 'requesting'
        ? { ...state, firstContactNotFound, nextCancelAtMs: Math.max(againAtMs, state.cancelFloorAtMs) }
        : { ...state, firstContactNotFound, nextReadAtMs: Math.max(againAtMs, state.readFloorAtMs) };
    }
    case 'Unauthorized':
    case 'Forbidden':
    case 'VmcApiError':
      return withFailure(state, failure.type, failure.message);
    case 'RateLimited':
    case 'Unavailable':
    case 'Timeout':
    case 'SignInUnavailable':
      return withFailure(state, 'VmcApiError', failure.message);
  }
}

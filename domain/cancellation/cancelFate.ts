import type { CallFailure } from '../contract/answers';
import type { CancelFate, Cancellation } from './state';

export function fateOf(failure: CallFailure): CancelFate {
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

export function anyMayHaveBeenHeard(state: Cancellation): boolean {
  return state.cancelInFlight || endedMayHaveBeenHeard(state);
}

/** For the next cancel: whether the API answered, or may have received, any attempt so far. */
export function earlierMayHaveBeenHeard(state: Cancellation): boolean {
  return endedMayHaveBeenHeard(state) || state.latestCancel?.fate === 'answered';
}

function endedMayHaveBeenHeard({ earlierCancelMayHaveBeenHeard, latestCancel }: Cancellation): boolean {
  return earlierCancelMayHaveBeenHeard || latestCancel?.fate === 'mayHaveBeenHeard';
}

import { iso } from '../contract/instant';
import type { Extension, StopMonitoringArgument } from '../contract/updates';
import type { Cancellation } from './state';
import { withEvent } from './timeline';

/** An operator requested a cancel now: one more, or the first one without further delay. */
export function reissueRequested(state: Cancellation, atMs: number, requestedBy: string | undefined): Cancellation {
  const operatorCancelsDue = state.operatorCancelsDue + (state.stage === 'requesting' ? 0 : 1);
  return withEvent({ ...state, operatorCancelsDue }, atMs, 'cancelReissued', {
    by: 'operator',
    ...given({ requestedBy }),
  });
}

/** An operator requested a read now: the schedule goes on from there. */
export function pollRequested(state: Cancellation, atMs: number, requestedBy: string | undefined): Cancellation {
  return withEvent(state, atMs, 'polledNow', given({ requestedBy }));
}

export function deadlineExtended(
  state: Cancellation,
  { deadlineAtMs, requestedBy }: Extension,
  atMs: number,
): Cancellation {
  const deadlineAt = iso(deadlineAtMs);
  return withEvent({ ...state, deadlineAtMs }, atMs, 'deadlineExtended', { deadlineAt, ...given({ requestedBy }) });
}

export function monitoringStopped(
  state: Cancellation,
  atMs: number,
  { reason, requestedBy }: StopMonitoringArgument,
): Cancellation {
  return withEvent({ ...state, stopped: true }, atMs, 'monitoringStopped', given({ reason, requestedBy }));
}

function given(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

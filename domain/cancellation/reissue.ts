import { MINUTE_MS, SECOND_MS } from '../contract/duration';
import type { CancelTaskSettings } from '../contract/input';
import type { Cancellation } from './state';

/** The least time between two cancels of the run's own accord, whatever the task does. */
export const REISSUE_SPACING_MS = 10 * SECOND_MS;
const REISSUE_INTERVAL_MS = 10 * MINUTE_MS;
/**
 * After so many possibly received cancels without a sight of the task, it is only read until a read
 * succeeds.
 */
export const MAX_UNSEEN_CANCELS = 20;

/** When the next cancel is due of the run's own accord, or null. */
export function cancelDueAtMs(state: Cancellation, settings: CancelTaskSettings): number | null {
  switch (state.stage) {
    case 'requesting':
      return state.nextCancelAtMs;
    case 'checkingRefusal':
      return null;
    case 'monitoring':
      return reissueAtMs(state, settings);
  }
}

/** As far as the API has said, a cancel is under way, ours or another's. */
export function isCancelUnderWay({ acceptedAtMs, everCanceling }: Cancellation): boolean {
  return acceptedAtMs !== null || everCanceling;
}

/**
 * A task that goes on as if no cancel had been sent gets it again: its new phase may be one that
 * can be cancelled.
 */
function reissueAtMs(state: Cancellation, settings: CancelTaskSettings): number | null {
  const { latestCancel, task } = state;
  if (latestCancel === null || task?.status !== 'STARTED') return null;
  if (state.ownCancelRequests >= settings.maxCancelRequests || state.unseenCancels >= MAX_UNSEEN_CANCELS) return null;
  const wanted = isCancelUnderWay(state) || state.declined === null || settings.onDeclined === 'retry';
  if (!wanted) return null;
  if (state.nextCancelAtMs !== null) return state.nextCancelAtMs;
  const before = latestCancel.phaseAfter;
  // The task has to show first what became of the latest one.
  if (before === null) return null;
  const movedOn = before.phaseInProgress !== task.phaseInProgress || before.subStatus !== task.subStatus;
  return Math.max(latestCancel.endedAtMs + (movedOn ? REISSUE_SPACING_MS : REISSUE_INTERVAL_MS), state.cancelFloorAtMs);
}

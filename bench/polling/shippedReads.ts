import type { Cancellation } from '../../domain/cancellation/state';
import { cancelAccepted, cancelSent } from '../../domain/cancellation/cancelAnswers';
import { taskRead } from '../../domain/cancellation/readAnswers';
import { newCancellation } from '../../domain/cancellation/state';
import { SECOND_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { DEFAULT_SETTINGS } from '../kit/defaultSettings';
import type { EstimateAt } from '../kit/estimates';
import type { Random } from '../kit/random';
import { shownTask } from '../kit/shownTask';

/**
 * The seconds of every status read that the workflow would make, up to and including the first at
 * or after the end, when each call is answered at once. It runs through the workflow's own states,
 * so that it cannot differ from what is shipped.
 */
export function shippedReadsSeconds(settlesAfterSeconds: number, estimateAt: EstimateAt, random: Random): number[] {
  const reads: number[] = [];
  // Its own organization's: how reads of one organization meet is for bench:shared to show.
  const settings = { ...DEFAULT_SETTINGS, orgId: String(random()) };
  const sent = cancelSent(newCancellation(settings, 0), { atMs: 0, operator: false });
  let state: Cancellation = cancelAccepted(
    sent,
    taskShowing(estimateAt(0)),
    { atMs: 0, operator: false, random: random() },
    settings,
  );
  for (;;) {
    const atMs = state.nextReadAtMs;
    if (atMs === null) throw new Error('a task that is watched has a next read');
    reads.push(atMs / SECOND_MS);
    if (atMs >= settlesAfterSeconds * SECOND_MS) return reads;
    const call = { beganAtMs: atMs, atMs, random: random() };
    state = taskRead(state, taskShowing(estimateAt(atMs / SECOND_MS)), call, settings);
  }
}

function taskShowing(estimatedRemainingMinutes: number | null): Task {
  return shownTask({ id: 'task', status: 'CANCELING', estimatedRemainingMinutes });
}

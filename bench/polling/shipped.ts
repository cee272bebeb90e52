import type { Cancellation } from '../../domain/cancellation';
import { begun, cancelAccepted, cancelSent, taskRead } from '../../domain/cancellation';
import { SECOND_MS } from '../../domain/duration';
import type { CancelTaskSettings } from '../../domain/input';
import { parseCancelTaskInput } from '../../domain/input';
import type { Task } from '../../domain/task';
import type { PlayedTask } from './mixes';

/** What the server answers as its estimate at an instant after the cancel, in whole minutes; null where it has none. */
export type EstimateAt = (seconds: number) => number | null;

/** Before this, no server has an estimate. */
const FIRST_ESTIMATE_SECONDS = 10;

/** The time that is left, off by a factor, rounded up. */
export function estimateOf({ settlesAfterSeconds, estimateFactor }: PlayedTask): EstimateAt {
  return (seconds) => {
    if (estimateFactor === null || seconds < FIRST_ESTIMATE_SECONDS) return null;
    return Math.ceil(((settlesAfterSeconds - seconds) * estimateFactor) / 60);
  };
}

const DEFAULTS = defaultSettings();

/**
 * The seconds of every status read that the workflow would make, up to and including the first at or after the end, when each call is answered at
 * once. It runs through the workflow's own states, so that it cannot differ from what is shipped.
 */
export function shippedReadsSeconds(
  settlesAfterSeconds: number,
  estimateAt: EstimateAt,
  random: () => number,
): number[] {
  const reads: number[] = [];
  const sent = cancelSent(begun(DEFAULTS, 0), { atMs: 0, operator: false });
  let state: Cancellation = cancelAccepted(
    sent,
    taskShowing(estimateAt(0)),
    { atMs: 0, operator: false, random: random() },
    DEFAULTS,
  );
  for (;;) {
    const atMs = state.nextReadAtMs;
    if (atMs === null) throw new Error('a task that is watched has a next read');
    reads.push(atMs / SECOND_MS);
    if (atMs >= settlesAfterSeconds * SECOND_MS) return reads;
    state = taskRead(state, taskShowing(estimateAt(atMs / SECOND_MS)), { atMs, random: random() }, DEFAULTS);
  }
}

function taskShowing(estimatedRemainingMinutes: number | null): Task {
  return {
    id: 'task',
    status: 'CANCELING',
    subStatus: null,
    taskType: null,
    resourceId: null,
    resourceType: null,
    phaseInProgress: null,
    progressPercent: null,
    estimatedRemainingMinutes:
      estimatedRemainingMinutes !== null && estimatedRemainingMinutes < 0 ? null : estimatedRemainingMinutes,
    startTime: null,
    endTime: null,
    errorMessage: null,
  };
}

function defaultSettings(): CancelTaskSettings {
  const parsed = parseCancelTaskInput({ orgId: 'bench', taskId: 'task' });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

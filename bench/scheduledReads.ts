import { begun, cancelAccepted, cancelSent, taskRead } from '../domain/cancellation';
import { MINUTE_MS, SECOND_MS } from '../domain/duration';
import { parseCancelTaskInput } from '../domain/input';
import type { Task } from '../domain/task';

const parsed = parseCancelTaskInput({ orgId: 'org', taskId: 'task', deadline: '30d' });
if (!parsed.ok) throw new Error(parsed.problems.join('; '));
const settings = parsed.value;

/** A fresh task has none yet. */
const NO_ESTIMATE_BEFORE_MS = 10 * SECOND_MS;

/** How many status reads the shipped code makes of a task that ends so long after the cancel, if every answer comes at once. */
export function readsUntilOver(
  task: { settlesAfterMs: number; estimateFactor: number | null },
  random: () => number,
): number {
  const at = (atMs: number) => ({ atMs, operator: false, random: random() });
  let state = cancelSent(begun(settings, 0), { atMs: 0, operator: false });
  state = cancelAccepted(state, taskAt(0, task), at(0), settings);
  // Every read is later than the one before, so that the task's end is reached.
  while (state.ending === null) {
    const readAtMs = state.nextReadAtMs;
    if (readAtMs === null) throw new Error('the schedule has no next read, and the task goes on');
    state = taskRead(state, taskAt(readAtMs, task), at(readAtMs), settings);
  }
  return state.polls;
}

function taskAt(
  atMs: number,
  { settlesAfterMs, estimateFactor }: { settlesAfterMs: number; estimateFactor: number | null },
): Task {
  const isOver = atMs >= settlesAfterMs;
  const isEstimated = !isOver && estimateFactor !== null && atMs >= NO_ESTIMATE_BEFORE_MS;
  return {
    ...{ id: 'task', subStatus: null, taskType: null, resourceId: null, resourceType: null },
    ...{ phaseInProgress: null, progressPercent: null, startTime: null, endTime: null, errorMessage: null },
    status: isOver ? 'CANCELED' : 'CANCELING',
    estimatedRemainingMinutes: isEstimated ? Math.ceil(((settlesAfterMs - atMs) * estimateFactor) / MINUTE_MS) : null,
  };
}

import { withOutcome } from './ending';
import type { Cancellation, TaskPhase } from './state';
import type { Task } from './task';
import { isTerminal } from './taskStatus';
import { withEvent } from './timeline';
import { withoutTrouble } from './trouble';

/** The task was seen, by a call that began at one instant and ended at another. */
export function withTask(
  state: Cancellation,
  task: Task,
  { beganAtMs, atMs }: { beganAtMs: number; atMs: number },
): Cancellation {
  const { task: before, latestCancel } = state;
  let next = withoutTrouble(state, atMs);
  if (before?.status !== task.status)
    next = withEvent(next, atMs, 'statusChanged', { from: before?.status ?? null, to: task.status });
  if (before !== null && before.phaseInProgress !== task.phaseInProgress)
    next = withEvent(next, atMs, 'phaseChanged', { from: before.phaseInProgress, to: task.phaseInProgress });
  // `alreadySettled` depends on what was known before this sight.
  if (isTerminal(task.status)) next = withOutcome(next, task.status, atMs);
  return {
    ...next,
    task,
    firstSeenAtMs: state.firstSeenAtMs ?? atMs,
    lastSeenAtMs: atMs,
    sightBeganAtMs: beganAtMs,
    everCanceling: state.everCanceling || task.status === 'CANCELING',
    vanishing: null,
    unseenCancels: 0,
    latestCancel: latestCancel && { ...latestCancel, phaseAfter: latestCancel.phaseAfter ?? phaseOf(task) },
  };
}

export function phaseOf({ phaseInProgress, subStatus }: Task): TaskPhase {
  return { phaseInProgress, subStatus };
}

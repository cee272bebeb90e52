import { isTerminal } from '../../domain/cancellation/taskStatus';
import { workflowId } from '../../domain/contract/names';
import type { Task } from '../../domain/cancellation/task';
import type { CancellationIds } from '../../client/cancellationId';
import type { FollowedRun } from './existingRun';

/**
 * What happens to one task. `cancel`: its cancellation is started. `follow`: a cancellation of ours
 * exists and is joined. `over`: the API says that it ended. `othersCancel`: somebody else cancels
 * it.
 */
export type Step = { ids: CancellationIds; task: Task } & (
  { kind: 'cancel' } | { kind: 'over' } | { kind: 'othersCancel' } | { kind: 'follow'; run: FollowedRun }
);

/** @param existingRun the cancellation of this task that is there already, or null */
export async function stepFor(
  orgId: string,
  task: Task,
  existingRun: (ids: CancellationIds) => Promise<FollowedRun | null>,
): Promise<Step> {
  const taskIds = { orgId, taskId: task.id };
  const ids = { ...taskIds, workflowId: workflowId(taskIds) };
  if (isTerminal(task.status)) return { ids, task, kind: 'over' };
  const run = await existingRun(ids);
  if (run !== null) return { ids, task, kind: 'follow', run };
  return { ids, task, kind: task.status === 'CANCELING' ? 'othersCancel' : 'cancel' };
}

export type StepToDo = Extract<Step, { kind: 'cancel' | 'follow' }>;

export function isToDo(step: Step): step is StepToDo {
  return step.kind === 'cancel' || step.kind === 'follow';
}

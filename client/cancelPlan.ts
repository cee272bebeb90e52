import { isTerminal } from '../domain/taskStatus';
import { workflowId } from '../domain/names';
import type { Task } from '../domain/task';
import type { CancellationIds } from './cancellationId';
import type { RunReference } from './state';

/**
 * What is to be done about one task of the API's answer. `cancel`: start its cancellation. `follow`: ours is there already, and tells how it ends.
 * `over`: the API says that it has ended. `othersCancel`: it is being cancelled, and not by us.
 */
export type Step = { ids: CancellationIds; task: Task } & (
  { kind: 'cancel' } | { kind: 'follow'; run: RunReference } | { kind: 'over' } | { kind: 'othersCancel' }
);

/** @param ownRun the cancellation of this task that is there already, or null */
export async function stepFor(
  orgId: string,
  task: Task,
  ownRun: (ids: CancellationIds) => Promise<RunReference | null>,
): Promise<Step> {
  const taskIds = { orgId, taskId: task.id };
  const ids = { ...taskIds, workflowId: workflowId(taskIds) };
  if (isTerminal(task.status)) return { ids, task, kind: 'over' };
  const run = await ownRun(ids);
  if (run !== null) return { ids, task, kind: 'follow', run };
  return { ids, task, kind: task.status === 'CANCELING' ? 'othersCancel' : 'cancel' };
}

export type StepToDo = Extract<Step, { kind: 'cancel' | 'follow' }>;

export function isToDo(step: Step): step is StepToDo {
  return step.kind === 'cancel' || step.kind === 'follow';
}

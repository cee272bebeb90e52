import { isTerminal } from '../../domain/cancellation/taskStatus';
import { workflowId } from '../../domain/contract/names';
import type { Task } from '../../domain/cancellation/task';
import type { CancellationIds } from '../../client/cancellationId';
import type { FollowedRun } from './existingRun';
import type { RunReference } from '../../client/runState';

/**
 * What is to be done about one task. `cancel`: start its cancellation. `follow`: ours is there
 * already, and tells how it ends; no task where the API's answer has none. `over`: the API says
 * that it has ended. `othersCancel`: it is being cancelled, and not by us.
 */
export type Step = { ids: CancellationIds } & (
  | { kind: 'cancel'; task: Task }
  | { kind: 'over'; task: Task }
  | { kind: 'othersCancel'; task: Task }
  | { kind: 'follow'; task: Task | null; run: FollowedRun }
);

/** @param ownRun the cancellation of this task that is there already, or null */
export async function stepFor(
  orgId: string,
  task: Task,
  ownRun: (ids: CancellationIds) => Promise<FollowedRun | null>,
): Promise<Step> {
  const taskIds = { orgId, taskId: task.id };
  const ids = { ...taskIds, workflowId: workflowId(taskIds) };
  if (isTerminal(task.status)) return { ids, task, kind: 'over' };
  const run = await ownRun(ids);
  if (run !== null) return { ids, task, kind: 'follow', run };
  return { ids, task, kind: task.status === 'CANCELING' ? 'othersCancel' : 'cancel' };
}

/**
 * The same with the runs that calls of this command have left: those are followed, whatever the API
 * says of their tasks, but for a task that is to be cancelled (again).
 */
export function withUnfinished(steps: readonly Step[], unfinished: readonly RunReference[]): Step[] {
  const left = new Map(unfinished.map((run) => [run.workflowId, run]));
  const inAnswer = steps.map((step): Step => {
    const run = left.get(step.ids.workflowId);
    left.delete(step.ids.workflowId);
    return run === undefined || isToDo(step) ? step : { kind: 'follow', ids: step.ids, task: step.task, run };
  });
  const notInAnswer = [...left.values()].map(({ orgId, taskId, workflowId, runId }): Step => {
    const ids = { orgId, taskId, workflowId };
    return { kind: 'follow', ids, task: null, run: { ...ids, runId } };
  });
  return [...inAnswer, ...notInAnswer];
}

export type StepToDo = Extract<Step, { kind: 'cancel' | 'follow' }>;

export function isToDo(step: Step): step is StepToDo {
  return step.kind === 'cancel' || step.kind === 'follow';
}

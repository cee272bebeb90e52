import { checked, idSchema } from '../domain/input';
import { parseWorkflowId, workflowId } from '../domain/names';
import { InvalidInputError } from './errors';
import { quotedShort } from './plainText';

/** A task of an organisation, or the workflow id of its cancellation. Where a starter of another kind chose that id, the task alone does not tell it. */
export type CancellationId = string | { orgId: string; taskId: string; workflowId?: string };

export interface CancellationIds {
  orgId: string;
  taskId: string;
  workflowId: string;
}

/** How a person is told of a cancellation in few words. */
export function labelOf({ taskId, workflowId }: CancellationIds): string {
  return taskId === '' ? workflowId : taskId;
}

export const WORKFLOW_ID_FORM = workflowId({ orgId: '{orgId}', taskId: '{taskId}' });

/** Temporal's own limit. */
export const MAX_WORKFLOW_ID_CHARACTERS = 1_000;

/** @throws InvalidInputError */
export function cancellationIds(ids: { orgId: string; taskId: string }): CancellationIds {
  const problems = [...idProblems('orgId', ids.orgId), ...idProblems('taskId', ids.taskId)];
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { orgId: ids.orgId, taskId: ids.taskId, workflowId: workflowId(ids) };
}

/** The task that a workflow id of ours is made of; null for one that a starter of another kind has chosen. */
export function ownIds(workflowIdText: string): CancellationIds | null {
  const ids = parseWorkflowId(workflowIdText);
  const isOurs = ids !== null && idProblems('orgId', ids.orgId).length + idProblems('taskId', ids.taskId).length === 0;
  return isOurs ? cancellationIds(ids) : null;
}

/** Whether our client makes this very workflow id. */
export function isOwn(workflowIdText: string): boolean {
  return ownIds(workflowIdText)?.workflowId === workflowIdText;
}

/** @throws InvalidInputError */
export function workflowIdOf(id: CancellationId): string {
  if (typeof id !== 'string') return id.workflowId ?? cancellationIds(id).workflowId;
  if (id !== '' && id.length <= MAX_WORKFLOW_ID_CHARACTERS) return ownIds(id)?.workflowId ?? id;
  throw new InvalidInputError([
    `workflow id ${quotedShort(id)}: must have 1 to ${MAX_WORKFLOW_ID_CHARACTERS} characters`,
  ]);
}

function idProblems(name: string, id: string): string[] {
  const parsed = checked(idSchema, id);
  return parsed.ok ? [] : parsed.problems.map((problem) => problem.replace('input', `${name} ${quotedShort(id)}`));
}

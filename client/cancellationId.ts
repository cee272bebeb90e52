import { checked, idSchema } from '../domain/input';
import { parseWorkflowId, workflowId } from '../domain/names';
import { InvalidInputError } from './errors';

/** A task of an organisation, or the workflow id of its cancellation. */
export type CancellationId = string | { orgId: string; taskId: string };

export interface CancellationIds {
  orgId: string;
  taskId: string;
  workflowId: string;
}

export const WORKFLOW_ID_FORM = workflowId({ orgId: '{orgId}', taskId: '{taskId}' });

/** @throws InvalidInputError */
export function cancellationIds(id: CancellationId): CancellationIds {
  const ids = typeof id === 'string' ? parseWorkflowId(id) : id;
  if (ids === null)
    throw new InvalidInputError([`workflow id ${JSON.stringify(id)}: must be of the form ${WORKFLOW_ID_FORM}`]);
  const problems = [...idProblems('orgId', ids.orgId), ...idProblems('taskId', ids.taskId)];
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { orgId: ids.orgId, taskId: ids.taskId, workflowId: workflowId(ids) };
}

function idProblems(name: string, id: string): string[] {
  const parsed = checked(idSchema, id);
  return parsed.ok ? [] : parsed.problems.map((problem) => problem.replace('input', `${name} ${JSON.stringify(id)}`));
}

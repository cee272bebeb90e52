import { checked, idSchema } from '../domain/input';
import { parseWorkflowId, workflowId } from '../domain/names';
import { InvalidInputError } from './errors';
import { quotedShort } from './plainText';

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
  const ids = typeof id === 'string' ? idsIn(id) : id;
  const problems = [...idProblems('orgId', ids.orgId), ...idProblems('taskId', ids.taskId)];
  if (problems.length > 0) throw new InvalidInputError(problems);
  return { orgId: ids.orgId, taskId: ids.taskId, workflowId: workflowId(ids) };
}

function idsIn(workflowIdText: string): { orgId: string; taskId: string } {
  const ids = parseWorkflowId(workflowIdText);
  if (ids !== null) return ids;
  throw new InvalidInputError([`workflow id ${quotedShort(workflowIdText)}: must be of the form ${WORKFLOW_ID_FORM}`]);
}

function idProblems(name: string, id: string): string[] {
  const parsed = checked(idSchema, id);
  return parsed.ok ? [] : parsed.problems.map((problem) => problem.replace('input', `${name} ${quotedShort(id)}`));
}

import { idSchema } from '../domain/ids';
import type { Parsed } from '../domain/input';
import { checked } from '../domain/input';
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
  const given = typeof id === 'string' ? idsIn(id) : id;
  const orgId = checkedId('orgId', given.orgId);
  const taskId = checkedId('taskId', given.taskId);
  if (!orgId.ok || !taskId.ok)
    throw new InvalidInputError([orgId, taskId].flatMap((parsed) => (parsed.ok ? [] : parsed.problems)));
  const ids = { orgId: orgId.value, taskId: taskId.value };
  return { ...ids, workflowId: workflowId(ids) };
}

function idsIn(workflowIdText: string): { orgId: string; taskId: string } {
  const ids = parseWorkflowId(workflowIdText);
  if (ids !== null) return ids;
  throw new InvalidInputError([`workflow id ${quotedShort(workflowIdText)}: must be of the form ${WORKFLOW_ID_FORM}`]);
}

function checkedId(name: string, id: string): Parsed<string> {
  const parsed = checked(idSchema, id);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problems: parsed.problems.map((problem) => problem.replace('input', `${name} ${quotedShort(id)}`)),
  };
}

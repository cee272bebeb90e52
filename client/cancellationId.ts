import { idSchema } from '../domain/contract/ids';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { parseWorkflowId, workflowId } from '../domain/contract/names';
import { InvalidInputError } from '../temporal/errors';
import { quotedShort } from '../domain/text/printedText';

/**
 * A task of an organisation, or the workflow id of its cancellation. Where a starter of another
 * kind chose that id, the task alone does not tell it.
 */
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
export function cancellationIds(given: { orgId: string; taskId: string }): CancellationIds {
  const orgId = checkedId('orgId', given.orgId);
  const taskId = checkedId('taskId', given.taskId);
  if (!orgId.ok || !taskId.ok)
    throw new InvalidInputError([orgId, taskId].flatMap((parsed) => (parsed.ok ? [] : parsed.problems)));
  const ids = { orgId: orgId.value, taskId: taskId.value };
  return { ...ids, workflowId: workflowId(ids) };
}

/**
 * The task that a workflow id of ours is made of; null for one that a starter of another kind has
 * chosen.
 */
export function ownIds(workflowIdText: string): CancellationIds | null {
  const ids = parseWorkflowId(workflowIdText);
  const isOurs = ids !== null && [ids.orgId, ids.taskId].every((id) => checked(idSchema, id).ok);
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

function checkedId(name: string, id: string): Parsed<string> {
  const parsed = checked(idSchema, id);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problems: parsed.problems.map((problem) => problem.replace('input', `${name} ${quotedShort(id)}`)),
  };
}

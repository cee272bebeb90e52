import { idSchema } from '../domain/contract/ids';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { parseWorkflowId, workflowId } from '../domain/contract/names';
import { InvalidInputError } from '../temporal/errors';
import { shortQuote } from '../domain/text/printedText';

/**
 * A task, or the workflow id of its cancellation. A run whose starter chose another workflow id is
 * found by that id only.
 */
export type CancellationId = string | { orgId: string; taskId: string; workflowId?: string };

export interface CancellationIds {
  orgId: string;
  taskId: string;
  workflowId: string;
}

/** A short human-readable name. */
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

/** The ids in a workflow id of our form; null for any other workflow id. */
export function ownIds(workflowIdText: string): CancellationIds | null {
  const ids = parseWorkflowId(workflowIdText);
  const isOurs = ids !== null && [ids.orgId, ids.taskId].every((id) => checked(idSchema, id).ok);
  return isOurs ? cancellationIds(ids) : null;
}

/** Whether our client creates exactly this workflow id. */
export function isOwn(workflowIdText: string): boolean {
  return ownIds(workflowIdText)?.workflowId === workflowIdText;
}

/** @throws InvalidInputError */
export function workflowIdOf(id: CancellationId): string {
  if (typeof id !== 'string') return id.workflowId ?? cancellationIds(id).workflowId;
  if (id !== '' && id.length <= MAX_WORKFLOW_ID_CHARACTERS) return ownIds(id)?.workflowId ?? id;
  throw new InvalidInputError([
    `workflow id ${shortQuote(id)}: must have 1 to ${MAX_WORKFLOW_ID_CHARACTERS} characters`,
  ]);
}

function checkedId(name: string, id: string): Parsed<string> {
  const parsed = checked(idSchema, id);
  if (parsed.ok) return parsed;
  return {
    ok: false,
    problems: parsed.problems.map((problem) => problem.replace('input', `${name} ${shortQuote(id)}`)),
  };
}

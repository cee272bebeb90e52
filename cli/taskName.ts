import type { CancellationIds } from '../client/cancellationId';
import {
  cancellationIds,
  MAX_WORKFLOW_ID_CHARACTERS,
  ownIds,
  WORKFLOW_ID_FORM,
  workflowIdOf,
} from '../client/cancellationId';
import type { Environment } from '../domain/settings/environment';
import { namedOrganization, ORG_VARIABLE } from './organization';
import { InvalidInputError } from '../temporal/errors';
import { shortQuote } from '../domain/text/printedText';
import { UsageError } from './usageError';

/**
 * The meaning of a TASK by its text alone. `task`: a task id; a workflow id only if the task has no
 * cancellation. `workflow`: a workflow id of another starter's choice; if there is no such run,
 * `otherwise` is the task or the error.
 */
export type TaskName =
  | { kind: 'task'; ids: CancellationIds; text: string }
  | { kind: 'workflow'; workflowId: string; otherwise: CancellationIds | UsageError | null };

/** @throws UsageError */
export function taskNames(texts: readonly string[], org: string | undefined, env: Environment): TaskName[] {
  const orgId = namedOrganization(org, env);
  return texts.map((text) => {
    try {
      return taskName(text, orgId, org === '');
    } catch (error) {
      throw error instanceof InvalidInputError ? new UsageError(error.message) : error;
    }
  });
}

/**
 * A colon distinguishes a workflow id from a task id. With `--org ''` every text is a workflow id.
 */
function taskName(text: string, orgId: string | undefined, areWorkflowIds: boolean): TaskName {
  const own = ownIds(text);
  if (own !== null) return { kind: 'task', ids: own, text };
  if (areWorkflowIds) return named(text, null);
  if (text.includes(':')) return named(text, lacksTask(text) ? new UsageError(formProblem(text)) : null);
  if (!orgId)
    throw new UsageError(
      `task ${shortQuote(text)} needs its organization: give --org, set ${ORG_VARIABLE}, or give a whole workflow id (${WORKFLOW_ID_FORM}; for one of another form, --org '')`,
    );
  // A bad organization is an error whatever the TASK.
  cancellationIds({ orgId, taskId: 'any' });
  try {
    return { kind: 'task', ids: cancellationIds({ orgId, taskId: text }), text };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || text.length > MAX_WORKFLOW_ID_CHARACTERS) throw error;
    return named(text, new UsageError(error.message));
  }
}

/** It begins like a workflow id of ours: hardly one of another starter's choice. */
function lacksTask(text: string): boolean {
  const [prefix, orgId, taskId] = text.split(':');
  return prefix === WORKFLOW_ID_FORM.split(':', 1).join() && (!orgId || !taskId);
}

function formProblem(text: string): string {
  return `workflow id ${shortQuote(text)}: must be of the form ${WORKFLOW_ID_FORM}, or one that vmc-cancel list prints`;
}

function named(text: string, otherwise: UsageError | null): TaskName {
  return { kind: 'workflow', workflowId: workflowIdOf(text), otherwise };
}

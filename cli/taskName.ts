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
 * What a TASK means, as far as the text alone tells. `task`: a task; only where it has no
 * cancellation may the text be the workflow id of another.
 * `workflow`: a workflow id that a starter of another kind has chosen; where there is no such run,
 * `otherwise` is the task, or what is wrong.
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
 * A workflow id is told from a task id by its colon; without an organisation, named as an empty
 * one, there are no task ids.
 */
function taskName(text: string, orgId: string | undefined, areWorkflowIds: boolean): TaskName {
  const own = ownIds(text);
  if (own !== null) return { kind: 'task', ids: own, text };
  if (areWorkflowIds) return named(text, null);
  if (text.includes(':')) return named(text, lacksTask(text) ? new UsageError(formProblem(text)) : null);
  if (!orgId)
    throw new UsageError(
      `task ${shortQuote(text)} needs its organisation: give --org, set ${ORG_VARIABLE}, or give a whole workflow id (${WORKFLOW_ID_FORM}; for one of another form, --org '')`,
    );
  // What is wrong with the organisation is wrong with every TASK.
  cancellationIds({ orgId, taskId: 'any' });
  try {
    return { kind: 'task', ids: cancellationIds({ orgId, taskId: text }), text };
  } catch (error) {
    if (!(error instanceof InvalidInputError) || text.length > MAX_WORKFLOW_ID_CHARACTERS) throw error;
    return named(text, new UsageError(error.message));
  }
}

/** Of our own form as far as it goes: hardly an id that somebody has chosen. */
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

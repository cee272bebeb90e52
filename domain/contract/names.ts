/**
 * Every name that other programs, the Temporal server or an operator may type: each is defined here
 * and nowhere else.
 */

/** The name of the executable, and of the deployment to which its workers belong. */
export const PROGRAM = 'vmc-cancel';

export const DEFAULT_TASK_QUEUE = 'vmc-cancel';
export const TASK_QUEUE_VARIABLE = 'VMC_CANCEL_TASK_QUEUE';

export const WORKFLOW_TYPE = 'cancelTask';

/** The type of the failure of a run, or of an update, whose input is not within its limits. */
export const INVALID_INPUT = 'InvalidInput';

export const PROGRESS_QUERY = 'progress';
export const UPDATES = {
  pollNow: 'pollNow',
  extendDeadline: 'extendDeadline',
  reissueCancel: 'reissueCancel',
  stopMonitoring: 'stopMonitoring',
} as const;

/** All four are of type Keyword. */
export const SEARCH_ATTRIBUTES = {
  orgId: 'VmcOrgId',
  taskId: 'VmcTaskId',
  taskStatus: 'VmcTaskStatus',
  outcome: 'VmcCancelOutcome',
} as const;

export const SEARCH_ATTRIBUTE_NAMES: readonly string[] = Object.values(SEARCH_ATTRIBUTES);

/** In the memo of a run that continues another: when the cancellation began, as an instant. */
export const STARTED_AT_MEMO = 'VmcCancelStartedAt';

/**
 * SQL stores keep a Keyword in a column of 255, and a value over 2,048 bytes terminates the run:
 * stay far below both.
 */
export const SEARCH_ATTRIBUTE_MAX_CHARACTERS = 64;

const WORKFLOW_ID_PREFIX = 'vmc-cancel';

/** One run a task: the id of the workflow that cancels this task. */
export function workflowId(ids: { orgId: string; taskId: string }): string {
  return `${WORKFLOW_ID_PREFIX}:${ids.orgId}:${ids.taskId}`;
}

/**
 * The organization and task of a workflow id, or null for a text that is not one of our workflow
 * ids.
 */
export function parseWorkflowId(text: string): { orgId: string; taskId: string } | null {
  const [prefix, orgId, taskId, ...rest] = text.split(':');
  if (prefix !== WORKFLOW_ID_PREFIX || !orgId || !taskId || rest.length > 0) return null;
  return { orgId, taskId };
}

/**
 * What is not a name of ours is not looked for: the four, of `registered` (name → type), that are
 * missing.
 */
export function missingSearchAttributes(registered: readonly string[]): string[] {
  return SEARCH_ATTRIBUTE_NAMES.filter((name) => !registered.includes(name));
}

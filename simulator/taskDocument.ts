import { estimatedRemainingMinutesAt, phaseBoundariesMs, PHASES, progressAt } from './taskProgress';
import type { TaskHistory } from './taskState';
import { isOver, standingAt } from './taskState';

/** What stays the same in a task's documents. */
export interface TaskIdentity {
  orgId: string;
  taskId: string;
  taskType: string;
  resourceId: string;
  correlationId: string;
  userId: string;
}

/** In every task's `params`: finds code that keeps, logs or shows them. */
export const SENSITIVE_MARK = 'params-are-sensitive';

const USER_NAME = 'operator@example.com';

/** ISO-8601 with as many fraction digits as asked for, and null where there is no instant. */
function instant(ms: number, fractionDigits: number): string;
function instant(ms: number | null, fractionDigits: number): string | null;
function instant(ms: number | null, fractionDigits: number): string | null {
  if (ms === null) return null;
  const [toSeconds = '', milliseconds = ''] = new Date(ms).toISOString().slice(0, -1).split('.');
  return `${toSeconds}.${milliseconds.padEnd(fractionDigits, '0').slice(0, fractionDigits)}Z`;
}

/**
 * A Task as the API shows it now: every documented field, null where empty, and some undocumented.
 */
export function taskDocument(identity: TaskIdentity, history: TaskHistory, nowMs: number) {
  const standing = standingAt(history, nowMs);
  const over = isOver(standing.status);
  const progress = progressAt(history, nowMs);
  const phase = PHASES[progress.phase] ?? PHASES[0];
  const failure = standing.status === 'FAILED' ? `The task failed in the phase ${phase}.` : null;
  const transitions = (over ? 1 : 0) + (history.cancelAcceptedAtMs === null ? 0 : 1);

  return {
    id: identity.taskId,
    // Real answers vary in fraction digits, and `created` may be later than `start_time`.
    created: instant(history.createdAtMs + 12, 3),
    updated: instant(Math.max(standing.sinceMs, progress.sinceMs), 1 + (progress.percent % 3)),
    start_time: instant(history.createdAtMs, 6),
    end_time: instant(over ? standing.sinceMs : null, 2),
    user_id: identity.userId,
    user_name: USER_NAME,
    updated_by_user_id: identity.userId,
    updated_by_user_name: USER_NAME,
    version: 1 + progress.percent + transitions,
    status: standing.status,
    sub_status: over ? standing.status : `${identity.taskType.replaceAll(/\W/g, '_')}_${phase}`,
    task_type: identity.taskType,
    task_version: '1.0',
    resource_id: identity.resourceId,
    resource_type: 'sddc',
    org_id: identity.orgId,
    org_type: 'CUSTOMER',
    parent_task_id: null,
    correlation_id: identity.correlationId,
    start_resource_entity_version: 1,
    end_resource_entity_version: over ? 2 : null,
    progress_percent: progress.percent,
    estimated_remaining_minutes: estimatedRemainingMinutesAt(history, nowMs),
    phase_in_progress: over ? '' : phase,
    task_progress_phases: PHASES.map((name, index) => ({
      id: name,
      name: `${name.slice(0, 1)}${name.slice(1).toLowerCase()}`,
      progress_percent: index < progress.phase ? 100 : index === progress.phase ? progress.phasePercent : 0,
    })),
    error_message: failure,
    localized_error_message: failure,
    customer_error_message: failure,
    service_errors:
      failure === null
        ? []
        : [
            {
              default_message: failure,
              original_service: 'simulator',
              original_service_error_code: 'TASK_FAILED',
              localized_message: failure,
            },
          ],
    params: { sddc_config: { name: SENSITIVE_MARK, password: SENSITIVE_MARK } },
    retries: 0,
    locale: 'en_US',
    parent_notifications: null,
    task_sub_status_transitions: phaseBoundariesMs(history.script)
      .slice(0, progress.phase + 1)
      .map((boundaryMs, index) => ({
        sub_status: PHASES[index],
        transition_time: instant(history.createdAtMs + Math.floor(boundaryMs), 3),
      })),
  };
}
export type TaskDocument = ReturnType<typeof taskDocument>;

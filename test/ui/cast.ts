import type { Ids, UiStage } from './uiStage';

/** The runs that the UI is looked at with. Short ids: they stand in the pictures. */

const BERLIN = 'org-berlin';
const TOKYO = 'org-tokyo';

export const RUNNING: Ids = { orgId: BERLIN, taskId: 'sddc-create' };
export const CANCELED: Ids = { orgId: BERLIN, taskId: 'cluster-add' };
export const FINISHED: Ids = { orgId: BERLIN, taskId: 'host-remove' };
export const DECLINED: Ids = { orgId: BERLIN, taskId: 'sddc-delete' };
export const TROUBLED: Ids = { orgId: BERLIN, taskId: 'cluster-remove' };
export const IGNORED: Ids = { orgId: TOKYO, taskId: 'host-add' };
export const UNKNOWN: Ids = { orgId: TOKYO, taskId: 'mistyped' };
export const HOSTILE: Ids = { orgId: TOKYO, taskId: 'hostile' };

/** All that Markdown, HTML and what renderers add of their own could make something of. */
export const HOSTILE_TEXTS = {
  reason:
    '<img src=x onerror=alert(1)> <script>alert(1)</script> [x](javascript:alert(1)) ![p](https://evil.example/p.png)',
  requestedBy: '"quoted" it\'s -- ... 1/2 (c) &lt; &#60; &amp; \\ \\* a\\',
  taskType: '`code` ``` a\\`b https://evil.example www.evil.example <https://evil.example> a@evil.example @someone',
  phase: '# no heading | a | b | 1. one - two + three *em* _em_ __st__ ~~del~~ $x$ [^1] {x} :smile: ==m==',
  subStatus: '- <b>bold</b> <a href="https://evil.example">a</a> **bold** `',
  error: '> <details open><summary>s</summary></details> &copy; <!-- c --> ]]> %3Cimg%3E {{x}}',
};
const LINES = '\n# heading\n\n- item\n\n| a | b |\n|---|---|\n| c | d |\n\n    code\n\n---';
/** How those lines are shown: on one. */
export const LINES_SHOWN = ' # heading - item | a | b | |---|---| | c | d | code ---';

const PATIENT = { requestedBy: 'ann@example.com', poll: { min: '2s', max: '1h', ratio: 2 } };
const QUICK = { requestedBy: 'ann@example.com', poll: { min: '1s', max: '2s' } };
const HOUR_MS = 3_600_000;

export async function perform(stage: UiStage): Promise<void> {
  await Promise.all([running(stage), troubled(stage), hostile(stage)]);
  await Promise.all([
    stage.started(CANCELED, { settlesAfterMs: 4_000 }, { ...QUICK, reason: 'Wrong size' }),
    stage.started(FINISHED, { settlesAs: 'FINISHED', settlesAfterMs: 2_000 }, { ...QUICK, reason: 'Wrong host' }),
    stage.started(DECLINED, { onCancel: 'decline' }, { ...QUICK, reason: 'Still needed' }),
    stage.started(IGNORED, { onCancel: 'ignore' }, { ...QUICK, reason: 'No longer needed' }),
    stage.client.start({ ...UNKNOWN, ...QUICK }),
  ]);
  const client = stage.client;
  await Promise.all([CANCELED, FINISHED, DECLINED].map((ids) => client.result(ids)));
  await client.result(UNKNOWN).catch(() => null);
  await stage.untilFound("VmcCancelOutcome IS NOT NULL AND ExecutionStatus = 'Completed'", 3);
  await stage.untilFound("ExecutionStatus = 'Failed'", 1);
  await stage.untilFound('VmcTaskStatus IS NOT NULL', 7);
  await stage.untilRead(RUNNING, 3);
}

/** Reads after 2, 6 and 18 seconds; then the estimate puts the fourth off for two minutes. */
async function running(stage: UiStage): Promise<void> {
  const seen = (percent: number, phase: string) => ({
    id: RUNNING.taskId,
    status: 'CANCELING',
    task_type: 'SDDC-PROVISION',
    phase_in_progress: phase,
    progress_percent: percent,
    estimated_remaining_minutes: -1,
  });
  const last = { ...seen(62, 'REMOVE_HOSTS'), estimated_remaining_minutes: 7 };
  await stage.answers(RUNNING, [
    { operation: 'cancelTask', body: seen(12, 'STOP_SERVICES') },
    { operation: 'getTask', times: 1, body: seen(20, 'STOP_SERVICES') },
    { operation: 'getTask', times: 1, body: seen(41, 'DETACH_NETWORKS') },
    { operation: 'getTask', body: last },
  ]);
  await stage.started(RUNNING, {}, { ...PATIENT, reason: 'Wrong region' });
}

async function troubled(stage: UiStage): Promise<void> {
  const body = {
    status: 503,
    path: '/vmc/api',
    retryable: true,
    error_code: 'maintenance',
    error_messages: ['The service is being upgraded.'],
  };
  await stage.answers(TROUBLED, [{ operation: 'getTask', status: 503, body }]);
  await stage.started(TROUBLED, { settlesAfterMs: HOUR_MS }, { ...QUICK, reason: 'Wrong cluster' });
}

async function hostile(stage: UiStage): Promise<void> {
  const { taskType, phase, subStatus, error, reason, requestedBy } = HOSTILE_TEXTS;
  const body = {
    id: HOSTILE.taskId,
    status: 'CANCELING',
    task_type: taskType,
    phase_in_progress: phase,
    sub_status: subStatus,
    error_message: error + LINES,
  };
  await stage.answers(HOSTILE, [
    { operation: 'cancelTask', body },
    { operation: 'getTask', body },
  ]);
  await stage.started(HOSTILE, {}, { ...PATIENT, reason: reason + LINES, requestedBy });
}

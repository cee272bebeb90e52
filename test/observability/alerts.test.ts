import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { ALERTS, ALERTS_FILE } from './rules';

const NEVER = '0x90';
/** Values of an hour and a half, a minute apart, in promtool's notation. */
const QUIET: Readonly<Record<string, string>> = {
  'vmc_cancel_build_info{version="1"}': '1x90',
  'temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError"}': NEVER,
  'temporal_workflow_task_execution_failed_total{failure_reason="WorkflowError"}': NEVER,
  vmc_cancel_temporal_refuses: NEVER,
  'vmc_cancel_trouble{type="Forbidden"}': NEVER,
  'vmc_cancel_trouble{type="Unauthorized"}': NEVER,
  'vmc_cancel_trouble{type="Unavailable"}': NEVER,
  'vmc_cancel_trouble{type="RateLimited"}': NEVER,
  'vmc_cancel_trouble{type="TaskNotFound"}': NEVER,
  'vmc_cancel_failures_total{type="InvalidInput"}': '0+1x90',
  'vmc_cancel_failures_total{type="TaskNotFound"}': '0+1x90',
  'vmc_cancel_failures_total{type="Forbidden"}': NEVER,
  'vmc_cancel_failures_total{type="VmcApiError"}': NEVER,
  'vmc_cancel_verdicts_total{outcome="CANCELED"}': '0+5x90',
  'vmc_cancel_verdicts_total{outcome="DEADLINE_EXCEEDED"}': NEVER,
  'temporal_activity_schedule_to_start_latency_seconds_bucket{le="0.1"}': '0+60x90',
  'temporal_activity_schedule_to_start_latency_seconds_bucket{le="100"}': '0+60x90',
  'temporal_activity_schedule_to_start_latency_seconds_bucket{le="+Inf"}': '0+60x90',
  'temporal_worker_task_slots_available{worker_type="ActivityWorker"}': '1000x90',
  'temporal_worker_task_slots_available{worker_type="LocalActivityWorker"}': NEVER,
  nodejs_eventloop_lag_p99_seconds: '0.02x90',
  'vmc_cancel_shared_reads_degraded{reason="slow"}': NEVER,
};

/** What differs from the quiet hour, and the only alert that it raises; null: none. */
const SCENES: [string, Record<string, string | null>, string | null][] = [
  ['a quiet hour', {}, null],
  ['no worker', { 'vmc_cancel_build_info{version="1"}': null }, 'WorkerMissing'],
  [
    'a build on which runs do not replay',
    { 'temporal_workflow_task_execution_failed_total{failure_reason="NonDeterminismError"}': '0x30 0+1x60' },
    'RunsStuck',
  ],
  ['a storm of 403 for tasks seen', { 'vmc_cancel_trouble{type="Forbidden"}': '0x30 40x60' }, 'CredentialsRefused'],
  [
    'a storm of 403 for new tasks',
    { 'vmc_cancel_failures_total{type="Forbidden"}': '0x30 0+9x60' },
    'CredentialsRefused',
  ],
  ['a withdrawn token', { 'vmc_cancel_trouble{type="Unauthorized"}': '0x30 1x60' }, 'CredentialsRefused'],
  ['a withdrawn key for Temporal', { vmc_cancel_temporal_refuses: '0x30 1x60' }, 'TemporalRefuses'],
  ['an outage of the API', { 'vmc_cancel_trouble{type="Unavailable"}': '0x30 40x60' }, 'ApiUnavailable'],
  ['an outage of eight minutes', { 'vmc_cancel_trouble{type="Unavailable"}': '0x52 40x8 0x30' }, null],
  ['a long rate limit', { 'vmc_cancel_trouble{type="RateLimited"}': '0x30 4x60' }, 'RateLimited'],
  [
    'a deadline that passed',
    { 'vmc_cancel_verdicts_total{outcome="DEADLINE_EXCEEDED"}': '0x50 1x60' },
    'DeadlineExceeded',
  ],
  ['runs that fail', { 'vmc_cancel_failures_total{type="VmcApiError"}': '0x50 0+1x40' }, 'RunsFailed'],
  ['too few workers', { 'temporal_activity_schedule_to_start_latency_seconds_bucket{le="0.1"}': NEVER }, 'TasksWait'],
  [
    'no free slot',
    { 'temporal_worker_task_slots_available{worker_type="ActivityWorker"}': '1000x30 0x60' },
    'SlotsExhausted',
  ],
  ['a blocked event loop', { nodejs_eventloop_lag_p99_seconds: '0.02x30 0.9x60' }, 'EventLoopSlow'],
  ['unusable lists', { 'vmc_cancel_shared_reads_degraded{reason="slow"}': '0x30 1x60' }, 'ListsUnusable'],
];
const EVALUATED_AT = '61m';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alerts-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const promtool = (...args: string[]) => promisify(execFile)('promtool', args);

/** The alerts that fire: a test expects all to be silent, and promtool names the others. */
async function firing(changes: Record<string, string | null>): Promise<string[]> {
  const series = Object.entries({ ...QUIET, ...changes }).filter((one): one is [string, string] => one[1] !== null);
  const file = path.join(folder, 'rules.test.yml');
  const test = {
    interval: '1m',
    input_series: series.map(([name, values]) => ({ series: name, values })),
    alert_rule_test: ALERTS.map(({ alert }) => ({ alertname: alert, eval_time: EVALUATED_AT, exp_alerts: [] })),
  };
  writeFileSync(file, stringify({ rule_files: [ALERTS_FILE], evaluation_interval: '1m', tests: [test] }));
  try {
    await promtool('test', 'rules', file);
    return [];
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    const output = stdout + stderr;
    const names = [...output.matchAll(/alertname: ?(\w+)/g)].map(([, name = '']) => name);
    if (names.length === 0) throw new Error(output, { cause: error });
    return names;
  }
}

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    expect((await promtool('check', 'rules', ALERTS_FILE)).stdout).toContain(`${ALERTS.length} rules found`);
  });

  it.each(SCENES)('%s raises exactly its own', async (_, changes, alert) => {
    expect(await firing(changes)).toEqual(alert === null ? [] : [`VmcCancel${alert}`]);
  });

  it('are all raised by a scene', () => {
    const raised = new Set(SCENES.map(([, , alert]) => `VmcCancel${alert ?? ''}`));
    expect(ALERTS.map(({ alert }) => alert).filter((alert) => !raised.has(alert))).toEqual([]);
  });

  it.each(ALERTS)('$alert leads to a section of the runbook', ({ annotations }) => {
    const [file = '', anchor = ''] = annotations.runbook.split('#');
    const headings = readFileSync(path.join(__dirname, '..', '..', file), 'utf8').matchAll(/^## (.+)$/gm);
    const anchors = [...headings].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));
    expect(anchors).toContain(anchor);
  });
});

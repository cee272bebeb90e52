import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { freePort } from '../environment/freePort';
import { ChildProcess } from '../stage/childProcess';
import { startOtherBuild } from '../stage/otherBuild/worker';
import { FAST, Stage } from '../stage/stage';
import { until } from '../stage/until';
import type { WorkerProcess } from '../stage/workerProcess';
import { ALERTS, PANELS } from './rules';

/** They speak of the machine, which may be busy. */
const OF_THE_MACHINE = ['VmcCancelTasksWait', 'VmcCancelEventLoopSlow'];
const DOCUMENT = path.join(__dirname, '..', '..', 'docs', 'deployment.md');

let stage: Stage;
let worker: WorkerProcess;
let folder: string;
let prometheusUrl: string;
let metricsUrl: string;
/** Its history is of another build: the worker fails at its next event. */
let foreignRun: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'metrics-'));
  stage = await Stage.begin();
  const stopOtherBuild = await startOtherBuild(stage.server.address);
  ({ workflowId: foreignRun } = await stage.started());
  await until(async () => (await stage.temporal('workflow', 'show', '-w', foreignRun)).includes('TimerStarted'));
  await stopOtherBuild();
  worker = await stage.startWorker({
    VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0',
    // Each task's own faults reach its own reads.
    VMC_CANCEL_SHARED_READS_WITHIN: '0',
  });
  const target = String((await worker.logged('polling')).health);
  metricsUrl = `http://${target}/metrics`;
  const configuration = path.join(folder, 'prometheus.yml');
  writeFileSync(
    configuration,
    stringify({
      global: { scrape_interval: '500ms' },
      scrape_configs: [{ job_name: 'vmc-cancel', static_configs: [{ targets: [target] }] }],
    }),
  );
  const address = `127.0.0.1:${await freePort()}`;
  prometheusUrl = `http://${address}`;
  const prometheus = new ChildProcess([
    'prometheus',
    `--config.file=${configuration}`,
    `--storage.tsdb.path=${path.join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ]);
  await prometheus.printed('Server is ready', 'stderr');
}, 180_000);
afterAll(async () => {
  await stage.end();
  rmSync(folder, { recursive: true });
});

/** How many series an expression yields now. */
async function seriesOf(expression: string): Promise<number> {
  const answer = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const { status, data } = (await answer.json()) as { status: string; data: { result: unknown[] } };
  expect({ expression, status }).toEqual({ expression, status: 'success' });
  return data.result.length;
}

async function firing(): Promise<string[]> {
  const names = [];
  for (const { alert, expr } of ALERTS)
    if (!OF_THE_MACHINE.includes(alert) && (await seriesOf(expr)) > 0) names.push(alert);
  return names;
}

/** Since the series that are true now are those of a scrape before, two more are waited for. */
async function scrapedAgain(): Promise<void> {
  const scrapes = async () => {
    const answer = await fetch(`${prometheusUrl}/api/v1/query?query=${encodeURIComponent('count_over_time(up[1h])')}`);
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    return Number(data.result[0]?.value[1] ?? 0);
  };
  const before = await scrapes();
  await until(async () => (await scrapes()) >= before + 2);
}

async function text(): Promise<string> {
  return await (await fetch(metricsUrl)).text();
}

describe('the metrics of a live worker', () => {
  it('are well-formed, and each series of its own is there before anything happened', async () => {
    const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: await text(), encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const own = (await text()).match(/^vmc_cancel_\S+/gm) ?? [];
    for (const series of [
      'vmc_cancel_verdicts_total{outcome="ABANDONED"}',
      'vmc_cancel_failures_total{type="InvalidInput"}',
      'vmc_cancel_time_to_verdict_seconds_count',
      'vmc_cancel_time_to_accepted_seconds_count',
      'vmc_cancel_trouble{type="SignInUnavailable"}',
      'vmc_cancel_api_requests_total{operation="cancelTask",class="429"}',
      'vmc_cancel_api_request_duration_seconds_count{operation="listTasks"}',
      'vmc_cancel_sign_ins_total{result="refused"}',
    ])
      expect(own).toContain(series);
  });

  it('raise no alert while all is well', async () => {
    const { workflowId } = await stage.started({ settlesAfterMs: 500 }, FAST);
    await stage.client.result(workflowId);
    await scrapedAgain();
    expect(await firing()).toEqual([]);
  });

  it('raise exactly the alert of refused credentials in a storm of 403', async () => {
    const seen = await Promise.all(Array.from({ length: 5 }, () => stage.started({ onCancel: 'ignore' }, FAST)));
    for (const { workflowId } of seen) await stage.untilProgress(workflowId, ({ phase }) => phase === 'MONITORING');
    const fresh = await stage.task();
    for (const { taskId } of [...seen, fresh]) await stage.controls.addFault({ taskId, times: 15, status: 403 });
    const { workflowId } = await stage.client.start(fresh);
    await expect(stage.client.result(workflowId)).rejects.toMatchObject({ failure: { type: 'Forbidden' } });
    await until(async () => (await seriesOf('vmc_cancel_trouble{type="Forbidden"} == 5')) === 1);
    await scrapedAgain();
    expect(await firing()).toEqual(['VmcCancelCredentialsRefused']);
    await until(async () => (await seriesOf('vmc_cancel_trouble{type="Forbidden"} == 0')) === 1);
    const lines = (msg: string) => worker.log.filter((line) => line.msg === msg && line.type === 'Forbidden');
    await until(() => lines('trouble ended').length === 5);
    expect(lines('trouble began')).toHaveLength(5);
    for (const { workflowId } of seen) await stage.client.stopMonitoring(workflowId);
  });

  it('yield a series for every expression of the alerts, the dashboard and the documents', async () => {
    await stage.temporal('workflow', 'signal', '-w', foreignRun, '--name', 'any');
    await until(async () => (await firing()).includes('VmcCancelRunsStuck'));
    const ofAlerts = ALERTS.map(({ expr }) => expr.replace(/ (>|==) [\d.]+/g, '').replace(/^absent\((.*)\)$/, '$1'));
    const ofPanels = PANELS.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    const documented = readFileSync(DOCUMENT, 'utf8').matchAll(
      /`((?:vmc_cancel|temporal|process|nodejs)_\w+)(\{\w+(?:,\w+)*\})?`/g,
    );
    const ofDocuments = [...documented].map(([, name = '']) => `{__name__=~"${name}(_bucket)?"}`);
    expect(ofDocuments.length).toBeGreaterThan(10);
    const missing = [];
    for (const expression of [...ofAlerts, ...ofPanels, ...ofDocuments])
      if ((await seriesOf(expression)) === 0) missing.push(expression);
    expect(missing).toEqual([]);
  });

  it('count each verdict and each failure once, however often the run is replayed', async () => {
    const value = async (series: string) => Number(new RegExp(`^${series} (\\d+)$`, 'm').exec(await text())?.[1]);
    const runs = await stage.temporal('workflow', 'count', '--query', "ExecutionStatus = 'Completed'");
    const completed = Number(/Total: (\d+)/.exec(runs)?.[1]);
    const counted = ['CANCELED', 'ABANDONED'].map((outcome) => `vmc_cancel_verdicts_total{outcome="${outcome}"}`);
    expect(await Promise.all(counted.map(value))).toEqual([1, 5]);
    expect(completed).toBe(6);
    expect(await value('vmc_cancel_failures_total{type="Forbidden"}')).toBe(1);
    expect(await value('vmc_cancel_time_to_verdict_seconds_count')).toBe(6);
    expect(worker.log.filter(({ msg }) => msg === 'verdict')).toHaveLength(6);
    expect(worker.log.filter(({ msg }) => msg === 'no verdict')).toHaveLength(1);
  });
});

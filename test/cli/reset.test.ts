import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { CancellationGroup } from '../../client/cancellationGroup';
import { settingsOf, TemporalConnection } from '../../temporal/connection';
import { currentState } from '../../client/result';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
let connection: Connection;
beforeAll(async () => {
  stage = await Stage.begin({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 60 } });
  connection = await Connection.connect({ address: stage.server.address });
  await stage.startWorker();
}, 180_000);
afterAll(async () => {
  await connection.close();
  await stage.end();
});

/**
 * Its cancel is heard, and nothing comes of it until it is asked for once more than the resets
 * repeat it.
 */
const LONG = { settlesAfterMs: 600_000 };

async function runIdOf(workflowId: string): Promise<string> {
  return (await stage.client.describe(workflowId)).runId;
}

/**
 * @param runId the run that it is made from: the latest where none is given. What operators have
 * asked of it is not asked again.
 */
async function reset(workflowId: string, runId?: string): Promise<string> {
  await until(() => isResettable(workflowId, runId));
  const from = runId === undefined ? [] : ['--run-id', runId];
  const again = ['--type', 'FirstWorkflowTask', '--reapply-exclude', 'All', '--reason', 'again'];
  await stage.temporal('workflow', 'reset', '-w', workflowId, ...from, ...again);
  return await runIdOf(workflowId);
}

/** Only once a worker has taken it up. */
async function isResettable(workflowId: string, runId?: string): Promise<boolean> {
  const history = await new Client({ connection }).workflow.getHandle(workflowId, runId).fetchHistory();
  return (
    history.events?.some(({ workflowTaskCompletedEventAttributes }) => workflowTaskCompletedEventAttributes) ?? false
  );
}

/** Commands that wait for it, and have found it. */
async function waiting(taskId: string) {
  const watch = stage.start('watch', '--json', taskId);
  await watch.printed('"phase":"MONITORING"');
  return [watch, stage.start('result', '--json', taskId)];
}

describe('a run that is reset', () => {
  it('is followed to the one that takes its place, through several resets, be they of a run that was replaced before', async () => {
    const { taskId, workflowId } = await stage.started(LONG, FAST);
    const first = await runIdOf(workflowId);
    const all = await waiting(taskId);
    const result = stage.client.result(workflowId);
    const watched = stage.client.watch(workflowId);
    await watched.next();
    await reset(workflowId);
    await reset(workflowId);
    await reset(workflowId, first);
    const last = await reset(workflowId);
    expect(await stage.client.describe(workflowId)).toMatchObject({ runId: last, status: 'running' });
    expect((await stage.run('status', '--json', taskId)).code).toBe(0);
    await stage.client.stopMonitoring(workflowId);
    for (const { code, stdout, stderr } of await Promise.all(all.map(({ ended }) => ended))) {
      expect({ code, stderr }).toEqual({ code: 14, stderr: '' });
      expect(documents(stdout).at(-1)).toMatchObject({ taskId, outcome: 'ABANDONED' });
    }
    expect(await result).toMatchObject({ outcome: 'ABANDONED' });
    let lastEvent;
    for await (const event of watched) lastEvent = event;
    expect(lastEvent).toMatchObject({ kind: 'settled', result: { outcome: 'ABANDONED' } });
  }, 180_000);

  it('is followed where it had continued as new', async () => {
    const { taskId, workflowId } = await stage.started(LONG, { poll: { min: '500ms', max: '500ms' } });
    const first = await runIdOf(workflowId);
    const all = await waiting(taskId);
    await until(async () => (await runIdOf(workflowId)) !== first);
    await reset(workflowId);
    await stage.client.stopMonitoring(workflowId);
    for (const { code } of await Promise.all(all.map(({ ended }) => ended))) expect(code).toBe(14);
  }, 180_000);

  it('is followed to a run that was reset although another start of the task was running by then', async () => {
    const { orgId, taskId, workflowId } = await stage.started(LONG, FAST);
    const older = await runIdOf(workflowId);
    await isStopped(workflowId);
    await stage.client.start({ orgId, taskId });
    const result = stage.client.result(workflowId);
    await reset(workflowId, older);
    await stage.client.stopMonitoring(workflowId);
    expect(await result).toMatchObject({ outcome: 'ABANDONED' });
  });

  it('is waited for where it was over', async () => {
    const { taskId, workflowId } = await stage.started(LONG, FAST);
    await isStopped(workflowId);
    await reset(workflowId);
    const result = stage.start('result', '--json', taskId);
    const started = await stage.run('start', '--json', taskId);
    expect(documents(started.stdout)).toMatchObject([{ joined: true }]);
    await stage.client.stopMonitoring(workflowId, { reason: 'the second time' });
    const { code, stdout } = await result.ended;
    expect({ code, documents: documents(stdout) }).toMatchObject({ code: 14, documents: [{ outcome: 'ABANDONED' }] });
    expect(stdout).toContain('the second time');
  });

  it('is followed among many', async () => {
    const all = await Promise.all(
      Array.from({ length: 25 }, () => stage.started(LONG, { poll: { min: '1h', max: '1h' } })),
    );
    const [one, ...others] = all.map(({ workflowId }) => workflowId);
    if (one === undefined) throw new Error('none was started');
    const result = stage.start('result', '--json', ...all.map(({ taskId }) => taskId));
    const temporal = await TemporalConnection.open(await settingsOf({ address: stage.server.address, env: {} }));
    const end = new CancellationGroup(temporal, all.length).end(one);
    await reset(one);
    await reset(one, await runIdOf(one));
    const latest = await runIdOf(one);
    await Promise.all([one, ...others].map((workflowId) => stage.client.stopMonitoring(workflowId)));
    expect(await end).toMatchObject({ runId: latest, result: { outcome: 'ABANDONED' } });
    await temporal.close();
    const { code, stdout } = await result.ended;
    expect({ code, told: documents(stdout).length }).toEqual({ code: 14, told: 25 });
  }, 180_000);

  async function isStopped(workflowId: string): Promise<void> {
    await stage.client.stopMonitoring(workflowId);
    await stage.client.result(workflowId);
  }
});

describe('a run that is terminated', () => {
  it('has failed at once, whatever is started and reset after it', async () => {
    const { orgId, taskId, workflowId } = await stage.started(LONG, FAST);
    const terminated = await runIdOf(workflowId);
    const all = await waiting(taskId);
    await stage.temporal('workflow', 'terminate', '-w', workflowId, '--reason', 'enough');
    const failure = { type: 'Terminated', message: 'enough' };
    for (const { code, stdout } of await Promise.all(all.map(({ ended }) => ended))) {
      expect(code).toBe(1);
      expect(documents(stdout).at(-1)).toEqual({ orgId: ORG, taskId, workflowId, failure });
    }
    await stage.client.start({ orgId, taskId });
    await reset(workflowId);
    // As those that look again now and then: the runs that follow are no business of theirs.
    const temporal = await TemporalConnection.open(await settingsOf({ address: stage.server.address, env: {} }));
    await expect(currentState(temporal, workflowId, terminated)).rejects.toMatchObject({ type: 'RunFailed', failure });
    await temporal.close();
    await stage.client.stopMonitoring(workflowId);
  });
});

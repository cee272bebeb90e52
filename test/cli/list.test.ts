import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

/** The list follows the runs with a little delay. */
async function listedOnce(count: number, ...args: string[]): Promise<Record<string, unknown>[]> {
  return await listedWhen((found) => found.length >= count, ...args);
}

async function listedWhen(
  isThere: (found: Record<string, unknown>[]) => boolean,
  ...args: string[]
): Promise<Record<string, unknown>[]> {
  let found: Record<string, unknown>[] = [];
  await until(async () => {
    const { code, stdout, stderr } = await stage.run('list', '--json', ...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    found = documents(stdout);
    return isThere(found);
  });
  return found;
}

describe('list', () => {
  it('says on stderr that there is none, and exits 0', async () => {
    const [people, programs] = await Promise.all([stage.run('list'), stage.run('list', '--json')]);
    expect(people).toMatchObject({ code: 0, stdout: '', stderr: 'No such cancellations.\n' });
    expect(programs).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  it('tells of one that no worker has taken up yet, under its organization as well', async () => {
    const { taskId, workflowId } = await stage.started({ settlesAfterMs: 120_000 });
    const [found] = await listedOnce(1, '--org', ORG);
    expect(found).toMatchObject({ orgId: ORG, taskId, workflowId, status: 'running', taskStatus: null, outcome: null });
  });

  it('with a worker tells all, the latest start first, and finds by task status, outcome, time and organization', async () => {
    await stage.startWorker();
    const over = await stage.started({ settlesAfterMs: 0, settlesAs: 'FINISHED' }, FAST);
    await stage.client.result(over);
    const other = { orgId: 'org-2', taskId: 'not-at-the-api' };
    await stage.client.start(other);
    await expect(stage.client.result(other)).rejects.toMatchObject({ type: 'RunFailed' });

    const [finished] = await listedOnce(1, '--outcome', 'FINISHED');
    expect(finished).toMatchObject({ taskId: over.taskId, status: 'completed', taskStatus: 'FINISHED' });
    const [canceling] = await listedOnce(1, '--status', 'CANCELING');
    expect(canceling).toMatchObject({ status: 'running', outcome: null });
    const all = await listedOnce(3, '--org', '');
    expect(all.map(({ taskId }) => taskId)).toEqual([other.taskId, over.taskId, canceling?.taskId]);
    expect(all[0]).toMatchObject({ ...other, status: 'failed' });
    expect(await listedOnce(2)).toHaveLength(2);
    expect((await listedOnce(1, '--org', 'org-2')).map(({ taskId }) => taskId)).toEqual([other.taskId]);
    const since = String(finished?.startedAt);
    expect((await listedOnce(1, '--since', since)).map(({ taskId }) => taskId)).toEqual([over.taskId]);
    expect(await listedOnce(2, '--since', '1h')).toHaveLength(2);
  }, 180_000);

  it('stops at the limit, and says so', async () => {
    const { code, stdout, stderr } = await stage.run('list', '--json', '--limit', '1');
    expect({ code, found: documents(stdout).length }).toEqual({ code: 0, found: 1 });
    expect(stderr).toBe('Stopped at --limit 1: there may be more.\n');
  });

  it('is a table for people, without colors in a pipe', async () => {
    const everywhere = { TEMPORAL_ADDRESS: stage.server.address };
    const { code, stdout, stderr } = await new CommandRun(['list'], everywhere).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^TASK +ORG +STATE +TASK STATUS +STARTED +FOR\n/);
    expect(stdout).toMatch(/^not-at-the-api +org-2 +run failed +\d{4}-/m);
    expect(stdout).toMatch(/ +org-1 +FINISHED +FINISHED +\d{4}-/);
    expect(stdout).toMatch(/ +org-1 +running +CANCELING +\d{4}-/);
    expect(stdout).not.toContain('\u001b');
  });
});

describe('list, of a cancellation whose run continued as new,', () => {
  let before: Stage;
  beforeAll(async () => {
    before = stage;
    stage = await Stage.begin({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
    await stage.startWorker();
  }, 180_000);
  afterAll(async () => {
    await stage.end();
    stage = before;
  });

  it('tells its own age, and its place among the others', async () => {
    const old = await stage.started({ settlesAfterMs: 3_600_000 }, { poll: { min: '500ms', max: '500ms' } });
    const { startedAt } = await stage.client.progress(old);
    const { runId } = await stage.client.describe(old);
    const young = await stage.started({ settlesAfterMs: 3_600_000 });
    const isContinued = (found: Record<string, unknown>[]) =>
      // The first task of the continued run writes the start into its memo.
      found.some((one) => one.taskId === old.taskId && one.runId !== runId && one.startedAt === startedAt);
    const found = await listedWhen(isContinued);
    expect(found.map(({ taskId }) => taskId)).toEqual([young.taskId, old.taskId]);
    expect(found[1]).toMatchObject({ startedAt, status: 'running', taskStatus: 'CANCELING' });

    const since = await listedOnce(1, '--since', startedAt);
    expect(since.map(({ taskId }) => taskId)).toEqual([young.taskId, old.taskId]);
    const later = new Date(Date.parse(startedAt) + 1).toISOString();
    expect((await listedOnce(1, '--since', later)).map(({ taskId }) => taskId)).toEqual([young.taskId]);
  }, 180_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

describe('with no worker', () => {
  it('start warns, names the task queue, and exits 0', async () => {
    const { taskId } = await stage.task();
    const { code, stdout, stderr } = await stage.run('start', taskId);
    expect(code).toBe(0);
    expect(stdout).toContain('Started');
    expect(stderr).toMatch(/^warning: no worker answers on the task queue "vmc-cancel".*\n$/);
    const other = await stage.task();
    const elsewhere = { ...stage.environment, VMC_CANCEL_TASK_QUEUE: 'other' };
    expect((await new CommandRun(['start', other.taskId], elsewhere).ended).stderr).toContain(
      'on the task queue "other"',
    );
  });

  it('status, poll, stop, reissue and extend say so and exit 1', async () => {
    const { taskId } = await stage.started();
    const commands = [['status'], ['poll'], ['stop'], ['reissue'], ['extend', '--by', '1h']];
    const all = await Promise.all(commands.map((command) => stage.run(...command, taskId)));
    for (const { code, stdout, stderr } of all) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: \S+: no worker answers on the task queue "vmc-cancel".*\n$/);
    }
  });

  it('watch and result detach on Ctrl-C all the same', async () => {
    const { taskId, workflowId } = await stage.started();
    for (const command of ['watch', 'result']) {
      const waiting = stage.start(command, taskId);
      await waiting.printed('no worker answers', 'stderr');
      waiting.interrupt();
      const { code, stdout, stderr } = await waiting.ended;
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(stderr).toContain(`vmc-cancel ${command} ${workflowId}`);
    }
  });

  it('watch and result say so, wait, and go on when one comes; what is over is told when it has gone', async () => {
    const { taskId } = await stage.started({ settlesAfterMs: 0 }, FAST);
    const failing = 'not-at-the-api';
    await stage.client.start({ orgId: ORG, taskId: failing });
    const all = ['watch', 'result'].map((command) => stage.start(command, taskId, '--json'));
    for (const waiting of all) await waiting.printed('no worker answers', 'stderr');
    expect(all.map(({ stdout }) => stdout)).toEqual(['', '']);
    const worker = await stage.startWorker();
    for (const waiting of all) {
      const { code, stdout } = await waiting.ended;
      expect(code).toBe(0);
      expect(documents(stdout).at(-1)).toMatchObject({ taskId, outcome: 'CANCELED' });
    }
    await expect(stage.client.result({ orgId: ORG, taskId: failing })).rejects.toMatchObject({ type: 'RunFailed' });

    worker.signal('SIGKILL');
    await worker.exitCode;
    const [status, result, watch] = await Promise.all([
      stage.run('status', '--json', taskId, failing),
      stage.run('result', '--json', taskId),
      stage.run('watch', '--json', taskId),
    ]);
    const outcome = expect.objectContaining({ taskId, outcome: 'CANCELED' });
    const failure = expect.objectContaining({
      taskId: failing,
      failure: expect.objectContaining({ type: 'TaskNotFound' }),
    });
    expect(documents(status.stdout)).toEqual([outcome, failure]);
    expect(documents(result.stdout)).toEqual([outcome]);
    expect(documents(watch.stdout).at(-1)).toEqual(outcome);
    expect([status.code, result.code, watch.code]).toEqual([0, 0, 0]);

    // Temporal lists the dead one for minutes.
    const { taskId: later } = await stage.started();
    const askedAtMs = Date.now();
    await expect(stage.client.progress({ orgId: ORG, taskId: later })).rejects.toMatchObject({ type: 'NoWorker' });
    expect(Date.now() - askedAtMs).toBeLessThan(4_000);
  }, 180_000);
});

describe('setup', () => {
  let bare: Stage;
  beforeAll(async () => {
    bare = await Stage.begin({ searchAttributes: {} });
  }, 180_000);
  afterAll(() => bare.end());

  it('registers the four, and the second time says that they were there; then a worker starts and writes them', async () => {
    const names = ['VmcOrgId', 'VmcTaskId', 'VmcTaskStatus', 'VmcCancelOutcome'];
    const first = await bare.run('setup', '--json');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(documents(first.stdout)).toEqual([{ namespace: 'default', registered: names, present: [] }]);
    const second = await bare.run('setup');
    expect(second.code).toBe(0);
    for (const name of names) expect(second.stdout).toMatch(new RegExp(`Was there +${name}`));
    await bare.startWorker();
    const { taskId } = await bare.started({ settlesAfterMs: 0 }, FAST);
    expect(await bare.client.result({ orgId: ORG, taskId })).toMatchObject({ outcome: 'CANCELED' });
  }, 180_000);
});

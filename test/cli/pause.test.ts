import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorDocumentSchema, listingDocumentSchema, pausedDocumentSchema } from '../../cli/documents';
import { cliOnTerminal } from '../stage/cli';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({ dynamicConfig: { 'frontend.WorkflowPauseEnabled': true } });
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

const LONG = { settlesAfterMs: 600_000 };

async function pausedRun() {
  const ids = await stage.started(LONG, FAST);
  // The first cancel is sent by then: without it, nothing would be settled when it goes on.
  await stage.untilProgress(ids, ({ phase }) => phase === 'MONITORING');
  await pause(ids.workflowId);
  return ids;
}

async function pause(workflowId: string): Promise<void> {
  await stage.temporal('workflow', 'pause', '-w', workflowId, '--reason', "look 'first'\u001b[31m");
}

/** Carries out the command that the text tells to carry out. */
async function unpauseAsTold(text: string): Promise<void> {
  const [, args] = /temporal (workflow unpause --namespace \S+ --workflow-id \S+?)(?=[\s".]*$)/m.exec(text) ?? [];
  if (args === undefined) throw new Error(`it does not tell how: ${text}`);
  await stage.temporal(...args.split(' '));
}

function messageOf(workflowId: string): string {
  return `the cancellation is paused in Temporal ("look 'first'"): unpause it with temporal workflow unpause --namespace default --workflow-id ${workflowId}`;
}

describe('a cancellation that is paused in Temporal', () => {
  it('status tells so, and how to unpause it, to people and to programs, and exits 0', async () => {
    const { orgId, taskId, workflowId } = await pausedRun();
    const paused = { type: 'Paused', message: expect.stringContaining('temporal workflow unpause') };
    const ids = { orgId, taskId, workflowId, runId: expect.any(String) };
    const programs = await stage.run('status', '--json', taskId);
    expect(programs).toMatchObject({ code: 0, stderr: '' });
    expect(documents(programs.stdout)).toEqual([{ ...ids, status: 'running', paused }]);
    pausedDocumentSchema.parse(documents(programs.stdout)[0]);
    const people = await stage.run('status', taskId);
    expect(people).toMatchObject({ code: 0, stderr: '' });
    expect(people.stdout).toMatch(/^PAUSED {2}task /);
    const { taskId: other } = await stage.started(LONG);
    const table = await stage.run('status', taskId, other);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(new RegExp(`^${taskId} +PAUSED`, 'm'));
    expect(table.stderr).toContain(`${taskId}: `);
    await unpauseAsTold(table.stderr);
    expect(documents((await stage.run('status', '--json', taskId)).stdout)).toMatchObject([{ phase: 'MONITORING' }]);
  });

  it.each([['poll'], ['extend', '--by', '1h'], ['reissue'], ['stop']])(
    '%s says so, and exits 1 within 5 s',
    async (...command) => {
      const { taskId, workflowId } = await pausedRun();
      const { code, stdout, stderr, tookMs } = await stage.run(...command, '--json', taskId);
      expect(code).toBe(1);
      expect(errorDocumentSchema.parse(documents(stdout)[0]).error.type).toBe('Paused');
      expect(stderr).toMatch(
        new RegExp(`^error: ${taskId}: the cancellation is paused .* --workflow-id ${workflowId}\n$`),
      );
      expect(tookMs).toBeLessThan(5_000);
    },
  );

  it.each(['watch', 'result'])('%s says so once, waits, and goes on when it is unpaused', async (command) => {
    const { taskId, workflowId } = await pausedRun();
    const waiting = stage.start(command, taskId);
    await waiting.printed('--workflow-id', 'stderr');
    await unpauseAsTold(waiting.stderr);
    await stage.client.stopMonitoring(workflowId);
    const { code, stdout, stderr } = await waiting.ended;
    expect(stderr).toBe(`waiting: ${messageOf(workflowId)}\n`);
    expect({ code, stdout }).toEqual({ code: 14, stdout: expect.stringContaining('ABANDONED') });
  });

  it.each(['watch', 'result'])('%s hears of it while it waits', async (command) => {
    const { taskId, workflowId } = await stage.started(LONG, FAST);
    const waiting = stage.start(command, '--json', taskId);
    if (command === 'watch') await waiting.printed('"phase":"MONITORING"');
    await pause(workflowId);
    await waiting.printed('--workflow-id', 'stderr');
    await unpauseAsTold(waiting.stderr);
    await stage.client.stopMonitoring(workflowId);
    const { code, stdout } = await waiting.ended;
    expect(code).toBe(14);
    const pauses = documents(stdout).filter((document) => pausedDocumentSchema.safeParse(document).success);
    expect(pauses).toHaveLength(command === 'watch' ? 1 : 0);
  });

  it('a watch tells of each pause, with progress between', async () => {
    const { workflowId } = await stage.started(LONG, FAST);
    const watch = stage.client.watch(workflowId);
    const until = async (kind: string) => {
      for (;;) {
        const { value } = await watch.next();
        if (value?.kind === kind) return;
      }
    };
    for (const action of ['pause', 'unpause', 'pause', 'unpause']) {
      await until(action === 'pause' ? 'progress' : 'halted');
      await stage.temporal('workflow', action, '-w', workflowId);
    }
    await until('progress');
    await watch.return();
  });

  it.each(['watch', 'result'])('%s waits among many', async (command) => {
    const { taskId, workflowId } = await pausedRun();
    const others = await Promise.all(Array.from({ length: 24 }, () => stage.started({ settlesAfterMs: 0 }, FAST)));
    const waiting = stage.start(command, '--json', taskId, ...others.map((other) => other.taskId));
    await waiting.printed('--workflow-id', 'stderr');
    await unpauseAsTold(waiting.stderr);
    await stage.client.stopMonitoring(workflowId);
    const { code, stdout } = await waiting.ended;
    expect(code).toBe(14);
    expect(documents(stdout).filter((document) => 'outcome' in document)).toHaveLength(25);
  });

  it('watch shows so on a terminal', async () => {
    const { taskId, workflowId } = await pausedRun();
    const cli = cliOnTerminal(['watch', taskId], stage.environment);
    await cli.printed('! paused in Temporal');
    await stage.temporal('workflow', 'unpause', '-w', workflowId);
    await stage.client.stopMonitoring(workflowId);
    expect(await cli.exitCode).toBe(14);
    expect(cli.output).toContain(messageOf(workflowId));
  });

  it('list shows it among the running ones, as paused', async () => {
    const { taskId } = await pausedRun();
    const isListed = async () => {
      const listings = documents((await stage.run('list', '--json')).stdout).map((one) =>
        listingDocumentSchema.parse(one),
      );
      return listings.find((one) => one.taskId === taskId && one.paused);
    };
    await until(async () => (await isListed()) !== undefined);
    expect(await isListed()).toMatchObject({ status: 'running', paused: true, outcome: null });
    expect((await stage.run('list')).stdout).toMatch(new RegExp(`^${taskId} +${ORG} +paused +CANCELING`, 'm'));
    const running = await stage.client.list({ status: 'running' });
    expect(running.map((one) => one.taskId)).toContain(taskId);
  });

  it('start warns where it joins it, also among others and with --watch', async () => {
    const { taskId, workflowId } = await pausedRun();
    const { taskId: fresh } = await stage.task(LONG);
    const { code, stdout, stderr } = await stage.run('start', '--json', fresh, taskId);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `warning: ${messageOf(workflowId)}. Until then it does nothing.\n`,
    });
    expect(
      documents(stdout)
        .map(({ joined }) => joined)
        .toSorted(),
    ).toEqual([false, true]);
    const watching = stage.start('start', '--watch', taskId);
    await watching.printed(`waiting: ${messageOf(workflowId)}`, 'stderr');
    watching.interrupt();
    expect((await watching.ended).code).toBe(130);
  });

  it('cancel-all follows it, and warns', async () => {
    const orgId = 'org-of-paused';
    await stage.controls.addTask({ orgId, taskId: 'one', script: { onCancel: 'ignore' } });
    const { workflowId } = await stage.client.start({ orgId, taskId: 'one' });
    await pause(workflowId);
    const { code, stderr } = await new CommandRun(['cancel-all', '--yes', '--no-watch'], stage.vmcEnvironment(orgId))
      .ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`warning: ${messageOf(workflowId)}.`);
  });
});

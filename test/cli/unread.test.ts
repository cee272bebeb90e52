import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cli, cliOnTerminal } from '../stage/cli';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { built } from '../environment/build';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

/** With nobody at the other end of its stderr, from the start. */
async function unheard(args: readonly string[], environment = stage.environment) {
  const cli = new Cli(args, environment);
  cli.stopReading('stderr');
  return await cli.ended;
}

describe('with nobody who reads stderr', () => {
  it.each<[string, string[], number, Record<string, string>?]>([
    ['an option that is wrong', ['status', '--color', 'x'], 2],
    ['a task that is wrong', ['start', '--org', 'o', '../x'], 2],
    ['a task that was never cancelled', ['status', 'never'], 1],
    ['nothing to list', ['list'], 0],
    ['a Temporal that is not there', ['status', 'x'], 1, { TEMPORAL_ADDRESS: '127.0.0.1:1' }],
  ])('%s gives its own exit code', async (_case, args, code, environment = {}) => {
    expect((await unheard(args, { ...stage.environment, ...environment })).code).toBe(code);
  });

  it('start starts all, though it cannot warn of the worker that is missing', async () => {
    const tasks = await Promise.all([stage.task(), stage.task(), stage.task()]);
    const taskIds = tasks.map(({ taskId }) => taskId).toSorted();
    const { code, stdout } = await unheard(['start', '--json', ...taskIds]);
    const started = documents(stdout).map(({ taskId }) => taskId);
    expect({ code, started: started.toSorted() }).toEqual({ code: 0, started: taskIds });
  });

  it('cancel-all starts all, and watches them to their verdicts', async () => {
    await stage.startWorker();
    const orgId = `org-${randomUUID()}`;
    const taskIds = Array.from({ length: 12 }, (_, index) => `task-${index}`);
    for (const taskId of taskIds) await stage.controls.addTask({ orgId, taskId, script: { settlesAfterMs: 0 } });
    const { code, stdout } = await unheard(['cancel-all', '--yes', '--verbose'], stage.vmcEnvironment(orgId));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CANCELED +12$/m);
    expect(await stage.controls.calls({ orgId, operation: 'cancelTask' })).toHaveLength(12);
  });

  it('cancel-all starts all where nobody reads stdout either, and exits as detached', async () => {
    const orgId = `org-${randomUUID()}`;
    const taskIds = Array.from({ length: 12 }, (_, index) => `task-${index}`);
    for (const taskId of taskIds) await stage.controls.addTask({ orgId, taskId, script: { settlesAfterMs: 600_000 } });
    const cli = new Cli(['cancel-all', '--yes'], stage.vmcEnvironment(orgId));
    cli.stopReading('stderr');
    cli.stopReading('stdout');
    expect((await cli.ended).code).toBe(130);
    const isStarted = async (taskId: string) => (await stage.client.describe({ orgId, taskId })).status;
    expect(new Set(await Promise.all(taskIds.map(isStarted)))).toEqual(new Set(['running']));
  });

  it.each(['watch', 'result'])('%s tells all verdicts, and those that there are not', async (command) => {
    const { taskId } = await stage.started({ settlesAfterMs: 2_000 }, FAST);
    const failing = await failingTask();
    const { code, stdout } = await unheard([command, '--json', failing, taskId]);
    expect(code).toBe(1);
    const results = documents(stdout).filter((document) => 'outcome' in document || 'failure' in document);
    expect(results.map((document) => document.taskId).toSorted()).toEqual([failing, taskId].toSorted());
  });

  it('watch redraws its lines on a terminal to the end', async () => {
    const { taskId } = await stage.started({ settlesAfterMs: 2_000 }, FAST);
    const tasks = [await failingTask(), taskId];
    const cli = cliOnTerminal(['watch', ...tasks], stage.environment, '2> >(exec true)');
    expect(await cli.exitCode).toBe(1);
    expect(cli.output).toContain('2/2');
    expect(cli.output).toContain('CANCELED');
  });

  async function failingTask(): Promise<string> {
    const taskId = `not-at-the-api-${randomUUID()}`;
    await stage.client.start({ orgId: ORG, taskId });
    return taskId;
  }
});

describe('a slow reader of stdout', () => {
  it('gets all that was printed', async () => {
    const orgId = `${'o'.repeat(80)}${randomUUID()}`;
    const taskIds = Array.from({ length: 300 }, (_, index) => `${'t'.repeat(120)}${index}`);
    await Promise.all(taskIds.map((taskId) => stage.client.start({ orgId, taskId })));
    await until(async () => (await stage.client.list({ orgId })).length === taskIds.length);
    const cli = new Cli(['list', '--json', '--org', orgId, '--limit', '300'], stage.environment);
    await cli.whileUnread(async () => {
      await cli.printed('Stopped at --limit', 'stderr');
      // Longer than the executable waits for what is left of its calls.
      await stage.execute('--version');
    });
    const { code, stdout } = await cli.ended;
    expect(code).toBe(0);
    expect(documents(stdout)).toHaveLength(taskIds.length);
  });
});

describe('a stdout that cannot be written', () => {
  it.each(['', '2> /dev/full', '2> >(exec true)'])('is a failure (%s)', async (redirection) => {
    const script = `"$0" '${built('cli/main.js')}' --help > /dev/full ${redirection}`;
    const shell = spawn('bash', ['-c', script, process.execPath], { stdio: 'ignore' });
    expect(await once(shell, 'close')).toEqual([1, null]);
  });
});

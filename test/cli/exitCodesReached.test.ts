import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EXIT_DETACHED, EXIT_FAILED, OUTCOME_EXIT_CODES } from '../../cli/exitCodes';
import type { Outcome } from '../../domain/contract/result';
import { OUTCOMES } from '../../domain/contract/result';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

/** How a task behaves, and what is typed, for each outcome that comes by itself. */
const WAYS: Readonly<Record<Exclude<Outcome, 'ABANDONED'>, { script: object; options?: string[] }>> = {
  CANCELED: { script: { settlesAfterMs: 500 } },
  FINISHED: { script: { settlesAfterMs: 500, settlesAs: 'FINISHED' } },
  FAILED: { script: { settlesAfterMs: 500, settlesAs: 'FAILED' } },
  NOT_CANCELABLE: { script: { onCancel: 'decline' } },
  DEADLINE_EXCEEDED: { script: { onCancel: 'ignore' }, options: ['--deadline', '1s'] },
};
const FAST_FLAGS = ['--poll-min', '500ms', '--poll-max', '1s'];
const LONG = { settlesAfterMs: 120_000 };

describe('start --watch', () => {
  it.each(OUTCOMES.filter((outcome) => outcome !== 'ABANDONED'))('exits with the code of %s', async (outcome) => {
    const { script, options = [] } = WAYS[outcome];
    const { taskId } = await stage.task(script);
    const { code, stdout } = await stage.run('start', '--watch', '--json', ...FAST_FLAGS, ...options, taskId);
    expect(documents(stdout).at(-1)).toMatchObject({ taskId, outcome });
    expect(code).toBe(OUTCOME_EXIT_CODES[outcome]);
  });

  it('exits 14 when an operator stops the watch meanwhile, as watch and result do', async () => {
    const { taskId } = await stage.task(LONG);
    const starting = stage.start('start', '--watch', taskId);
    await starting.printed('CANCELING');
    const others = [stage.start('watch', taskId), stage.start('result', taskId)];
    await others[0]?.printed('CANCELING');
    await stage.client.stopMonitoring({ orgId: ORG, taskId });
    for (const command of [starting, ...others]) {
      const { code, stdout } = await command.ended;
      expect({ code, told: stdout.includes('ABANDONED') }).toEqual({ code: OUTCOME_EXIT_CODES.ABANDONED, told: true });
    }
  });

  it('exits 1 for a run that fails', async () => {
    const { code, stdout } = await stage.run('start', '--watch', '--json', 'not-at-the-api');
    expect(documents(stdout).at(-1)).toMatchObject({ failure: { type: 'TaskNotFound' } });
    expect(code).toBe(EXIT_FAILED);
  });

  it('exits 130 when Ctrl-C detaches it, and the run goes on', async () => {
    const { orgId, taskId } = await stage.task(LONG);
    const starting = stage.start('start', '--watch', taskId);
    await starting.printed('CANCELING');
    starting.interrupt();
    const { code, stderr } = await starting.ended;
    expect(code).toBe(EXIT_DETACHED);
    expect(stderr).toContain(`vmc-cancel watch vmc-cancel:${orgId}:${taskId}`);
    expect(await stage.client.progress({ orgId, taskId })).toMatchObject({ phase: 'MONITORING' });
  });
});

describe('watch and result', () => {
  it('exit 10 for FINISHED', async () => {
    const { taskId } = await stage.started(WAYS.FINISHED.script, FAST);
    const both = await Promise.all(['watch', 'result'].map((command) => stage.run(command, taskId)));
    expect(both.map(({ code }) => code)).toEqual([10, 10]);
  });

  it('of several tasks exit with the largest code', async () => {
    const [canceled, declined] = await Promise.all([
      stage.started(WAYS.CANCELED.script, FAST),
      stage.started(WAYS.NOT_CANCELABLE.script, FAST),
    ]);
    const tasks = [canceled.taskId, declined.taskId];
    const both = await Promise.all(['watch', 'result'].map((command) => stage.run(command, ...tasks)));
    expect(both.map(({ code }) => code)).toEqual([12, 12]);
  });
});

describe('all three', () => {
  it('exit 2 for what is typed wrong, and 1 for a Temporal that cannot be reached', async () => {
    const commands = [['watch'], ['result'], ['start', '--watch']];
    const wrong = await Promise.all(commands.map((command) => stage.run(...command, '../x')));
    expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2]);
    const elsewhere = { ...stage.environment, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const unreachable = await Promise.all(
      commands.map((command) => new CommandRun([...command, 'x'], elsewhere).ended),
    );
    expect(unreachable.map(({ code }) => code)).toEqual([1, 1, 1]);
  }, 180_000);
});

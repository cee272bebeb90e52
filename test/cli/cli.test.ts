import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_POLL_PACE } from '../../domain/schedule/pollSchedule';
import { workflowId } from '../../domain/contract/names';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../../domain/contract/result';
import { FAST, ORG, Stage, documents } from '../stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

const FAST_FLAGS = ['--poll-min', '500ms', '--poll-max', '1s'];
const LONG = { settlesAfterMs: 120_000 };

describe('start', () => {
  it('prints the workflow id and the link, says that it joined and what differs, and exits 0', async () => {
    const { taskId } = await stage.task(LONG);
    const id = workflowId({ orgId: ORG, taskId });
    const first = await stage.execute('start', taskId, '--deadline', '6h', '--requested-by', 'alice');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`Started  ${id}`);
    expect(first.stdout).toContain(`http://localhost:8233/namespaces/default/workflows/${encodeURIComponent(id)}/`);
    const second = await stage.execute('start', taskId, '--requested-by', 'alice');
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(second.stdout).toContain(`Joined   ${id}`);
    expect(second.stdout).toContain('deadline is 6 h, not 1 d as requested now');
  });

  it('passes every option on, with the user’s name unless another is given', async () => {
    const ids = await stage.task(LONG);
    const options = ['--deadline', '2h', '--on-declined', 'retry', '--max-cancel-requests', '3', '--reason', 'why not'];
    await stage.run('start', ids.taskId, ...options, '--poll-min', '2s', '--poll-max', '4s', '--poll-ratio', '0.3');
    const { differences } = await stage.client.start(ids);
    expect(differences).toEqual([
      { option: 'deadline', running: 7_200_000, asked: 86_400_000 },
      { option: 'onDeclined', running: 'retry', asked: 'return' },
      { option: 'poll.min', running: 2_000, asked: DEFAULT_POLL_PACE.minMs },
      { option: 'poll.max', running: 4_000, asked: DEFAULT_POLL_PACE.maxMs },
      { option: 'poll.ratio', running: 0.3, asked: DEFAULT_POLL_PACE.ratio },
      { option: 'maxCancelRequests', running: 3, asked: 5 },
      { option: 'reason', running: 'why not', asked: null },
      { option: 'requestedBy', running: expect.stringMatching(/./), asked: null },
    ]);
  });

  it('started twice at once makes one run, and one of the two joins it', async () => {
    const { taskId } = await stage.task(LONG);
    const both = await Promise.all([stage.run('start', '--json', taskId), stage.run('start', '--json', taskId)]);
    const told = both.flatMap(({ stdout }) => documents(stdout));
    expect(told.map(({ joined }) => joined).toSorted()).toEqual([false, true]);
    expect(new Set(told.map(({ runId }) => runId)).size).toBe(1);
  });

  it('with --watch goes on to the verdicts of all, and exits with the largest code', async () => {
    const [canceled, finished] = await Promise.all([
      stage.task({ settlesAfterMs: 1_000 }),
      stage.task({ settlesAfterMs: 1_000, settlesAs: 'FINISHED' }),
    ]);
    const tasks = [canceled.taskId, finished.taskId];
    const { code, stdout } = await stage.run('start', '--watch', '--json', ...FAST_FLAGS, ...tasks);
    expect(code).toBe(10);
    const told = documents(stdout);
    expect(told.filter((document) => 'joined' in document)).toHaveLength(2);
    const results = told.filter((document) => 'outcome' in document).map((one) => cancelTaskResultSchema.parse(one));
    expect(Object.fromEntries(results.map(({ taskId, outcome }) => [taskId, outcome]))).toEqual({
      [canceled.taskId]: 'CANCELED',
      [finished.taskId]: 'FINISHED',
    });
    for (const one of told.filter((document) => 'phase' in document)) cancelTaskProgressSchema.parse(one);
  });
});

describe('watch and result', () => {
  it.each([
    [0, 'CANCELED', { settlesAfterMs: 500 }, {}],
    [11, 'FAILED', { settlesAfterMs: 500, settlesAs: 'FAILED' }, {}],
    [12, 'NOT_CANCELABLE', { onCancel: 'decline' }, {}],
    [13, 'DEADLINE_EXCEEDED', { onCancel: 'ignore' }, { deadline: '1s' }],
  ])('exit %i for %s', async (code, outcome, script, options) => {
    const { taskId } = await stage.started(script, { ...FAST, ...options });
    const [watched, result] = await Promise.all([
      stage.execute('watch', taskId),
      stage.execute('result', '--json', taskId),
    ]);
    expect(watched.code).toBe(code);
    expect(watched.stdout).toContain(outcome);
    expect(result.code).toBe(code);
    expect(cancelTaskResultSchema.parse(documents(result.stdout)[0])).toMatchObject({ taskId, outcome });
  });

  it('exit 1 for a run that failed, and tell why', async () => {
    const ids = { orgId: ORG, taskId: 'not-at-the-api' };
    await stage.client.start(ids);
    const [watched, result] = await Promise.all([
      stage.run('watch', ids.taskId),
      stage.run('result', '--json', ids.taskId),
    ]);
    expect(watched).toMatchObject({ code: 1, stderr: expect.stringContaining('TaskNotFound: ') });
    expect(result.code).toBe(1);
    const failure = { type: 'TaskNotFound', message: expect.any(String) };
    expect(documents(result.stdout)).toEqual([{ ...ids, workflowId: workflowId(ids), failure }]);
  });

  it('of several tasks exit 1 when one of them cannot be told, and tell the others', async () => {
    const { taskId } = await stage.started({ settlesAfterMs: 0 }, FAST);
    const { code, stdout, stderr } = await stage.run('result', '--json', taskId, 'never');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: never: no cancellation of this task was ever started .*\n$/);
    const told = documents(stdout).toSorted((one) => ('error' in one ? 1 : -1));
    expect(told).toEqual([
      expect.objectContaining({ taskId, outcome: 'CANCELED' }),
      expect.objectContaining({ taskId: 'never', error: { type: 'NotStarted', message: expect.any(String) } }),
    ]);
  });

  it('detach on Ctrl-C with 130 and tell how to come back; the run goes on', async () => {
    const { taskId, workflowId } = await stage.started(LONG);
    const watching = stage.spawn('watch', taskId);
    await watching.printed('CANCELING');
    watching.interrupt();
    const { code, stderr } = await watching.ended;
    expect(code).toBe(130);
    expect(stderr).toContain(`vmc-cancel watch ${workflowId}`);
    expect(await stage.client.progress(workflowId)).toMatchObject({ phase: 'MONITORING' });
  });

  it('say in a pipe one line a change, without colors', async () => {
    const { taskId, workflowId } = await stage.started(LONG);
    const watching = stage.spawn('watch', taskId);
    await watching.printed('CANCELING');
    await stage.client.stopMonitoring(workflowId);
    const { stdout } = await watching.ended;
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThanOrEqual(2);
    for (const line of lines) expect(line).toMatch(new RegExp(`^\\d{4}-\\S+Z {2}${taskId} {2}[A-Z]+`));
    expect(lines.at(-1)).toMatch(/ABANDONED {2}after/);
    expect(stdout).not.toContain('\u001b');
  });

  it('detach quietly, with 130, when nobody reads on', async () => {
    const { taskId, workflowId } = await stage.started(LONG);
    const watching = stage.spawn('watch', '--json', taskId);
    await watching.printed('CANCELING');
    watching.stopReading();
    // Something to be told, which nobody reads.
    await stage.client.pollNow(workflowId);
    expect(await watching.ended).toMatchObject({ code: 130, stderr: '' });
    expect(await stage.client.progress(workflowId)).toMatchObject({ phase: 'MONITORING' });
  });
});

describe('status', () => {
  it('tells the progress of a running one and the result of one that is over, in the contract’s documents', async () => {
    const [running, over] = await Promise.all([stage.started(LONG), stage.started({ settlesAfterMs: 0 }, FAST)]);
    await stage.client.result(over);
    const told = await stage.run('status', '--json', running.taskId, over.workflowId);
    expect(told).toMatchObject({ code: 0, stderr: '' });
    const [progress, result] = documents(told.stdout);
    expect(cancelTaskProgressSchema.parse(progress)).toMatchObject({ taskId: running.taskId, phase: 'MONITORING' });
    expect(cancelTaskResultSchema.parse(result)).toMatchObject({ taskId: over.taskId, outcome: 'CANCELED' });
    const table = await stage.run('status', running.taskId, over.taskId);
    expect(table.stdout).toMatch(/TASK +STATE +PROGRESS/);
    expect(table.stdout).toMatch(new RegExp(`${over.taskId} +CANCELED`));
  });

  it('prints foreign text without the control characters in it', async () => {
    const { taskId } = await stage.started(LONG, { reason: 'red \u001b[31malert\u0007' });
    const { code, stdout } = await stage.run('status', taskId);
    expect(code).toBe(0);
    expect(stdout).toContain('red alert');
    expect(stdout).not.toContain('\u001b');
  });

  it('exits 1 for a task that was never cancelled, in one line', async () => {
    const { code, stdout, stderr } = await stage.execute('status', 'never');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: never: no cancellation of this task was ever started .*\n$/);
  });
});

describe('poll, extend, reissue and stop', () => {
  it('take effect, say so with the progress after it, and exit 0', async () => {
    const { taskId, workflowId } = await stage.started(LONG);
    // Before the cancel is answered, a poll would bring no read, but the cancel forward.
    await stage.untilProgress(workflowId, ({ phase }) => phase === 'MONITORING');
    const told = async (...args: string[]) => {
      const { code, stdout } = await stage.run(...args, taskId, '--json', '--requested-by', 'alice');
      expect(code).toBe(0);
      return cancelTaskProgressSchema.parse(documents(stdout)[0]);
    };
    expect((await told('poll')).polls).toBeGreaterThanOrEqual(1);
    const reissued = await told('reissue');
    expect(reissued.cancelRequests).toBe(2);
    const extended = await told('extend', '--by', '90m');
    expect(Date.parse(extended.deadlineAt) - Date.parse(reissued.deadlineAt)).toBe(90 * 60_000);
    const until = new Date(Date.parse(extended.deadlineAt) + 3_600_000).toISOString();
    expect((await told('extend', '--until', until)).deadlineAt).toBe(until);
    const stopped = await told('stop', '--reason', 'enough');
    expect(stopped.phase).toBe('SETTLED');
    expect(stopped.timeline.filter(({ requestedBy }) => requestedBy === 'alice').length).toBeGreaterThanOrEqual(5);
    expect((await stage.run('result', taskId)).code).toBe(14);
  });

  it('exit 1 with the reason when the worker refuses, and when the cancellation is over', async () => {
    const { taskId } = await stage.started(LONG);
    const refused = await stage.run('extend', '--until', '2026-01-01T00:00:00Z', taskId);
    const reason = expect.stringContaining('later than the present deadline');
    expect(refused).toMatchObject({ code: 1, stdout: '', stderr: reason });
    await stage.client.stopMonitoring({ orgId: ORG, taskId });
    const over = await stage.run('poll', taskId);
    expect(over).toMatchObject({ code: 1, stderr: expect.stringContaining('over already') });
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tasksInFile } from '../../cli/taskFile';
import type { TaskName } from '../../cli/taskName';
import { UsageError } from '../../cli/usageError';
import { ChildProcess } from '../stage/childProcess';
import { Cli } from '../stage/cli';
import { CommandRun } from '../stage/commandRun';
import { until } from '../stage/until';
import { Stage, documents } from '../stage/stage';

const HERE = { stdin: process.stdin, environment: {} };

const ORG = 'org-of-many';
/** Nobody listens there: what is wrong with a file is told before anything is reached. */
const NOWHERE = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(...lines: string[]): Promise<string> {
  const file = path.join(await mkdtemp(path.join(folder, 'file-')), 'tasks.txt');
  await writeFile(file, lines.join('\n'));
  return file;
}

describe('a file of tasks', () => {
  it('names task ids, workflow ids and documents among blank lines and comments', async () => {
    const file = await fileOf(
      '\uFEFF# what went wrong on Monday',
      '',
      'one',
      '  two   # the second one\r',
      'vmc-cancel:other-org:three',
      '{"orgId": "org-4", "taskId": "four", "startedAt": "2026-03-01T10:00:00Z", "outcome": null}',
      '{"orgId": "org-5", "taskId": "five", "workflowId": "vmc-cancel:org-5:five"}',
      '{"orgId": "org-6", "taskId": "six", "workflowId": "of its starter #6"}',
      '{"orgId": "", "taskId": "", "workflowId": "of its starter #7"}',
      'vmc-cancel:org-8:eight-2026-03-01T10:00:00Z',
    );
    const name = (name: TaskName) => (name.kind === 'task' ? name.ids.workflowId : [name.workflowId, name.otherwise]);
    expect((await tasksInFile(file, ORG, HERE)).map(name)).toEqual([
      `vmc-cancel:${ORG}:one`,
      `vmc-cancel:${ORG}:two`,
      'vmc-cancel:other-org:three',
      'vmc-cancel:org-4:four',
      'vmc-cancel:org-5:five',
      ['of its starter #6', { orgId: 'org-6', taskId: 'six', workflowId: 'vmc-cancel:org-6:six' }],
      ['of its starter #7', null],
      ['vmc-cancel:org-8:eight-2026-03-01T10:00:00Z', null],
    ]);
  });

  it('may be long, and a bad line of it is told by its number', async () => {
    const good = Array.from({ length: 9_998 }, (_, index) => `task-${index}`);
    expect(await tasksInFile(await fileOf(...good), ORG, HERE)).toHaveLength(9_998);
    const file = await fileOf('two tasks', ...good, '{"taskId": 7}');
    await expect(tasksInFile(file, ORG, HERE)).rejects.toThrow(
      /tasks\.txt: nothing was started: line 1: "two tasks" must be one task alone; line 10000: .*: orgId: .*taskId: /,
    );
  });

  it('of nothing but bad lines is told by the first twenty, and how many more there are', async () => {
    const file = await fileOf(...Array.from({ length: 5_000 }, () => '../rubbish'));
    const error: unknown = await tasksInFile(file, ORG, HERE).catch((reason: unknown) => reason);
    const message = error instanceof UsageError ? error.message : '';
    expect(message.match(/line \d+: /g)).toHaveLength(20);
    expect(message).toMatch(/; line 20: [^;]*; and 4980 more bad lines$/);
  });

  it('whose line is endless is told in few words', async () => {
    const file = await fileOf('x'.repeat(1_000_000), `{${'y'.repeat(1_000_000)}`);
    const told = /^.{0,200}line 1: .{0,400}must be 1 to 128.{0,100}line 2: .{0,100}is not valid JSON$/;
    await expect(tasksInFile(file, ORG, HERE)).rejects.toThrow(told);
  });
});

describe('start --from-file, before anything is reached,', () => {
  it('tells the bad lines in one error, and exits 2', async () => {
    const file = await fileOf('good', '../x', '{"orgId":"o"}', '{oops', 'vmc-cancel:only-org');
    const { code, stdout, stderr } = await new CommandRun(['start', '--org', ORG, '--from-file', file], NOWHERE).ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).not.toContain('line 1:');
    for (const line of [2, 3, 4, 5]) expect(stderr).toContain(`line ${line}: `);
  });

  it('tells a task id that lacks its organization by its line', async () => {
    const { code, stderr } = await new CommandRun(['start', '--from-file', await fileOf('one')], NOWHERE).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/line 1: task "one" needs its organization: give --org/);
  });

  it('names a file that cannot be read, and exits 2', async () => {
    const missing = path.join(folder, 'none.txt');
    const all = [missing, folder].map(async (file) => {
      const { code, stderr } = await new CommandRun(['start', '--org', ORG, '--from-file', file], NOWHERE).ended;
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining(`error: ${file} cannot be read (E`),
      });
    });
    await Promise.all(all);
  });

  it('says that a file names no task, and exits 0: a pipe may well be empty', async () => {
    const file = await fileOf('# nobody');
    const { code, stderr } = await new CommandRun(['start', '--org', ORG, '--from-file', file], NOWHERE).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'The list names no task: nothing was started.\n' });
  });

  it('without a file and a task, exits 2', async () => {
    const { code, stderr } = await new CommandRun(['start', '--org', ORG], NOWHERE).ended;
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/^error: name a task, .*--from-file/) });
  });
});

describe('start --from-file', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.begin();
  }, 180_000);
  afterAll(async () => {
    await ChildProcess.killAll();
    await stage.end();
  });

  it('starts what the file and the arguments name, each task once; what list tells can be piped into it', async () => {
    const environment = { ...stage.environment, VMC_ORG_ID: ORG };
    const file = await fileOf('one', 'two');
    const started = await new CommandRun(['start', '--json', '--from-file', file, 'two', 'three'], environment).ended;
    expect(started.code).toBe(0);
    const tasksOf = (stdout: string) =>
      documents(stdout).map(({ taskId, joined }) => `${String(taskId)} ${String(joined)}`);
    expect(tasksOf(started.stdout).toSorted()).toEqual(['one false', 'three false', 'two false']);

    let listed = '';
    await until(async () => {
      listed = (await new CommandRun(['list', '--json', '--org', ORG], environment).ended).stdout;
      return documents(listed).length === 3;
    });
    const piped = new CommandRun(['start', '--json', '--from-file', '-', 'one'], environment, { stdin: listed });
    const { code, stdout } = await piped.ended;
    expect(code).toBe(0);
    expect(tasksOf(stdout).toSorted()).toEqual(['one true', 'three true', 'two true']);
  }, 180_000);

  it('starts all of them though nobody reads on, and says by its exit code that it did', async () => {
    const environment = { ...stage.environment, VMC_ORG_ID: 'org-unread' };
    const file = await fileOf(...Array.from({ length: 100 }, (_, index) => `task-${index}`));
    const starting = new Cli(['start', '--from-file', file], environment);
    await starting.printed('Started ');
    starting.stopReading();
    expect((await starting.ended).code).toBe(0);
    const runs = await stage.client.list({ orgId: 'org-unread' });
    expect(runs).toHaveLength(100);
  }, 180_000);

  it('interrupted, begins no more, tells how many were started, and exits 130; the same again joins those', async () => {
    const environment = { ...stage.environment, VMC_ORG_ID: 'org-interrupted' };
    const file = await fileOf(...Array.from({ length: 5_000 }, (_, index) => `task-${index}`));
    const starting = new CommandRun(['start', '--from-file', file], environment);
    await starting.printed('vmc-cancel:org-interrupted:task-20');
    starting.interrupt();
    const { code, stdout, stderr } = await starting.ended;
    expect(code).toBe(130);
    const startedCount = stdout.match(/^Started /gm)?.length ?? 0;
    expect(startedCount).toBeLessThan(5_000);
    expect(stderr).toMatch(new RegExp(`^Interrupted: ${startedCount} of 5000 are started or joined, and go on\\.`));

    const again = new CommandRun(['start', '--from-file', file], environment);
    await again.printed(`vmc-cancel:org-interrupted:task-${startedCount}`);
    again.interrupt();
    const repeated = await again.ended;
    expect(repeated.stdout.match(/^Joined /gm)).toHaveLength(startedCount);
  }, 180_000);
});

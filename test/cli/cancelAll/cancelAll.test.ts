import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { planDocumentSchema } from '../../../cli/cancelAll/planDocument';
import { workflowId } from '../../../domain/contract/names';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../../../domain/contract/result';
import { SENSITIVE_MARK } from '../../../simulator/taskDocument';
import type { NewTask } from '../../../development/simulatorControls';
import type { ChildProcess, Ended } from '../../stage/childProcess';
import { cliOnTerminal } from '../../stage/cli';
import { CommandRun } from '../../stage/commandRun';
import { Stage, documents } from '../../stage/stage';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

const FAST_FLAGS = ['--poll-min', '500ms', '--poll-max', '1s'];
const NEVER_ENDS = { settlesAfterMs: 600_000 };

/** An organization of its own for each test, with these tasks. */
async function organization(...tasks: Omit<NewTask, 'orgId'>[]): Promise<string> {
  const orgId = `org-${randomUUID()}`;
  for (const task of tasks) await stage.controls.addTask({ orgId, ...task });
  return orgId;
}

async function cancelAll(orgId: string, ...args: string[]): Promise<Ended> {
  return await new CommandRun(['cancel-all', ...args], stage.vmcEnvironment(orgId)).ended;
}

async function cancelledTasks(orgId: string): Promise<(string | null)[]> {
  return (await stage.controls.calls({ orgId, operation: 'cancelTask' })).map(({ taskId }) => taskId).toSorted();
}

describe('cancel-all, before anything is reached,', () => {
  const NOWHERE = { TEMPORAL_ADDRESS: '127.0.0.1:1', VMC_API_URL: 'http://127.0.0.1:1/vmc/api' };
  it.each([
    ['no organization', ['--yes'], { VMC_API_TOKEN: 'token' }, /whose tasks\? Give --org, or set VMC_ORG_ID/],
    ['no credentials', ['--yes', '--org', 'o'], {}, /needs VMC credentials here.*VMC_API_TOKEN.*VMC_CREDENTIALS_FILE/],
    ['wrong settings', ['--yes', '--org', 'o'], { VMC_API_URL: 'ftp://x' }, /VMC_API_URL: must be a URL/],
    ['nobody to ask', ['--org', 'o'], { VMC_API_TOKEN: 'token' }, /no terminal to confirm on: .*--dry-run.*--yes/],
    ['a wrong option', ['--yes', '--org', 'o', '--deadline', 'banana'], {}, /--deadline: must be a duration/],
    ['an empty filter', ['--yes', '--org', 'o', '--filter', ' '], {}, /--filter.*must be a condition such as/],
    [
      'no bound',
      ['--yes', '--org', 'o', '--filter', "status eq 'STARTED'"],
      {},
      /--yes with a --filter needs --at-most/,
    ],
    ['a bound of none', ['--yes', '--org', 'o', '--at-most', '0'], {}, /--at-most.*must be a whole number, 1 or more/],
    ['a bound that is no number', ['--yes', '--org', 'o', '--at-most', '1e3'], {}, /--at-most.*whole number/],
    ['an argument', ['--yes', '--org', 'o', 'task-1'], {}, /too many arguments/],
  ])('tells %s in one line, and exits 2', async (_case, args, environment, line) => {
    const { code, stdout, stderr } = await new CommandRun(['cancel-all', ...args], { ...NOWHERE, ...environment })
      .ended;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toMatch(line);
  });
});

describe('cancel-all --dry-run', () => {
  it('shows the tasks as a table without what is sensitive or moves the cursor, starts nothing and exits 0', async () => {
    const orgId = await organization(
      { taskId: 'ordinary' },
      { taskId: 'coloured', taskType: 'SDDC-\u001b[31mDELETE\u0007' },
      { taskId: 'over', script: { endsAfterMs: 0, endsAs: 'FAILED' } },
    );
    const { code, stdout, stderr } = await cancelAll(orgId, '--dry-run', '--filter', "id ne ''");
    expect(code).toBe(0);
    const instant = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+ s\)/.source;
    expect(stdout).toMatch(/^TASK +TYPE +STATUS +PROGRESS +SINCE +WILL\n/);
    expect(stdout).toMatch(new RegExp(`^ordinary +SDDC-PROVISION +STARTED +\\d+ % +${instant} +cancel$`, 'm'));
    expect(stdout).toMatch(/^coloured +SDDC-DELETE +STARTED/m);
    expect(stdout).not.toMatch(/^over/m);
    expect(stdout + stderr).not.toContain(SENSITIVE_MARK);
    expect(stdout + stderr).not.toContain('\u001b');
    expect(stderr).toContain('Left out: 1 that are over (1 FAILED).');
    expect(stderr).toContain('To cancel: 2 (');
    expect(await cancelledTasks(orgId)).toEqual([]);
  });

  it('with --json tells one document a task, which start --from-file would take', async () => {
    const orgId = await organization({ taskId: 'one' }, { taskId: 'over', script: { endsAfterMs: 0 } });
    const { code, stdout } = await cancelAll(orgId, '--dry-run', '--json');
    expect(code).toBe(0);
    const ids = { orgId, taskId: 'one', workflowId: workflowId({ orgId, taskId: 'one' }) };
    const task = expect.objectContaining({ id: 'one', status: 'STARTED', taskType: 'SDDC-PROVISION' });
    expect(documents(stdout)).toEqual([{ ...ids, action: 'cancel', task }]);
    for (const document of documents(stdout)) planDocumentSchema.parse(document);
    expect(stdout).not.toContain(SENSITIVE_MARK);
  });

  it('leaves out what another cancels, and follows what is ours', async () => {
    const orgId = await organization({ taskId: 'ours', script: NEVER_ENDS }, { taskId: 'theirs', script: NEVER_ENDS });
    await cancelElsewhere(orgId, 'theirs');
    await stage.client.start({ orgId, taskId: 'ours' });
    const plan = await cancelAll(orgId, '--dry-run', '--json', '--filter', "id ne ''");
    expect(documents(plan.stdout)).toEqual([expect.objectContaining({ taskId: 'ours', action: 'follow' })]);
    expect(plan.stderr).toMatch(/^Left out: 1 that were cancelled elsewhere: vmc-cancel start would watch them\.$/m);
    expect(plan.stderr).toMatch(/^To follow: 1 that have a cancellation already, which keeps its options\.$/m);
  });

  /** As a person does in the vendor's console. */
  async function cancelElsewhere(orgId: string, taskId: string): Promise<void> {
    const { apiUrl, cspUrl } = stage.simulator;
    const body = new URLSearchParams({ refresh_token: 'token' });
    const signedIn = await fetch(`${cspUrl}/csp/gateway/am/api/auth/api-tokens/authorize`, { method: 'POST', body });
    const { access_token } = (await signedIn.json()) as { access_token: string };
    const headers = { 'csp-auth-token': access_token };
    await fetch(`${apiUrl}/orgs/${orgId}/tasks/${taskId}?action=cancel`, { method: 'POST', headers });
  }
});

describe('cancel-all of an API that does not list', () => {
  it.each([
    ['asks to wait', { status: 429, headers: { 'retry-after': '30' } }, /answered 429 \(it asks to wait 30 s /],
    ['is not the API', { status: 200, body: '<html>' }, /answered 200 with something else .*: is VMC_API_URL right\?$/],
    ['is not well', { status: 503 }, /answered 503 \(try again in a while\)$/],
    ['knows no such filter', {}, /answered 400 .*is the --filter right\?$/],
    ['refuses', { status: 403, body: {} }, /answered 403: the credentials may not do this in this organization$/],
  ])('because it %s: one call, one line that names the host and the remedy, exit 1', async (_case, fault, line) => {
    const orgId = await organization({ taskId: 'one' });
    if ('status' in fault) await stage.controls.addFault({ operation: 'listTasks', times: 1, ...fault });
    const filter = 'status' in fault ? "status eq 'STARTED'" : 'status is STARTED';
    const { code, stdout, stderr } = await cancelAll(orgId, '--yes', '--at-most', '9', '--filter', filter);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: the tasks could not be listed, and nothing was started: [^\n]*\n$/);
    expect(stderr).toContain(new URL(stage.simulator.url).host);
    expect(stderr.trim()).toMatch(line);
    expect(await stage.controls.calls({ orgId, operation: 'listTasks' })).toHaveLength(1);
    expect(await cancelledTasks(orgId)).toEqual([]);
  });
});

describe('cancel-all --yes', () => {
  it('cancels the tasks that the filter finds, and ends with the verdicts and the largest exit code', async () => {
    const orgId = await organization(
      { taskId: 'one', script: { settlesAfterMs: 0 } },
      { taskId: 'two', script: { settlesAfterMs: 500 } },
      { taskId: 'failing', script: { settlesAfterMs: 500, settlesAs: 'FAILED' } },
      { taskId: 'declining', script: { onCancel: 'decline' } },
      { taskId: 'other', taskType: 'CLUSTER-DESTROY' },
    );
    const filter = "status eq 'STARTED' and task_type eq 'SDDC-PROVISION'";
    const { code, stdout, stderr } = await cancelAll(
      orgId,
      '--yes',
      '--at-most',
      '4',
      ...FAST_FLAGS,
      '--filter',
      filter,
    );
    expect(code).toBe(12);
    expect(stderr).toBe('To cancel: 4 (4 SDDC-PROVISION).\n');
    expect(stdout).toContain(`Started  ${workflowId({ orgId, taskId: 'one' })}\n`);
    const [, verdicts = ''] = stdout.split('\nVERDICT ');
    expect(verdicts).toMatch(/^ +TASKS\nCANCELED +2\nFAILED +1\nNOT_CANCELABLE +1\n\nTASK /);
    expect(verdicts).toMatch(/^declining +NOT_CANCELABLE +SDDC-PROVISION +\d+ s +TASK_NOT_CANCELABLE, Cannot cancel/m);
    expect(verdicts).toMatch(/^failing +FAILED +SDDC-PROVISION +\d+ s +The task failed in the phase/m);
    expect(verdicts).not.toMatch(/^(one|two) /m);
    expect(await cancelledTasks(orgId)).toEqual(['declining', 'failing', 'one', 'two']);
  });

  it('passes the options of start on, and with --no-watch waits for nothing', async () => {
    const orgId = await organization({ taskId: 'one', script: NEVER_ENDS });
    const options = ['--deadline', '2h', '--on-declined', 'retry', '--reason', 'why not', '--requested-by', 'alice'];
    const { code, stdout, stderr } = await cancelAll(orgId, '--yes', '--no-watch', ...options);
    expect(code).toBe(0);
    expect(stdout).not.toContain('VERDICT');
    expect(stderr).toContain('They go on by themselves: vmc-cancel list shows their progress.');
    expect((await stage.client.start({ orgId, taskId: 'one' })).differences).toEqual([
      { option: 'deadline', running: 7_200_000, asked: 86_400_000 },
      { option: 'onDeclined', running: 'retry', asked: 'return' },
      { option: 'reason', running: 'why not', asked: null },
      { option: 'requestedBy', running: 'alice', asked: null },
    ]);
  });

  it('with --json tells a document for each start, each change and each result', async () => {
    const orgId = await organization({ taskId: 'one', script: { settlesAfterMs: 2_000 } });
    const { code, stdout } = await cancelAll(orgId, '--yes', '--json', ...FAST_FLAGS);
    expect(code).toBe(0);
    const [started, ...changes] = documents(stdout);
    const url = expect.stringContaining('http://localhost:8233/');
    const ids = { orgId, taskId: 'one', workflowId: workflowId({ orgId, taskId: 'one' }) };
    expect(started).toEqual({ ...ids, runId: expect.any(String), joined: false, differences: [], url });
    expect(cancelTaskResultSchema.parse(changes.pop())).toMatchObject({ taskId: 'one', outcome: 'CANCELED' });
    for (const change of changes) cancelTaskProgressSchema.parse(change);
  });

  it('given again follows what runs and sends no cancel twice', async () => {
    const scripts = [NEVER_ENDS, { onCancel: 'ignore' }] as const;
    const orgId = await organization(...scripts.map((script, index) => ({ taskId: `task-${index}`, script })));
    const first = await cancelAll(orgId, '--yes', '--no-watch', '--deadline', '30s');
    expect(first.stdout.match(/^Started /gm)).toHaveLength(2);
    const { code, stdout, stderr } = await cancelAll(
      orgId,
      '--yes',
      '--at-most',
      '1',
      '--filter',
      "task_type eq 'SDDC-PROVISION'",
    );
    expect(stderr).toContain('To follow: 2 that have a cancellation already');
    expect(stdout.match(/^Joined /gm)).toHaveLength(2);
    expect(stdout).toMatch(/^DEADLINE_EXCEEDED +2$/m);
    expect(code).toBe(13);
    expect(await cancelledTasks(orgId)).toEqual(['task-0', 'task-1']);
  });

  it('goes on without a task that cannot be started, tells it among the verdicts, and exits 1', async () => {
    const orgId = await organization({ taskId: 'not an id' }, { taskId: 'one', script: { settlesAfterMs: 0 } });
    const { code, stdout, stderr } = await cancelAll(orgId, '--yes');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: not an id: taskId: must be 1 to 128/m);
    expect(stdout).toMatch(/^CANCELED +1\nnot started +1\n\nTASK .*\nnot an id +not started +taskId: must be/m);
    expect(await cancelledTasks(orgId)).toEqual(['one']);
  });

  it('says that there is nothing to do, and exits 0', async () => {
    const orgId = await organization({ taskId: 'over', script: { endsAfterMs: 0 } });
    const { code, stdout, stderr } = await cancelAll(orgId, '--yes');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toBe(`Nothing to do: no such task of ${orgId} is left to cancel.\n`);
  });

  it('detached by Ctrl-C while it watches, tells how far it is and exits 130', async () => {
    const orgId = await organization(
      { taskId: 'one', script: { settlesAfterMs: 0 } },
      { taskId: 'two', script: NEVER_ENDS },
    );
    const running = new CommandRun(['cancel-all', '--yes', ...FAST_FLAGS], stage.vmcEnvironment(orgId));
    await running.printed('CANCELED  ');
    await running.printed('CANCELING');
    running.interrupt();
    const { code, stdout, stderr } = await running.ended;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^CANCELED +1\nstill running +1\n$/m);
    expect(stderr).toContain('Detached.');
  });
});

describe('cancel-all behind something that ignores the filter', () => {
  let proxy: Server;
  beforeAll(async () => {
    proxy = createServer((request, response) => void passOn(request, response)).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
  });
  afterAll(() => {
    proxy.close();
  });

  /** Without its query, as a proxy passes it on that cleans up URLs. */
  async function passOn({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = new URL(new URL(url, 'http://proxy').pathname, stage.simulator.url);
    const answer = await fetch(target, { headers: { 'csp-auth-token': String(headers['csp-auth-token']) } });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  }

  async function behind(orgId: string, ...args: string[]): Promise<Ended> {
    const { port } = proxy.address() as AddressInfo;
    const environment = { ...stage.vmcEnvironment(orgId), VMC_API_URL: `http://127.0.0.1:${port}/vmc/api` };
    return await new CommandRun(['cancel-all', ...args], environment).ended;
  }

  async function tasks(): Promise<string> {
    return await organization(
      { taskId: 'one' },
      { taskId: 'two' },
      { taskId: 'other', taskType: 'CLUSTER-DESTROY' },
      { taskId: 'over', script: { endsAfterMs: 0 } },
    );
  }

  it.each([
    [
      "status eq 'STARTED' and task_type eq 'SDDC-PROVISION'",
      /the filter says task_type eq 'SDDC-PROVISION', and task "other" /,
    ],
    ["startswith(task_type,'SDDC')", /task "other" is in the answer, whose task_type is "CLUSTER-DESTROY"/],
    [
      "not (task_type eq 'CLUSTER-DESTROY')",
      /the filter says not \(task_type eq 'CLUSTER-DESTROY'\), and task "other" /,
    ],
    ["id eq 'one' or id eq 'two'", /the filter says id eq 'one' or id eq 'two', and task "other" is in the answer/],
    ["sub_status eq 'PAUSED'", /whose sub_status is "/],
    ['progress_percent ge 101', /whose progress_percent is "\d+"/],
    ['start_time lt 2020-01-01T00:00:00Z', /whose start_time is "2/],
    ["user_name eq 'nobody' and resource_type eq 'host'", /the filter says resource_type eq 'host'/],
  ])('starts nothing where one task contradicts it: %s', async (filter, line) => {
    const orgId = await tasks();
    for (const args of [['--yes', '--at-most', '100'], ['--dry-run'], ['--dry-run', '--json']]) {
      const { code, stdout, stderr } = await behind(orgId, ...args, '--filter', filter);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: nothing was started: the filter says [^\n]*: does the API at 127[^\n]*\n$/);
      expect(stderr).toMatch(line);
    }
    expect(await cancelledTasks(orgId)).toEqual([]);
    expect(await stage.client.list({ orgId })).toEqual([]);
  });

  it('starts nothing by the default filter either', async () => {
    const orgId = await tasks();
    const { code, stderr } = await behind(orgId, '--yes');
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/task "over" .*status is "FINISHED"/) });
    expect(await cancelledTasks(orgId)).toEqual([]);
  });

  it.each([
    ["user_name eq 'nobody'", "user_name eq 'nobody'"],
    ["tasktype eq 'SDDC-PROVISION' and id ne ''", "tasktype eq 'SDDC-PROVISION'"],
    ["status in ('STARTED')", "status in ('STARTED')"],
  ])('says what it could not check, and starts no more than it may: %s', async (filter, part) => {
    const orgId = await tasks();
    const { code, stdout, stderr } = await behind(orgId, '--yes', '--at-most', '2', '--filter', filter);
    expect(code).toBe(1);
    expect(stdout).not.toContain('Started');
    expect(stderr).toContain(`Not checked, because the listed tasks lack these fields: ${part}.\n`);
    expect(stderr).toContain('To cancel: 3 (2 SDDC-PROVISION, 1 CLUSTER-DESTROY).\n');
    expect(stderr).toMatch(/^error: nothing was started: 3 would be cancelled, and --at-most is 2$/m);
    expect(await cancelledTasks(orgId)).toEqual([]);
  });
});

describe('cancel-all --at-most', () => {
  it('lets as many pass, counts what it follows as none, and holds for a rehearsal as well', async () => {
    const orgId = await organization({ taskId: 'one', script: NEVER_ENDS }, { taskId: 'two', script: NEVER_ENDS });
    expect((await cancelAll(orgId, '--dry-run', '--at-most', '1')).code).toBe(1);
    expect((await cancelAll(orgId, '--yes', '--at-most', '1', '--no-watch')).code).toBe(1);
    expect(await cancelledTasks(orgId)).toEqual([]);
    expect((await cancelAll(orgId, '--dry-run', '--at-most', '2')).code).toBe(0);
    expect((await cancelAll(orgId, '--yes', '--at-most', '2', '--no-watch')).code).toBe(0);
    const every = ['--filter', "task_type eq 'SDDC-PROVISION'"];
    const again = await cancelAll(orgId, '--yes', '--at-most', '1', '--no-watch', ...every);
    expect({ code: again.code, joined: again.stdout.match(/^Joined /gm)?.length }).toEqual({ code: 0, joined: 2 });
  });
});

describe('cancel-all on a terminal', () => {
  const PROMPT = 'Type 2 to cancel these 2 tasks of ';

  async function asking(...args: string[]): Promise<{ orgId: string; cli: ChildProcess }> {
    const script = { settlesAfterMs: 0 };
    const orgId = await organization({ taskId: 'one', script }, { taskId: 'two', script });
    const cli = cliOnTerminal(['cancel-all', ...FAST_FLAGS, ...args], stage.vmcEnvironment(orgId));
    await cli.printed(PROMPT);
    return { orgId, cli };
  }

  it('shows the tasks, starts them once their count is typed, and tells the verdicts', async () => {
    const { orgId, cli } = await asking();
    expect(cli.output).toMatch(/^one +SDDC-PROVISION +STARTED/m);
    cli.type('2\r');
    expect(await cli.exitCode).toBe(0);
    expect(cli.output).toContain('Started\u001b[39m  2 of 2');
    expect(await cancelledTasks(orgId)).toEqual(['one', 'two']);
  });

  it.each([
    ['another answer', 'yes\r', 1, 'That is not 2. Nothing was started.'],
    ['no answer', '\r', 1, 'That is not 2. Nothing was started.'],
    ['the end of the input', '\u0004', 1, 'No answer. Nothing was started.'],
    ['Ctrl-C', '\u0003', 130, 'Interrupted. Nothing was started.'],
  ])('starts nothing upon %s, and says so', async (_case, typed, code, told) => {
    const { orgId, cli } = await asking();
    cli.type(typed);
    expect(await cli.exitCode).toBe(code);
    expect(cli.output).toContain(told);
    expect(await cancelledTasks(orgId)).toEqual([]);
  });

  it('shows the table beside the documents of --json', async () => {
    const { cli } = await asking('--json');
    expect(cli.output).toMatch(/^one +SDDC-PROVISION +STARTED/m);
    cli.type('2\r');
    expect(await cli.exitCode).toBe(0);
    expect(cli.output).toContain('"joined":false');
  });

  it('--yes does not ask', async () => {
    const orgId = await organization({ taskId: 'one', script: { settlesAfterMs: 0 } });
    const cli = cliOnTerminal(['cancel-all', '--yes'], stage.vmcEnvironment(orgId));
    expect(await cli.exitCode).toBe(0);
    expect(cli.output).not.toContain('Type 1');
  });
});

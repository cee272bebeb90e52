import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Payload } from '@temporalio/common';
import { Client, Connection } from '@temporalio/client';
import { CancellationClient } from '../../client';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../domain/contract/names';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
let connection: Connection;
let folder: string;
beforeAll(async () => {
  stage = await Stage.begin();
  connection = await Connection.connect({ address: stage.server.address });
  folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
  await stage.startWorker();
}, 180_000);
afterAll(async () => {
  await connection.close();
  await rm(folder, { recursive: true });
  await stage.end();
});

const LONG = { settlesAfterMs: 600_000 };

/** As a starter of another make does, which chooses the workflow id. */
async function startedUnder(workflowId: string, taskId: string = randomUUID(), orgId = ORG) {
  await stage.controls.addTask({ orgId, taskId, script: LONG });
  const input = JSON.stringify({ orgId, taskId, ...FAST });
  const start = ['--type', WORKFLOW_TYPE, '--task-queue', DEFAULT_TASK_QUEUE, '--input', input];
  await stage.temporal('workflow', 'start', '--workflow-id', workflowId, ...start);
  return { orgId, taskId, workflowId };
}

/** The list follows the runs with a little delay. */
async function listed(workflowId: string) {
  return await listedWhen((one) => one.workflowId === workflowId && one.taskStatus !== null);
}

async function listedWhen(isSo: (listing: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
  let listing: Record<string, unknown> | undefined;
  await until(async () => {
    listing = documents((await stage.run('list', '--json', '--org', '')).stdout).find(isSo);
    return listing !== undefined;
  });
  return listing ?? {};
}

/** As starters of all sorts choose them. */
const FOREIGN_IDS = [
  `nightly-${randomUUID()}`,
  randomUUID(),
  `cleanup:${randomUUID()}`,
  `nightly/clean "up" $(date) #4 'ü' ${randomUUID()}`,
  `--org=${randomUUID()}`,
  `vmc-cancel:${randomUUID()}`,
  randomUUID().padEnd(900, '-'),
];

describe('a cancellation under a workflow id that its starter chose', () => {
  it('is taken by every command, as list prints it, and by its task id as well', async () => {
    const runs = await Promise.all(FOREIGN_IDS.map((workflowId) => startedUnder(workflowId)));
    for (const run of runs) expect(await listed(run.workflowId)).toMatchObject(run);
    const taskIds = runs.map(({ taskId }) => taskId);
    const commands = [['status'], ['poll'], ['reissue'], ['extend', '--by', '1h'], ['status', '--org', '']];
    const all = [
      ...commands.map((command) => [...command, '--json', '--', ...FOREIGN_IDS]),
      ['status', '--json', ...taskIds],
    ];
    for (const args of all) {
      const { code, stdout, stderr } = await stage.run(...args);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      expect(
        documents(stdout)
          .map((document) => document.taskId)
          .toSorted(),
      ).toEqual(taskIds.toSorted());
    }
    const waiting = ['watch', 'result'].map((command) => stage.start(command, '--json', '--', ...FOREIGN_IDS));
    expect((await stage.run('stop', '--json', '--', ...FOREIGN_IDS)).code).toBe(0);
    for (const { code, stdout } of await Promise.all(waiting.map(({ ended }) => ended))) {
      const results = documents(stdout).filter(({ outcome }) => outcome === 'ABANDONED');
      expect({ code, results: results.map(({ taskId }) => taskId).toSorted() }).toEqual({
        code: 14,
        results: taskIds.toSorted(),
      });
    }
  }, 180_000);

  it('of a schedule, which appends the time to the id that it is given', async () => {
    const taskId = randomUUID();
    await stage.controls.addTask({ orgId: ORG, taskId, script: LONG });
    const action = ['--type', WORKFLOW_TYPE, '--task-queue', DEFAULT_TASK_QUEUE];
    const input = ['--input', JSON.stringify({ orgId: ORG, taskId })];
    const named = ['--schedule-id', taskId, '--workflow-id', `vmc-cancel:${ORG}:${taskId}`, '--interval', '24h'];
    await stage.temporal('schedule', 'create', ...named, ...action, ...input);
    await stage.temporal('schedule', 'trigger', '--schedule-id', taskId);
    const listing = await listedWhen((one) => one.taskId === taskId);
    const workflowId = String(listing.workflowId);
    expect(workflowId).toMatch(new RegExp(`^vmc-cancel:${ORG}:${taskId}-\\d{4}-`));
    for (const text of [workflowId, taskId]) {
      const { code, stdout } = await stage.run('status', '--json', text);
      expect({ code, told: documents(stdout) }).toMatchObject({ code: 0, told: [{ taskId, cancelRequests: 1 }] });
    }
    const { stdout } = await stage.run('list');
    expect(stdout).toMatch(/ WORKFLOW ID\n/);
    expect(stdout).toMatch(new RegExp(`^${taskId} +${ORG} +running .* ${workflowId}$`, 'm'));
    expect((await stage.run('stop', workflowId)).code).toBe(0);
  });

  it('detached, tells how to come back in words that a shell takes', async () => {
    const { workflowId } = await startedUnder(`-it's "${randomUUID()}`);
    const watching = stage.start('watch', '--', workflowId);
    await watching.printed('CANCELING');
    watching.interrupt();
    const { stderr } = await watching.ended;
    expect(stderr).toContain(`vmc-cancel watch --org '' -- '${workflowId.replace("'", "'\\''")}'\n`);
  });

  it('of another organization, no task id of this one is taken for', async () => {
    const id = randomUUID();
    await startedUnder(id, randomUUID(), 'org-2');
    const { code, stderr } = await stage.run('status', id);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('no cancellation of this task') });
    expect((await new CommandRun(['status', '--org', '', id], stage.environment).ended).code).toBe(0);
  });

  it('gives way to the cancellation of a task that has such an id', async () => {
    const { taskId } = await stage.started(LONG, FAST);
    await startedUnder(taskId);
    const { stdout } = await stage.run('status', '--json', taskId);
    expect(documents(stdout)).toMatchObject([{ taskId }]);
  });

  it('of a workflow of another type is none', async () => {
    const id = `other:${randomUUID()}`;
    await stage.temporal('workflow', 'start', '--workflow-id', id, '--type', 'other', '--task-queue', 'other');
    const { code, stderr } = await stage.run('stop', id);
    expect(code).toBe(1);
    expect(stderr).toBe(`error: ${id}: no cancellation has the workflow id "${id}": vmc-cancel list shows all\n`);
  });

  it('that there is not is told task by task, and a text that can be no task id as what is wrong', async () => {
    const missing = `gone:${randomUUID()}`;
    const { taskId } = await stage.started(LONG, FAST);
    const { code, stdout } = await stage.run('status', '--json', missing, taskId);
    const error = { orgId: '', taskId: '', workflowId: missing, error: { type: 'NotStarted' } };
    expect({ code, told: documents(stdout) }).toMatchObject({ code: 1, told: [error, { taskId }] });
    expect(await stage.run('status', 'a/b')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: taskId "a\/b": must be 1 to 128/),
    });
  });
});

describe('start, of such a workflow id,', () => {
  it('joins the run while it goes on, and then starts its task under the task’s own id', async () => {
    const { orgId, taskId, workflowId } = await startedUnder(`nightly:${randomUUID()}`);
    const joined = documents((await stage.run('start', '--json', '--deadline', '2h', workflowId)).stdout);
    expect(joined).toMatchObject([{ orgId, taskId, workflowId, joined: true }]);
    expect(joined[0]?.differences).toContainEqual({ option: 'deadline', running: 86_400_000, asked: 7_200_000 });
    await stage.client.stopMonitoring(workflowId);
    await stage.client.result(workflowId);
    const started = documents((await stage.run('start', '--json', workflowId)).stdout);
    expect(started).toMatchObject([{ taskId, workflowId: `vmc-cancel:${ORG}:${taskId}`, joined: false }]);
  });

  it('takes what list --json prints from a file, and a task that is named twice once', async () => {
    const foreign = await startedUnder(`#1 ${randomUUID()}`);
    const own = await stage.started(LONG, FAST);
    const lines = [await listed(foreign.workflowId), await listed(own.workflowId)].map((one) => JSON.stringify(one));
    const file = path.join(folder, 'tasks.jsonl');
    await writeFile(file, [...lines, own.taskId, ...lines].join('\n'));
    const { code, stdout } = await stage.run('start', '--json', '--from-file', file);
    expect(code).toBe(0);
    const told = documents(stdout).map(({ workflowId, joined }) => [workflowId, joined]);
    expect(new Map(told as [string, boolean][])).toEqual(
      new Map([
        [foreign.workflowId, true],
        [own.workflowId, true],
      ]),
    );
    expect(told).toHaveLength(2);
    expect(await stage.controls.calls({ orgId: ORG, operation: 'cancelTask' })).not.toContainEqual(
      expect.objectContaining({ taskId: expect.stringContaining('#') }),
    );
  });

  it('takes no task id for the workflow id of another', async () => {
    const { workflowId } = await startedUnder(randomUUID());
    await stage.controls.addTask({ orgId: ORG, taskId: workflowId, script: LONG });
    const { stdout } = await stage.run('start', '--json', workflowId);
    expect(documents(stdout)).toMatchObject([{ taskId: workflowId, joined: false }]);
  });

  it.each([
    ['there is not', () => `gone:${randomUUID()}`, /no cancellation has the workflow id/],
    ['does not tell its task', unreadable, /its run has no task ids here: name the task itself, with --org/],
  ])('that %s starts nothing of it, and the others', async (_case, idOf, problem) => {
    const { taskId } = await stage.task(LONG);
    const { code, stdout, stderr } = await stage.run('start', '--json', await idOf(), taskId);
    expect(code).toBe(1);
    expect(stderr).toMatch(problem);
    expect(documents(stdout)).toContainEqual(expect.objectContaining({ taskId, joined: false }));
  });

  async function unreadable(): Promise<string> {
    const workflowId = `encrypted:${randomUUID()}`;
    await startRaw({ workflowId, input: ENCRYPTED });
    return workflowId;
  }
});

const ENCRYPTED = { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from('secret') };

function json(value: unknown): Payload {
  return { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) };
}

/** With fields that cannot be read here. */
async function startRaw({ workflowId, input }: { workflowId: string; input: Payload }): Promise<void> {
  await connection.workflowService.startWorkflowExecution({
    namespace: 'default',
    requestId: randomUUID(),
    workflowId,
    workflowType: { name: WORKFLOW_TYPE },
    taskQueue: { name: DEFAULT_TASK_QUEUE },
    input: { payloads: [input] },
    memo: { fields: { theirs: ENCRYPTED, VmcCancelStartedAt: ENCRYPTED } },
    header: { fields: { theirs: ENCRYPTED } },
  });
}

describe('fields of a run that cannot be decoded here', () => {
  async function runWithTheirs() {
    const orgId = `org-${randomUUID()}`;
    const ids = { orgId, taskId: 'theirs', workflowId: `vmc-cancel:${orgId}:theirs` };
    await stage.controls.addTask({ orgId, taskId: 'theirs', script: LONG });
    await stage.controls.addTask({ orgId, taskId: 'ours', script: { settlesAfterMs: 0 } });
    await startRaw({ workflowId: ids.workflowId, input: json({ orgId, taskId: 'theirs', ...FAST }) });
    return ids;
  }

  it('are left out: every command works', async () => {
    const { orgId, workflowId } = await runWithTheirs();
    await listed(workflowId);
    const codes = [];
    for (const command of ['status', 'poll', 'start', 'stop', 'watch', 'result', 'status'])
      codes.push((await stage.run(command, '--json', workflowId)).code);
    expect(codes).toEqual([0, 0, 0, 0, 14, 14, 0]);
    const { code, stdout } = await new CommandRun(['cancel-all', '--yes'], stage.vmcEnvironment(orgId)).ended;
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^CANCELED +1$/m) });
  });

  it.each([
    ['knows no codec', []],
    ['has one that refuses what it cannot decrypt', [{ encode: pass, decode: refuse }]],
  ])('are left out for a client of one’s own that %s', async (_case, payloadCodecs) => {
    const ids = await runWithTheirs();
    const client = CancellationClient.using(new Client({ connection, dataConverter: { payloadCodecs } }));
    await listed(ids.workflowId);
    expect((await client.list({ orgId: ids.orgId })).map(({ workflowId }) => workflowId)).toEqual([ids.workflowId]);
    expect(await client.describe(ids)).toMatchObject({ ...ids, status: 'running' });
    expect(await client.start({ orgId: ids.orgId, taskId: 'theirs' })).toMatchObject({ joined: true });
    await client.stopMonitoring(ids);
    expect(await client.result(ids)).toMatchObject({ outcome: 'ABANDONED' });
  });

  function pass(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(payloads);
  }

  function refuse(payloads: Payload[]): Promise<Payload[]> {
    const isTheirs = ({ metadata }: Payload) => Buffer.from(metadata?.encoding ?? []).toString() === 'binary/encrypted';
    return payloads.some(isTheirs) ? Promise.reject(new Error('no such key')) : Promise.resolve(payloads);
  }
});

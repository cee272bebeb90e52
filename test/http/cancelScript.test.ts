import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import { OUTCOME_EXIT_CODES } from '../../cli/exitCodes';
import { cancelTaskResultSchema } from '../../domain/contract/result';
import type { ChildProcess } from '../stage/childProcess';
import { EXAMPLES, startExample } from '../examples/example';
import { Stage } from '../stage/stage';

const EXAMPLE = path.join(EXAMPLES, 'cancel.sh');

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({ httpPort: 0 });
  await stage.startWorker();
}, 180_000);
afterAll(() => stage.end());

function start(...args: string[]): ChildProcess {
  return startExample('sh', [EXAMPLE, ...args], stage.environment);
}

async function reset(workflowId: string): Promise<void> {
  const again = ['--type', 'FirstWorkflowTask', '--reason', 'once more'];
  const env = { PATH: process.env.PATH, HOME: tmpdir(), ...stage.environment };
  await promisify(execFile)(await temporalExecutable('temporal'), ['workflow', 'reset', '-w', workflowId, ...again], {
    env,
  });
}

/** One that answers every request alike. */
async function answering(
  status: number,
  body: string,
): Promise<{ url: string; requests: string[]; close: () => void }> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    response.writeHead(status, { 'content-type': '*' }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

describe('cancel.sh', () => {
  it('prints the result and exits 0 when the task is canceled', async () => {
    const { orgId, taskId } = await stage.task({ settlesAfterMs: 0 });
    const example = start(orgId, taskId, '{"reason": "the \\"wrong\\" region"}');
    expect(await example.exitCode).toBe(0);
    expect(cancelTaskResultSchema.parse(JSON.parse(example.stdout))).toMatchObject({
      outcome: 'CANCELED',
      orgId,
      taskId,
      reason: 'the "wrong" region',
    });
    expect(example.stderr).toBe(`started vmc-cancel:${orgId}:${taskId}, waiting for its verdict\n`);
  });

  it('joins the cancellation of the same task that runs, whose input stays', async () => {
    const ids = await stage.task({ onCancel: 'ignore' });
    await stage.client.start({ ...ids, reason: 'the first to ask' });
    const example = start(ids.orgId, ids.taskId.toUpperCase(), '{"reason": "the second"}');
    await example.printed(`joined vmc-cancel:${ids.orgId}:${ids.taskId}`, 'stderr');
    await stage.client.stopMonitoring(ids);
    expect(await example.exitCode).toBe(14);
    expect(JSON.parse(example.stdout)).toMatchObject({ outcome: 'ABANDONED', reason: 'the first to ask' });
  });

  it('follows a run that was reset to the one in its place', async () => {
    const ids = await stage.task({ onCancel: 'ignore' });
    const example = start(ids.orgId, ids.taskId);
    await example.printed('started', 'stderr');
    // Only what a worker has taken up can be reset.
    await stage.client.progress(ids);
    await reset(`vmc-cancel:${ids.orgId}:${ids.taskId}`);
    await stage.client.stopMonitoring(ids);
    expect(await example.exitCode).toBe(14);
  });

  it('prints type and message of a failure, and exits 1', async () => {
    const { orgId, taskId } = await stage.task();
    const example = start(orgId, taskId, '{"deadline": "banana"}');
    expect(await example.exitCode).toBe(1);
    expect(example.stderr).toMatch(/^InvalidInput: .*deadline/m);
    expect(example.stdout).toBe('');
  });

  it.each([
    ['no task', ['org-1']],
    ['an empty id', ['org-1', '']],
    ['a path', ['org-1', '../x']],
    ['two dots', ['..', 'task']],
    ['a second line', ['org-1', 'task\n2']],
    ['another script', ['org-1', 'täsk']],
    ['129 characters', ['org-1', 'x'.repeat(129)]],
    ['options that are no JSON', ['org-1', 'task', '{']],
    ['options that are no object', ['org-1', 'task', '[]']],
    ['two objects', ['org-1', 'task', '{}{}']],
  ])('refuses %s before anything is sent, and exits 2', async (_, args) => {
    const server = await answering(500, '');
    const example = startExample('sh', [EXAMPLE, ...args], { TEMPORAL_HTTP_URL: server.url });
    expect(await example.exitCode).toBe(2);
    expect(example.stderr).not.toBe('');
    expect(server.requests).toEqual([]);
    server.close();
  });

  it('takes no option for the ids of the task', async () => {
    const { orgId, taskId } = await stage.task({ settlesAfterMs: 0 });
    const example = start(orgId, taskId, '{"taskId": "another"}');
    expect(await example.exitCode).toBe(0);
    expect(JSON.parse(example.stdout)).toMatchObject({ taskId });
  });

  it('names the address where Temporal cannot be reached or is not what answers, and exits 1', async () => {
    const unreachable = startExample('sh', [EXAMPLE, 'a', 'b'], { TEMPORAL_HTTP_URL: 'http://127.0.0.1:1' });
    expect(await unreachable.exitCode).toBe(1);
    expect(unreachable.stderr).toContain('Temporal cannot be reached at http://127.0.0.1:1');
    for (const [status, body] of [
      [200, '<html>'],
      [200, '{}'],
      [503, 'busy\u001b[31m'],
    ] as const) {
      const server = await answering(status, body);
      const example = startExample('sh', [EXAMPLE, 'a', 'b'], { TEMPORAL_HTTP_URL: server.url });
      expect(await example.exitCode).toBe(1);
      expect(example.stderr).toContain(server.url);
      expect(example.stderr).not.toContain('\u001b');
      server.close();
    }
  });

  it('says what Temporal answered to a start that it refused', async () => {
    const example = startExample('sh', [EXAMPLE, 'a', 'b'], {
      ...stage.environment,
      TEMPORAL_NAMESPACE: 'nowhere',
    });
    expect(await example.exitCode).toBe(1);
    expect(example.stderr).toMatch(/^Temporal at .* answered HTTP 404: Namespace nowhere is not found/);
  });

  it('knows the exit code of every outcome', async () => {
    for (const [outcome, code] of Object.entries(OUTCOME_EXIT_CODES)) {
      const result = { workflowExecutionCompletedEventAttributes: { result: [{ outcome }] } };
      const server = await answering(200, JSON.stringify({ runId: 'r', history: { events: [result] } }));
      const example = startExample('sh', [EXAMPLE, 'a', 'b'], { TEMPORAL_HTTP_URL: server.url });
      expect({ outcome, code: await example.exitCode }).toEqual({ outcome, code });
      server.close();
    }
  });
});

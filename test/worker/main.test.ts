import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { temporal } from '@temporalio/proto';
import { Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CancellationClient } from '../../client';
import type { DevServer, DevServerOptions } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { ChildProcess } from '../stage/childProcess';
import { SEARCH_ATTRIBUTES, Stage } from '../stage/stage';
import { WorkerProcess } from '../stage/workerProcess';

/** Not one of these may be read anywhere in what the worker writes. */
const CANARIES = { VMC_API_TOKEN: 'canary-api-token+/="', TEMPORAL_API_KEY: 'canary-temporal-key' };
const STACK_TRACE = /^\s+at .+:\d+:\d+/m;

/** Each starts a process or two, on a machine that may have others to run. */
jest.setTimeout(90_000);

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
});
afterEach(() => ChildProcess.killAll());
afterAll(() => stage.end());

function start(environment: Record<string, string> = {}): WorkerProcess {
  return new WorkerProcess({
    ...stage.vmcEnvironment(),
    ...CANARIES,
    // An API key alone would ask for TLS.
    TEMPORAL_TLS: 'false',
    ...environment,
  });
}

async function onServer<T>(options: Partial<DevServerOptions>, use: (other: DevServer) => Promise<T>): Promise<T> {
  const other = await startDevServer({ ui: false, ...options });
  try {
    return await use(other);
  } finally {
    await other.stop();
  }
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

describe('a worker that cannot start', () => {
  it('tells every problem of its configuration at once, and exits 1', async () => {
    const worker = new WorkerProcess({ VMC_CANCEL_LOG_LEVEL: 'canary', VMC_CANCEL_HTTP_ADDRESS: 'canary' });
    expect(await worker.exitCode).toBe(1);
    for (const named of ['VMC_API_TOKEN', 'VMC_CANCEL_LOG_LEVEL', 'VMC_CANCEL_HTTP_ADDRESS'])
      expect(worker.stderr).toContain(named);
    expect(worker.output).not.toMatch(STACK_TRACE);
    expect(worker.output).not.toContain('canary');
  });

  it('tries to reach Temporal for the time that it has, saying so, then names the address and the remedy and exits 1', async () => {
    const startedAtMs = Date.now();
    const worker = start({ TEMPORAL_ADDRESS: '127.0.0.1:1', VMC_CANCEL_CONNECT_TIMEOUT: '2s' });
    expect(await worker.exitCode).toBe(1);
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(2_000);
    expect(worker.log.map(({ level }) => level)).toEqual(['warn', 'fatal']);
    expect(worker.log.at(-1)?.msg).toMatch(/127\.0\.0\.1:1 within 2 s \(Connection refused\).*TEMPORAL_ADDRESS/);
    expect(worker.output).not.toMatch(STACK_TRACE);
  });

  it("has Node's warnings in its log, and not on stderr", async () => {
    const warn = 'process.on("newListener",(name)=>name==="warning"&&setImmediate(()=>process.emitWarning("odd")))';
    const worker = start({
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      VMC_CANCEL_CONNECT_TIMEOUT: '1s',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(warn)}`,
    });
    expect(await worker.logged('a warning of Node')).toMatchObject({ level: 'warn', err: { message: 'odd' } });
    expect(await worker.exitCode).toBe(1);
    expect(worker.stderr).toBe('');
  });

  it('names a namespace that does not exist, and exits 1', async () => {
    const worker = start({ TEMPORAL_NAMESPACE: 'nowhere' });
    expect(await worker.exitCode).toBe(1);
    expect(worker.log).toEqual([expect.objectContaining({ level: 'fatal', msg: expect.stringContaining('nowhere') })]);
  });

  it('names the search attributes that are missing, and the command that registers them, and exits 1', async () => {
    await onServer({ searchAttributes: { VmcOrgId: 'Keyword' } }, async ({ address }) => {
      const worker = start({ TEMPORAL_ADDRESS: address });
      expect(await worker.exitCode).toBe(1);
      expect(worker.log.at(-1)?.msg).toMatch(
        /missing.*: VmcTaskId, VmcTaskStatus, VmcCancelOutcome\..*vmc-cancel setup/,
      );
      expect(worker.output).not.toMatch(STACK_TRACE);
    });
  });

  it('names search attributes of another type, and exits 1', async () => {
    await onServer({}, async ({ address, namespace }) => {
      const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_TEXT } = temporal.api.enums.v1.IndexedValueType;
      const searchAttributes = Object.fromEntries(
        SEARCH_ATTRIBUTE_NAMES.map((name) => [
          name,
          name === 'VmcTaskId' ? INDEXED_VALUE_TYPE_TEXT : INDEXED_VALUE_TYPE_KEYWORD,
        ]),
      );
      const connection = await Connection.connect({ address });
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
      await connection.close();
      const worker = start({ TEMPORAL_ADDRESS: address });
      expect(await worker.exitCode).toBe(1);
      expect(worker.log.at(-1)?.msg).toMatch(/not of type Keyword: VmcTaskId\./);
    });
  });

  it('says that Temporal does not take it, and exits 1', async () => {
    const worker = start({ VMC_CANCEL_TASK_QUEUE: '__temporal_queue' });
    expect(await worker.exitCode).toBe(1);
    expect(worker.log.at(-1)?.msg).toMatch(/task queue __temporal_queue in namespace default: .*reserved/);
    expect(worker.output).not.toMatch(STACK_TRACE);
  });

  it('names the address of its health when another has it, and exits 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const worker = start({ VMC_CANCEL_HTTP_ADDRESS: address });
    expect(await worker.exitCode).toBe(1);
    other.close();
    expect(worker.log.at(-1)?.msg).toContain(`Cannot listen on ${address} (EADDRINUSE)`);
    expect(worker.output).not.toMatch(STACK_TRACE);
  });
});

describe('a worker that polls', () => {
  it('says so in one line, and ends with 0 on SIGTERM', async () => {
    const worker = start();
    expect(await worker.logged('polling')).toMatchObject({
      msg: 'polling',
      taskQueue: 'vmc-cancel',
      namespace: 'default',
      address: stage.server.address,
      health: null,
    });
    worker.signal('SIGTERM');
    expect(await worker.exitCode).toBe(0);
    expect(worker.log.filter(({ msg }) => msg === 'polling')).toHaveLength(1);
    expect(worker.stderr).toBe('');
  });

  it('opens no debugger on SIGUSR1', async () => {
    const worker = start({ NODE_OPTIONS: '--inspect-port=0' });
    await worker.logged('polling');
    worker.signal('SIGUSR1');
    expect(await worker.logged('debugger')).toMatchObject({ level: 'warn', signal: 'SIGUSR1' });
    worker.signal('SIGTERM');
    expect(await worker.exitCode).toBe(0);
    expect(worker.stderr).toBe('');
  });

  it('serves its health, and the metrics of the SDK, on one address', async () => {
    const worker = start({ VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0' });
    const { health } = await worker.logged('polling');
    const url = `http://${String(health)}`;
    expect(await get(`${url}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
    expect(await get(`${url}/readyz`)).toEqual({ status: 200, text: 'ready\n' });
    expect(await get(`${url}/metrics`)).toMatchObject({ status: 200, text: expect.stringContaining('temporal_') });
    expect((await get(`${url}/other`)).status).toBe(404);
    worker.signal('SIGINT');
    expect(await worker.exitCode).toBe(0);
  });

  it('is not ready, but alive, while Temporal does not answer', async () => {
    const worker = await onServer({ searchAttributes: SEARCH_ATTRIBUTES }, async ({ address }) => {
      const started = start({ TEMPORAL_ADDRESS: address, VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0' });
      await started.logged('polling');
      return started;
    });
    const url = `http://${String((await worker.logged('polling')).health)}`;
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, text: expect.stringContaining('Temporal') });
    expect((await get(`${url}/healthz`)).status).toBe(200);
  });

  it('carries a cancellation to its verdict, and writes no secret at any level', async () => {
    const worker = start({ VMC_CANCEL_LOG_LEVEL: 'trace', VMC_CANCEL_TASK_QUEUE: 'canaries' });
    await worker.logged('polling');
    await stage.controls.addTask({ orgId: 'org-1', taskId: 'task-1', script: { settlesAfterMs: 100 } });
    await stage.controls.addFault({ operation: 'getTask', times: 1, status: 503 });
    const client = await CancellationClient.connect({ address: stage.server.address, taskQueue: 'canaries', env: {} });
    const ids = { orgId: 'org-1', taskId: 'task-1' };
    await client.start({ ...ids, poll: { min: '500ms', max: '1s' } });
    expect((await client.result(ids)).outcome).toBe('CANCELED');
    await client.close();
    worker.signal('SIGTERM');
    expect(await worker.exitCode).toBe(0);
    expect(worker.output).toContain('Activity started');
    for (const canary of ['canary-api-token', CANARIES.TEMPORAL_API_KEY]) expect(worker.output).not.toContain(canary);
  });

  it.each([
    ['lets a call in hand come to its end on SIGTERM', 1, 0],
    ['leaves a call in hand at a second SIGTERM', 2, 143],
  ])('%s', async (_, signals, expectedCode) => {
    const taskQueue = `in-hand-${signals}`;
    const ids = { orgId: 'org-1', taskId: taskQueue };
    const worker = start({ VMC_CANCEL_LOG_LEVEL: 'debug', VMC_CANCEL_TASK_QUEUE: taskQueue });
    await worker.logged('polling');
    await stage.controls.addTask(ids);
    await stage.controls.addFault({ operation: 'cancelTask', times: 1, delayMs: 3_000 });
    const client = await CancellationClient.connect({ address: stage.server.address, taskQueue, env: {} });
    await client.start(ids);
    await client.close();
    await worker.logged('Activity started');
    worker.signal('SIGTERM');
    await worker.logged('stopping');
    if (signals === 2) worker.signal('SIGTERM');
    expect(await worker.exitCode).toBe(expectedCode);
    expect(worker.log.some(({ msg }) => msg === 'Activity completed')).toBe(signals === 1);
  });
});

it('ends at once on SIGTERM while it still looks for Temporal', async () => {
  const worker = start({ TEMPORAL_ADDRESS: '127.0.0.1:1' });
  await worker.logged('no connection to Temporal yet');
  worker.signal('SIGTERM');
  expect(await worker.exitCode).toBe(0);
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowId } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import type { cancelTask } from '../../workflows';
import type { DevServerEnvironment } from '../environment/temporal';
import { devServerEnvironment } from '../environment/temporal';
import { WorkerProcess } from './workerProcess';

let temporal: DevServerEnvironment;
let simulator: Simulator;
beforeAll(async () => {
  [temporal, simulator] = await Promise.all([devServerEnvironment(), startSimulator({ host: '127.0.0.1', port: 0 })]);
});
afterEach(() => WorkerProcess.killAll());
afterAll(async () => {
  await simulator.close();
  await temporal.teardown();
});

async function runningWorker(): Promise<WorkerProcess> {
  const worker = WorkerProcess.start({
    TEMPORAL_ADDRESS: temporal.server.address,
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: 'token',
  });
  await worker.logged('polling');
  return worker;
}

async function control(path: string, body: unknown): Promise<void> {
  await fetch(`${simulator.url}/_simulator${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function callsOf(taskId: string, operation: string): Promise<unknown[]> {
  const calls = (await (await fetch(`${simulator.url}/_simulator/calls`)).json()) as Record<string, unknown>[];
  return calls.filter((call) => call.taskId === taskId && call.operation === operation);
}

async function started(script: object) {
  const ids = { orgId: 'org-1', taskId: randomUUID() };
  await control('/tasks', { ...ids, script });
  const start = () =>
    temporal.environment.client.workflow.start<typeof cancelTask>(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: workflowId(ids),
      args: [{ ...ids, poll: { min: '1s', max: '1s' } }],
    });
  return { ids, start };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate);
}

describe('a worker that is killed', () => {
  it('in the middle of a wait, and started again, still brings the verdict, with one cancel', async () => {
    const first = await runningWorker();
    const { ids, start } = await started({ settlesAfterMs: 6_000 });
    const handle = await start();
    await until(async () => (await callsOf(ids.taskId, 'getTask')).length >= 2);
    first.signal('SIGKILL');
    expect(await first.exitCode()).toBeNull();
    const second = await runningWorker();
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
    expect(await callsOf(ids.taskId, 'cancelTask')).toHaveLength(1);
    second.signal('SIGTERM');
    expect(await second.exitCode()).toBe(0);
  }, 180_000);

  it('while a cancel is in flight sends it again, and does not call the task settled beforehand', async () => {
    const first = await runningWorker();
    const { ids, start } = await started({ settlesAfterMs: 0 });
    await control('/faults', { operation: 'cancelTask', taskId: ids.taskId, times: 1, delayMs: 60_000 });
    const handle = await start();
    await until(async () => (await callsOf(ids.taskId, 'cancelTask')).length === 1);
    first.signal('SIGKILL');
    await first.exitCode();
    await runningWorker();
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'CANCELED', alreadySettled: false, cancelRequests: 1 });
    expect(result.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'troubleBegan', type: 'Timeout' })]),
    );
    expect(await callsOf(ids.taskId, 'cancelTask')).toHaveLength(2);
  }, 180_000);
});

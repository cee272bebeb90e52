import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { WORKFLOW_TYPE, workflowId } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import type { cancelTask } from '../../workflows';
import type { DevServerEnvironment } from '../environment/temporal';
import { devServerEnvironment } from '../environment/temporal';
import { WorkerProcess } from './workerProcess';

/** Each starts a process, on a machine that may have others to run. */
jest.setTimeout(90_000);

const TASKS = 15;
const SETTLES_AFTER_MS = 3_000;

const callsSchema = z.array(
  z.object({ at: z.string(), operation: z.string(), orgId: z.string().nullable(), taskId: z.string().nullable() }),
);

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

async function runningWorker(taskQueue: string, more: Record<string, string> = {}) {
  const worker = WorkerProcess.start({
    TEMPORAL_ADDRESS: temporal.server.address,
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: 'token',
    VMC_CANCEL_TASK_QUEUE: taskQueue,
    VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0',
    ...more,
  });
  const { health } = await worker.logged('polling');
  const metric = async (series: string): Promise<number> => {
    const text = await (await fetch(`http://${String(health)}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    if (line === undefined)
      throw new Error(`there is no ${series} in\n${text.match(/^.*vmc_.*$/gm)?.join('\n') ?? ''}`);
    return Number(line.split(' ')[1]);
  };
  return { worker, metric };
}

async function control(path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  await fetch(`${simulator.url}/_simulator${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function callsOf(orgId: string) {
  const calls = callsSchema.parse(await (await fetch(`${simulator.url}/_simulator/calls`)).json());
  return calls.filter((call) => call.orgId === orgId).map((call) => ({ ...call, atMs: Date.parse(call.at) }));
}

/** Cancels tasks of an organisation, all at once, and stays with each of them. */
async function cancelTogether(orgId: string, taskQueue: string, settlesAfterMs: number, count = TASKS) {
  const taskIds = Array.from({ length: count }, (_, n) => `${orgId}-task-${n}`);
  await Promise.all(taskIds.map((taskId) => control('/tasks', { orgId, taskId, script: { settlesAfterMs } })));
  const results = await Promise.all(
    taskIds.map((taskId) =>
      temporal.environment.client.workflow.execute<typeof cancelTask>(WORKFLOW_TYPE, {
        taskQueue,
        workflowId: workflowId({ orgId, taskId }),
        args: [{ orgId, taskId, poll: { min: '500ms', max: '500ms' } }],
      }),
    ),
  );
  return { taskIds, results };
}

describe('cancellations of one organisation', () => {
  it('share a few lists, and each reads its own end once; where the list is refused, all of them read individually', async () => {
    const { worker, metric } = await runningWorker('shared', { VMC_CANCEL_SHARED_READS_WITHIN: '500ms' });
    const { taskIds, results } = await cancelTogether('one', 'shared', SETTLES_AFTER_MS);
    expect(results.map(({ outcome }) => outcome)).toEqual(taskIds.map(() => 'CANCELED'));
    const calls = await callsOf('one');
    const ofOperation = (operation: string) => calls.filter((call) => call.operation === operation);
    for (const taskId of taskIds) {
      const acceptedAtMs = ofOperation('cancelTask').find((call) => call.taskId === taskId)?.atMs ?? NaN;
      const reads = ofOperation('getTask').filter((call) => call.taskId === taskId);
      expect(reads.filter(({ atMs }) => atMs >= acceptedAtMs + SETTLES_AFTER_MS)).toHaveLength(1);
    }
    const lists = ofOperation('listTasks');
    const polls = results.reduce((sum, result) => sum + result.polls, 0);
    const singles = ofOperation('getTask').length;
    expect(polls).toBeGreaterThan(1.5 * singles);
    // None is asked for a single read.
    expect(lists.length).toBeLessThanOrEqual(polls / 2);
    expect(await metric('vmc_cancel_shared_reads_total{answered_by="single"}')).toBe(singles);
    expect(await metric('vmc_cancel_shared_reads_total{answered_by="list"}')).toBe(polls - singles);
    expect(await metric('vmc_cancel_list_calls_total')).toBe(lists.length);
    expect(await metric('vmc_cancel_shared_reads_degraded{reason="refused"}')).toBe(0);

    await control('/faults', { operation: 'listTasks', times: 1_000, status: 400 });
    const other = await cancelTogether('other', 'shared', SETTLES_AFTER_MS);
    expect(other.results.map(({ outcome }) => outcome)).toEqual(other.taskIds.map(() => 'CANCELED'));
    expect((await callsOf('other')).filter(({ operation }) => operation === 'listTasks')).toHaveLength(1);
    expect(await worker.logged('individual for 30 s')).toMatchObject({ orgId: 'other', reason: 'refused' });
    expect(await metric('vmc_cancel_shared_reads_degraded{reason="refused"}')).toBe(1);
  });
});

it('a cap on the calls per second holds for all workers on the queue together', async () => {
  const cap = { VMC_CANCEL_MAX_CALLS_PER_SECOND: '5' };
  await Promise.all([runningWorker('capped', cap), runningWorker('capped', cap)]);
  await cancelTogether('capped', 'capped', 0, 40);
  const cancels = (await callsOf('capped')).filter(({ operation }) => operation === 'cancelTask');
  expect(cancels).toHaveLength(40);
  const spanMs = (cancels.at(-1)?.atMs ?? 0) - (cancels[0]?.atMs ?? 0);
  // At 5 a second 8 s, less the second's worth that the server lets go at first; with 5 for each of
  // the two it would be 4 s at the most.
  expect(spanMs).toBeGreaterThan(5_000);
});

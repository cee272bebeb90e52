import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CancellationClient } from '../../client';
import { ChildProcess } from '../stage/childProcess';
import { Stage } from '../stage/stage';

/** Each starts a process, on a machine that may have others to run. */
jest.setTimeout(90_000);

const TASKS = 15;
const SETTLES_AFTER_MS = 3_000;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
});
afterEach(() => ChildProcess.killAll());
afterAll(() => stage.end());

async function runningWorker(taskQueue: string, more: Record<string, string> = {}) {
  const worker = await stage.startWorker({
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

async function callsOf(orgId: string) {
  return (await stage.controls.calls({ orgId })).map((call) => ({ ...call, atMs: Date.parse(call.at) }));
}

/** Cancels tasks of an organization, all at once, and stays with each of them. */
async function cancelTogether(orgId: string, taskQueue: string, settlesAfterMs: number, count = TASKS) {
  const taskIds = Array.from({ length: count }, (_, n) => `${orgId}-task-${n}`);
  await Promise.all(taskIds.map((taskId) => stage.controls.addTask({ orgId, taskId, script: { settlesAfterMs } })));
  const { address } = stage.server;
  const client = await CancellationClient.connect({ address, taskQueue, env: {} });
  const results = await Promise.all(
    taskIds.map(async (taskId) => {
      await client.start({ orgId, taskId, poll: { min: '500ms', max: '500ms' } });
      return await client.result({ orgId, taskId });
    }),
  );
  await client.close();
  return { taskIds, results };
}

describe('cancellations of one organization', () => {
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

    await stage.controls.addFault({ operation: 'listTasks', times: 1_000, status: 400 });
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

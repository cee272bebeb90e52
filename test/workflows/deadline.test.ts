import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { World } from './world';
import { createWorld } from './world';
import { until } from '../stage/until';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

const MINUTE_MS = 60_000;

describe('at the deadline', () => {
  it('one last read may still bring the verdict', async () => {
    const ids = await world.addTask({ settlesAfterMs: 9.5 * MINUTE_MS });
    const result = await world.run(ids, { deadline: '10m', poll: { min: '8m', max: '9m', ratio: 2 } });
    expect(result).toMatchObject({ outcome: 'CANCELED', polls: 2 });
    expect(Date.parse(result.observedAt) - Date.parse(result.startedAt)).toBeGreaterThanOrEqual(10 * MINUTE_MS);
  });

  it('an API that never answered is DEADLINE_EXCEEDED with no task, and every attempt counts nothing', async () => {
    const ids = await world.addTask();
    await world.addFault({ taskId: ids.taskId, times: 10_000, status: 503, body: '' });
    const result = await world.run(ids, { deadline: '2h' });
    expect(result).toMatchObject({
      outcome: 'DEADLINE_EXCEEDED',
      task: null,
      cancelRequests: 0,
      polls: 0,
      acceptedAt: null,
    });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(20);
    expect((await world.callsOf(ids, 'getTask')).length).toBeLessThanOrEqual(110);
  });

  it('the last read is made although no cancel was ever answered, and a terminal answer is the verdict', async () => {
    const ids = await world.addTask({ endsAs: 'FINISHED', endsAfterMs: MINUTE_MS });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1_000, status: 503, body: '' });
    expect(await world.run(ids, { deadline: '10m' })).toMatchObject({
      outcome: 'FINISHED',
      alreadySettled: false,
      cancelRequests: 0,
      polls: 1,
    });
  });

  it('a cancel in flight is awaited, and its answer counts', async () => {
    const ids = await world.addTask({ settlesAfterMs: 0 });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, delayMs: 2_500 });
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 5, status: 503, body: '' });
    expect(await world.run(ids, { deadline: '1s' })).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
  });

  it('a cancel in flight that ended the task is not called too late: the last read may tell of the end first', async () => {
    const ids = await world.addTask({ settlesAfterMs: 0 });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, delayMs: 2_500 });
    expect(await world.run(ids, { deadline: '1s' })).toMatchObject({
      outcome: 'CANCELED',
      alreadySettled: false,
      cancelRequests: 1,
      polls: 1,
    });
  });

  it('one that was extended, and passed again while a cancel was in flight, gets a last read of its own', async () => {
    const ids = await world.addTask({ settlesAfterMs: 4_000 });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, delayMs: 9_000 });
    const handle = await world.start(ids, { deadline: '1s' });
    await until(async () => (await world.callsOf(ids, 'getTask')).length > 0);
    await handle.executeUpdate<unknown, [object]>('extendDeadline', { args: [{ by: '5s' }] });
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED', polls: 2 });
  });

  it('a slow read on the way is counted too, and who asked for it is answered', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    const handle = await world.start(ids, { deadline: '1m', poll: { min: '20m', max: '20m' } });
    await world.environment.sleep('57s');
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 1, delayMs: 5_000 });
    const polled = handle.executeUpdate<{ polls: number }, []>('pollNow');
    // Awaiting the result skips time: not before the read is under way.
    await until(async () => (await world.callsOf(ids, 'getTask')).length > 0);
    const result = await handle.result();
    expect((await polled).polls).toBeGreaterThan(0);
    expect(result).toMatchObject({ outcome: 'DEADLINE_EXCEEDED', polls: 2 });
    expect(await world.callsOf(ids, 'getTask')).toHaveLength(2);
  });

  it('a last read that hangs ends the run within 15 s all the same', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 5, delayMs: 60_000 });
    const result = await world.run(ids, { deadline: '10m', poll: { min: '20m', max: '20m' } });
    expect(result).toMatchObject({ outcome: 'DEADLINE_EXCEEDED', polls: 0 });
    expect(Date.parse(result.observedAt) - Date.parse(result.startedAt)).toBeLessThanOrEqual(10 * MINUTE_MS + 15_000);
  });

  it('a run that no worker took up before it sends no cancel any more', async () => {
    const ids = await world.addTask();
    const handle = await world.environment.client.workflow.start('cancelTask', {
      taskQueue: 'late-queue',
      workflowId: `late-${ids.taskId}`,
      args: [{ ...ids, deadline: '1s' }],
    });
    // Time is not skipped while a workflow task waits for a worker.
    const { startTime } = await handle.describe();
    await until(async () => (await world.nowMs()) >= startTime.getTime() + 1_500);
    const late = await world.lateWorker('late-queue');
    try {
      expect(await handle.result()).toMatchObject({
        outcome: 'DEADLINE_EXCEEDED',
        cancelRequests: 0,
        polls: 1,
        task: { status: 'STARTED' },
      });
      expect(await world.callsOf(ids, 'cancelTask')).toEqual([]);
    } finally {
      await late();
    }
  });
});

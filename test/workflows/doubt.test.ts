import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CancelTaskProgress } from '../../domain/contract/result';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../domain/contract/names';
import type { cancelTask } from '../../workflows';
import { progressQuery } from '../../workflows/contract';
import type { NewFault } from '../../development/simulatorControls';
import type { Handle, Ids, World } from './world';
import { createWorld, errorResponse } from './world';
import { until } from '../stage/until';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

function update(handle: Handle, name: string): Promise<CancelTaskProgress> {
  return handle.executeUpdate<CancelTaskProgress, []>(name);
}

function toCancel(ids: Ids, fault: Partial<NewFault>): Promise<void> {
  return world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, ...fault });
}

function toRead(ids: Ids, fault: Partial<NewFault>): Promise<void> {
  return world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 1, ...fault });
}

const NO_SUCH_TASK = { status: 404, body: errorResponse(404, false) };
const REFUSED = { status: 400, body: errorResponse(400, false) };

function shown(ids: Ids, status: string): Partial<NewFault> {
  return { status: 200, body: { id: ids.taskId, status } };
}

describe('a task that seems to be gone', () => {
  it.each<[string, Partial<NewFault>]>([
    ['503', { status: 503, body: '' }],
    ['429', { status: 429, body: '' }],
    ['connection that is cut', { drop: true }],
    ['404 that no API wrote', { status: 404, body: '<html>' }],
  ])('has not vanished when five answers of "no such task" are followed, a minute later, by a %s', async (_, last) => {
    const ids = await world.addTask({ settlesAfterMs: 10 * MINUTE_MS });
    const handle = await world.start(ids, { poll: { min: '2m', max: '2m' } });
    await world.environment.sleep('5s');
    await toRead(ids, { times: 5, ...NO_SUCH_TASK });
    for (let n = 0; n < 5; n += 1) await update(handle, 'pollNow');
    // Until the minute is over, the schedule reads three times more.
    await toRead(ids, { times: 3, ...NO_SUCH_TASK });
    await toRead(ids, { times: 8, ...last });
    await world.environment.sleep('55s');
    expect(await handle.query(progressQuery)).toMatchObject({ phase: 'MONITORING', trouble: { failures: 8 } });
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED' });
  });
});

describe('a refusal', () => {
  it('after a cancel that was heard, and whose answer was lost, is no NOT_CANCELABLE', async () => {
    const ids = await world.addTask({ endsAfterMs: HOUR_MS });
    await toCancel(ids, { status: 503, body: '<html>gateway</html>' });
    await toCancel(ids, REFUSED);
    await toRead(ids, { times: 2, ...shown(ids, 'STARTED') });
    await toRead(ids, shown(ids, 'CANCELING'));
    await toRead(ids, shown(ids, 'CANCELED'));
    const result = await world.run(ids);
    expect(result).toMatchObject({ outcome: 'CANCELED', alreadySettled: false, cancelRequests: 1, polls: 4 });
  });

  it('after such a cancel is NOT_CANCELABLE within two minutes for a task that goes on', async () => {
    const ids = await world.addTask({ onCancel: 'decline' });
    await toCancel(ids, { drop: true });
    const result = await world.run(ids);
    expect(result).toMatchObject({ outcome: 'NOT_CANCELABLE', cancelRequests: 1, task: { status: 'STARTED' } });
    const declinedAt = result.timeline.find(({ event }) => event === 'declined')?.at ?? '';
    const doubtMs = Date.parse(result.observedAt) - Date.parse(declinedAt);
    expect(doubtMs).toBeGreaterThan(90_000);
    expect(doubtMs).toBeLessThanOrEqual(120_000);
    expect(result.polls).toBeLessThanOrEqual(8);
  });

  it('whose read is slow does not count beside a cancel that an operator has sent meanwhile', async () => {
    const ids = await world.addTask({ settlesAfterMs: 5 * MINUTE_MS });
    await toCancel(ids, REFUSED);
    await toRead(ids, { delayMs: 1_500, ...shown(ids, 'STARTED') });
    const handle = await world.start(ids);
    // Once the refusal is known, the read is on its way.
    await until(async () => (await handle.query(progressQuery)).declined !== null);
    expect(await update(handle, 'reissueCancel')).toMatchObject({
      phase: 'MONITORING',
      acceptedAt: expect.any(String),
    });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'CANCELED', cancelRequests: 2 });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(2);
  });
});

describe('an id that is a UUID', () => {
  it.each(['as the task', 'as the organization'])('is one id in either case (%s)', async (which) => {
    const orgId = randomUUID();
    const ids = await world.addTask({ settlesAfterMs: 5 * MINUTE_MS }, orgId);
    const given =
      which === 'as the task'
        ? { orgId, taskId: ids.taskId.toUpperCase() }
        : { orgId: orgId.toUpperCase(), taskId: ids.taskId };
    const handle = await world.environment.client.workflow.start<typeof cancelTask>(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: randomUUID(),
      args: [given],
    });
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1, ...ids });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
  });

  it('is answered for in either case', async () => {
    const ids = await world.addTask({ endsAfterMs: HOUR_MS });
    const loud = { ...ids, taskId: ids.taskId.toUpperCase() };
    await toCancel(ids, shown(loud, 'CANCELING'));
    await toRead(ids, shown(loud, 'CANCELED'));
    expect(await world.run(ids)).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1, polls: 1 });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
  });
});

describe('a 2xx to the cancel that cannot be read as this task', () => {
  const unreadable: [string, (ids: Ids) => Partial<NewFault>][] = [
    ['an empty 200', () => ({ status: 200, body: '' })],
    ['a 204', () => ({ status: 204, body: '' })],
    ['a page', () => ({ status: 200, body: '<html>ok</html>' })],
    ['another task', () => ({ status: 200, body: { id: randomUUID(), status: 'CANCELED' } })],
    ['a list', (ids) => ({ status: 202, body: [{ id: ids.taskId, status: 'CANCELED' }] })],
  ];

  it.each(unreadable)(
    '(%s) makes the task be read, and is not repeated for a task that was heard to go',
    async (_, fault) => {
      const ids = await world.addTask({ endsAfterMs: HOUR_MS });
      await toCancel(ids, fault(ids));
      await toRead(ids, { times: 2, ...shown(ids, 'CANCELING') });
      await toRead(ids, shown(ids, 'CANCELED'));
      expect(await world.run(ids)).toMatchObject({
        outcome: 'CANCELED',
        alreadySettled: false,
        acceptedAt: null,
        cancelRequests: 0,
        polls: 3,
      });
      expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
    },
  );

  it.each(unreadable)('(%s) never makes more cancels than maxCancelRequests', async (_, fault) => {
    const ids = await world.addTask({ endsAs: 'FINISHED', endsAfterMs: 5 * HOUR_MS });
    await toCancel(ids, { ...fault(ids), times: 1_000 });
    expect(await world.run(ids, { maxCancelRequests: 3 })).toMatchObject({ outcome: 'FINISHED' });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(3);
  });

  it('is followed by no other cancel before the task was seen, however long no read succeeds', async () => {
    const ids = await world.addTask({ endsAs: 'FINISHED', endsAfterMs: 5 * HOUR_MS });
    await toCancel(ids, { status: 204, body: '' });
    await toRead(ids, { times: 40, status: 503, body: '' });
    const handle = await world.start(ids);
    await world.environment.sleep('25m');
    expect(await handle.query(progressQuery)).toMatchObject({ phase: 'REQUESTING', trouble: { type: 'Unavailable' } });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
    await handle.result();
  });
});

describe('a cancel that may have been heard each time', () => {
  it('is sent twenty times; then the task is only read, until that succeeds', async () => {
    const ids = await world.addTask({ settlesAfterMs: MINUTE_MS });
    await toCancel(ids, { times: 1_000, status: 503, body: '' });
    await toRead(ids, { times: 120, status: 503, body: '' });
    const handle = await world.start(ids);
    await world.environment.sleep('100m');
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(20);
    expect((await world.callsOf(ids, 'getTask')).length).toBeGreaterThan(60);
    await world.environment.sleep('1h');
    const cancels = await world.callsOf(ids, 'cancelTask');
    expect(cancels.length).toBeGreaterThan(20);
    await handle.cancel();
    expect(await handle.result()).toMatchObject({ outcome: 'ABANDONED', task: { status: 'STARTED' } });
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelTaskResultSchema } from '../../domain/contract/result';
import type { World } from './world';
import { createWorld, errorResponse } from './world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

const MINUTE_MS = 60_000;

describe('a cancellation ends', () => {
  it('as CANCELED when the API says so, with one cancel and few reads', async () => {
    const ids = await world.addTask({ onCancel: 'accept', settlesAfterMs: 10 * MINUTE_MS });
    const result = await world.run(ids, { reason: 'wrong size', requestedBy: 'ann' });
    expect(cancelTaskResultSchema.parse(result)).toMatchObject({
      outcome: 'CANCELED',
      alreadySettled: false,
      ...ids,
      reason: 'wrong size',
      requestedBy: 'ann',
      cancelRequests: 1,
      declined: null,
      task: { id: ids.taskId, status: 'CANCELED' },
    });
    const reads = await world.callsOf(ids, 'getTask');
    expect(result.polls).toBe(reads.length);
    expect(reads.length).toBeLessThan(25);
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
    expect(result.timeline.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['requested', 'accepted', 'statusChanged', 'settled']),
    );
    expect(Date.parse(result.observedAt)).toBeGreaterThan(Date.parse(result.acceptedAt ?? ''));
  });

  it.each(['FINISHED', 'FAILED'])('as %s when the task ends so in spite of an accepted cancel', async (settlesAs) => {
    const ids = await world.addTask({ settlesAs, settlesAfterMs: MINUTE_MS });
    expect(await world.run(ids)).toMatchObject({
      outcome: settlesAs,
      alreadySettled: false,
      task: { status: settlesAs },
    });
  });

  it('as FINISHED, already settled, when the task was over before the cancel', async () => {
    const ids = await world.addTask({ endsAs: 'FINISHED', endsAfterMs: 0 });
    const result = await world.run(ids);
    expect(result).toMatchObject({
      outcome: 'FINISHED',
      alreadySettled: true,
      acceptedAt: null,
      cancelRequests: 1,
      polls: 1,
    });
    expect(result.declined).toMatchObject({ httpStatus: 400 });
  });

  it('as what the first accepted answer says, if that is terminal', async () => {
    const ids = await world.addTask();
    await world.addFault({
      operation: 'cancelTask',
      taskId: ids.taskId,
      times: 1,
      status: 200,
      body: { id: ids.taskId, status: 'CANCELED' },
    });
    expect(await world.run(ids)).toMatchObject({
      outcome: 'CANCELED',
      alreadySettled: true,
      polls: 0,
      cancelRequests: 1,
    });
  });

  it('as NOT_CANCELABLE at once when the API declines and the task goes on', async () => {
    const ids = await world.addTask({ onCancel: 'decline' });
    const result = await world.run(ids);
    expect(result).toMatchObject({
      outcome: 'NOT_CANCELABLE',
      cancelRequests: 1,
      polls: 1,
      task: { status: 'STARTED' },
    });
    expect(result.declined).toMatchObject({ httpStatus: 400 });
    expect(Date.parse(result.observedAt) - Date.parse(result.startedAt)).toBeLessThan(5_000);
  });

  it('as DEADLINE_EXCEEDED, with the last sight of the task, when the API has not said how it ended by then', async () => {
    const ids = await world.addTask({ settlesAfterMs: 48 * 60 * MINUTE_MS });
    const result = await world.run(ids, { deadline: '30m' });
    expect(result).toMatchObject({ outcome: 'DEADLINE_EXCEEDED', task: { status: 'CANCELING' } });
    const late = Date.parse(result.observedAt) - Date.parse(result.startedAt) - 30 * MINUTE_MS;
    expect(late).toBeGreaterThanOrEqual(0);
    expect(late).toBeLessThan(15_000);
  });

  it('as ABANDONED when the Temporal workflow is cancelled, and the task keeps its cancel', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    const handle = await world.start(ids);
    await world.environment.sleep('5m');
    await handle.cancel();
    expect(await handle.result()).toMatchObject({
      outcome: 'ABANDONED',
      cancelRequests: 1,
      task: { status: 'CANCELING' },
    });
  });
});

describe('a status read', () => {
  it('costs one timer and one activity in the history, eleven events in all', async () => {
    const ids = await world.addTask({ settlesAfterMs: 10 * MINUTE_MS });
    const handle = await world.start(ids);
    const { polls } = await handle.result();
    const { events } = await handle.fetchHistory();
    const timers = events?.filter((event) => event.timerStartedEventAttributes);
    expect(timers).toHaveLength(polls);
    expect(events?.length).toBeLessThan(11 * polls + 20);
  });
});

describe('the policy for a declined cancel', () => {
  it('monitor watches the task to its own end, without another cancel', async () => {
    const ids = await world.addTask({ onCancel: 'decline', endsAs: 'FINISHED', endsAfterMs: 60 * MINUTE_MS });
    const result = await world.run(ids, { onDeclined: 'monitor' });
    expect(result).toMatchObject({ outcome: 'FINISHED', alreadySettled: false, acceptedAt: null, cancelRequests: 1 });
  });

  it('retry asks again as the task moves on, until the API accepts', async () => {
    const ids = await world.addTask({ cancelableAfterMs: 20 * MINUTE_MS, settlesAfterMs: MINUTE_MS });
    const result = await world.run(ids, { onDeclined: 'retry' });
    expect(result.outcome).toBe('CANCELED');
    expect(result.acceptedAt).not.toBeNull();
    const cancels = await world.callsOf(ids, 'cancelTask');
    expect(cancels.length).toBe(result.cancelRequests);
    expect(cancels.length).toBeGreaterThan(1);
    expect(cancels.length).toBeLessThanOrEqual(5);
    const gaps = cancels.slice(1).map((call, n) => Date.parse(call.at) - Date.parse(cancels[n]?.at ?? ''));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(10_000);
  });

  it('return speaks only of the first answer: a task that is CANCELING for somebody else is watched', async () => {
    const ids = await world.addTask({ settlesAfterMs: 5 * MINUTE_MS });
    const first = await world.start(ids, { deadline: '1s' });
    expect(await first.result()).toMatchObject({ outcome: 'DEADLINE_EXCEEDED' });
    await world.addFault({
      operation: 'cancelTask',
      taskId: ids.taskId,
      times: 1,
      status: 409,
      body: errorResponse(409, false),
    });
    expect(await world.run(ids)).toMatchObject({
      outcome: 'CANCELED',
      acceptedAt: null,
      declined: { httpStatus: 409 },
    });
  });
});

describe('a task that ignores an accepted cancel', () => {
  it('gets it again every ten minutes or as its phase changes, maxCancelRequests times at the most', async () => {
    const ids = await world.addTask({ onCancel: 'ignore', endsAs: 'FINISHED', endsAfterMs: 180 * MINUTE_MS });
    const result = await world.run(ids, { maxCancelRequests: 3 });
    expect(result).toMatchObject({ outcome: 'FINISHED', cancelRequests: 3 });
    expect(result.timeline.filter(({ event }) => event === 'cancelReissued')).toHaveLength(2);
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(3);
  });
});

describe('a status that nobody documented', () => {
  it('is no verdict: it is shown, and polled on', async () => {
    const ids = await world.addTask({ settlesAfterMs: 30 * MINUTE_MS });
    const handle = await world.start(ids);
    await world.environment.sleep('1m');
    await world.addFault({
      operation: 'getTask',
      taskId: ids.taskId,
      times: 3,
      status: 200,
      body: { id: ids.taskId, status: 'PAUSED' },
    });
    const result = await handle.result();
    expect(result.outcome).toBe('CANCELED');
    expect(result.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'statusChanged', from: 'CANCELING', to: 'PAUSED' })]),
    );
  });
});

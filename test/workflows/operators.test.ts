import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cancelTaskProgressSchema } from '../../domain/contract/result';
import type { CancelTaskProgress } from '../../domain/contract/result';
import { progressQuery } from '../../workflows/contract';
import type { Handle, World } from './world';
import { createWorld, errorResponse } from './world';
import { until } from '../stage/until';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

const MINUTE_MS = 60_000;

function update(handle: Handle, name: string, argument?: unknown): Promise<CancelTaskProgress> {
  return handle.executeUpdate<CancelTaskProgress, [unknown]>(name, { args: [argument] });
}

async function watched(script: Record<string, unknown> = { settlesAfterMs: 120 * MINUTE_MS }, input = {}) {
  const ids = await world.addTask(script);
  const handle = await world.start(ids, input);
  await world.environment.sleep('90s');
  return { ids, handle };
}

/** A run whose first cancel was answered with a long Retry-After, and waits to be sent again. */
async function heldBack(): Promise<Handle> {
  const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
  await world.addFault({
    operation: 'cancelTask',
    taskId: ids.taskId,
    times: 1,
    status: 429,
    headers: { 'retry-after': '800' },
    body: '',
  });
  const handle = await world.start(ids);
  await world.environment.sleep('10s');
  return handle;
}

async function rejection(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
  }
  throw new Error('the update was not rejected');
}

describe('the progress', () => {
  it('has every field of the contract, and tells phase, deadline and next read', async () => {
    const { ids, handle } = await watched();
    const progress = cancelTaskProgressSchema.parse(await handle.query(progressQuery));
    expect(progress).toMatchObject({
      phase: 'MONITORING',
      ...ids,
      cancelRequests: 1,
      trouble: null,
      task: { status: 'CANCELING' },
    });
    expect(Date.parse(progress.nextPollAt ?? '')).toBeGreaterThan(Date.parse(progress.observedAt ?? ''));
    expect(Date.parse(progress.deadlineAt) - Date.parse(progress.startedAt)).toBe(24 * 60 * MINUTE_MS);
    await handle.cancel();
    await handle.result();
    expect(cancelTaskProgressSchema.parse(await handle.query(progressQuery))).toMatchObject({
      phase: 'SETTLED',
      nextPollAt: null,
    });
  });
});

describe('pollNow', () => {
  it('reads at once, and the schedule goes on from there', async () => {
    const { ids, handle } = await watched();
    const before = await handle.query(progressQuery);
    const progress = await update(handle, 'pollNow', { requestedBy: 'ann' });
    expect(progress.polls).toBe(before.polls + 1);
    expect(progress.timeline.at(-1)).toMatchObject({ event: 'polledNow', requestedBy: 'ann' });
    expect(Date.parse(progress.nextPollAt ?? '')).toBeGreaterThan(Date.parse(progress.observedAt ?? ''));
    expect(await world.callsOf(ids, 'getTask')).toHaveLength(progress.polls);
    await handle.cancel();
  });

  it('asked for twice at once shares one read', async () => {
    const { handle } = await watched();
    const before = await handle.query(progressQuery);
    const answers = await Promise.all([update(handle, 'pollNow'), update(handle, 'pollNow')]);
    expect(answers.map(({ polls }) => polls)).toEqual([before.polls + 1, before.polls + 1]);
    await handle.cancel();
  });

  it('goes out at once even against a Retry-After, and does not fail when the API does', async () => {
    const { ids, handle } = await watched();
    await world.addFault({
      operation: 'getTask',
      taskId: ids.taskId,
      times: 2,
      status: 429,
      headers: { 'retry-after': '600' },
      body: '',
    });
    expect(await update(handle, 'pollNow')).toMatchObject({ trouble: { type: 'RateLimited', failures: 1 } });
    expect(await update(handle, 'pollNow')).toMatchObject({ trouble: { type: 'RateLimited', failures: 2 } });
    const progress = await update(handle, 'pollNow');
    expect(progress.trouble).toBeNull();
    await handle.cancel();
  });

  it('gives the verdict when the read does', async () => {
    const { ids, handle } = await watched({ settlesAfterMs: 95_000 }, { poll: { min: '10m', max: '10m' } });
    await world.environment.sleep('10s');
    expect(await update(handle, 'pollNow')).toMatchObject({ phase: 'SETTLED', task: { status: 'CANCELED' } });
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED', polls: 1 });
    expect(await world.callsOf(ids, 'getTask')).toHaveLength(1);
  });

  it('brings the first cancel forward while that waits to be sent again', async () => {
    const handle = await heldBack();
    expect(await handle.query(progressQuery)).toMatchObject({ phase: 'REQUESTING', trouble: { type: 'RateLimited' } });
    expect(await update(handle, 'pollNow')).toMatchObject({ phase: 'MONITORING', cancelRequests: 1, trouble: null });
    await handle.cancel();
  });
});

describe('reissueCancel', () => {
  it('sends one cancel now, on top of maxCancelRequests', async () => {
    const { ids, handle } = await watched({ onCancel: 'ignore' }, { maxCancelRequests: 1 });
    expect(await update(handle, 'reissueCancel', { requestedBy: 'ann' })).toMatchObject({ cancelRequests: 2 });
    expect(await update(handle, 'reissueCancel')).toMatchObject({ cancelRequests: 3 });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(3);
    const { timeline } = await handle.query(progressQuery);
    expect(timeline).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'cancelReissued', by: 'operator', requestedBy: 'ann' }),
      ]),
    );
    await handle.cancel();
  });

  it('asked for twice at once sends two: each is a decision', async () => {
    const { ids, handle } = await watched({ onCancel: 'ignore' });
    await Promise.all([update(handle, 'reissueCancel'), update(handle, 'reissueCancel')]);
    expect(await handle.query(progressQuery)).toMatchObject({ cancelRequests: 3 });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(3);
    await handle.cancel();
  });

  it('brings the first cancel forward while that waits to be sent again, and keeps who asked', async () => {
    const handle = await heldBack();
    const progress = await update(handle, 'reissueCancel', { requestedBy: 'ann' });
    expect(progress).toMatchObject({ phase: 'MONITORING', cancelRequests: 1 });
    expect(progress.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'cancelReissued', requestedBy: 'ann' })]),
    );
    await handle.cancel();
  });

  it('does not fail when the API does, and shows the trouble', async () => {
    const { ids, handle } = await watched();
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, status: 403, body: '' });
    expect(await update(handle, 'reissueCancel')).toMatchObject({
      phase: 'MONITORING',
      cancelRequests: 1,
      trouble: { type: 'Forbidden' },
    });
    await handle.cancel();
  });

  it('records a refusal and goes on watching', async () => {
    const { ids, handle } = await watched();
    await world.addFault({
      operation: 'cancelTask',
      taskId: ids.taskId,
      times: 1,
      status: 400,
      body: errorResponse(400, false),
    });
    expect(await update(handle, 'reissueCancel')).toMatchObject({
      phase: 'MONITORING',
      cancelRequests: 2,
      declined: { httpStatus: 400, errorCode: 'simulated.code', messages: ['simulated message'] },
    });
    await handle.cancel();
  });
});

describe('extendDeadline', () => {
  it('moves the deadline by a duration, or to an instant, and the run lives until then', async () => {
    const { handle } = await watched({ settlesAfterMs: 600 * MINUTE_MS }, { deadline: '10m' });
    const { startedAt } = await handle.query(progressQuery);
    const at = (minutes: number) => new Date(Date.parse(startedAt) + minutes * MINUTE_MS).toISOString();
    expect(await update(handle, 'extendDeadline', { by: '10m', requestedBy: 'ann' })).toMatchObject({
      deadlineAt: at(20),
    });
    expect(await update(handle, 'extendDeadline', { until: at(30) })).toMatchObject({ deadlineAt: at(30) });
    const result = await handle.result();
    expect(result.outcome).toBe('DEADLINE_EXCEEDED');
    expect(Date.parse(result.observedAt)).toBeGreaterThanOrEqual(Date.parse(at(30)));
    expect(result.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'deadlineExtended', requestedBy: 'ann' })]),
    );
  });

  it.each([
    [{ by: '31d' }],
    [{ until: '2020-01-01T00:00:00Z' }],
    [{ by: '1h', until: '2040-01-01T00:00:00Z' }],
    [{}],
    [undefined],
    [{ by: 'x' }],
  ])('is rejected with %j, and changes nothing', async (argument) => {
    const { handle } = await watched();
    const { deadlineAt } = await handle.query(progressQuery);
    expect(await rejection(update(handle, 'extendDeadline', argument))).toMatch(/by|until|input/);
    expect(await handle.query(progressQuery)).toMatchObject({ deadlineAt });
    await handle.cancel();
  });

  it('accepted while the last read is under way counts', async () => {
    const ids = await world.addTask({ settlesAfterMs: 20 * MINUTE_MS });
    const handle = await world.start(ids, { deadline: '10m', poll: { min: '8m', max: '9m' } });
    await world.environment.sleep('9m');
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 2, delayMs: 1_500 });
    const sleeping = world.environment.sleep('65s');
    await reads(ids, 2);
    await update(handle, 'extendDeadline', { by: '1h' });
    await sleeping;
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED' });
  });
});

/** Until so many reads have arrived at the API, answered or not. */
async function reads(ids: { orgId: string; taskId: string }, count: number): Promise<void> {
  await until(async () => (await world.callsOf(ids, 'getTask')).length >= count);
}

describe('stopMonitoring', () => {
  it('ends the run as ABANDONED and is answered with SETTLED', async () => {
    const { handle } = await watched();
    expect(await update(handle, 'stopMonitoring', { reason: 'enough', requestedBy: 'ann' })).toMatchObject({
      phase: 'SETTLED',
    });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'ABANDONED', cancelRequests: 1, alreadySettled: false });
    expect(result.timeline).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'monitoringStopped', reason: 'enough', requestedBy: 'ann' }),
      ]),
    );
  });

  it('awaits a cancel in flight, and its answer is in the result', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, delayMs: 1_500 });
    const handle = await world.start(ids);
    await until(async () => (await world.callsOf(ids, 'cancelTask')).length > 0);
    expect(await update(handle, 'stopMonitoring')).toMatchObject({ phase: 'SETTLED', cancelRequests: 1 });
    expect(await handle.result()).toMatchObject({
      outcome: 'ABANDONED',
      cancelRequests: 1,
      task: { status: 'CANCELING' },
    });
  });
});

describe('every update', () => {
  it.each([
    ['pollNow', { force: true }],
    ['reissueCancel', 'now'],
    ['stopMonitoring', { reason: 'x'.repeat(501) }],
    ['pollNow', { requestedBy: 'x'.repeat(201) }],
  ])('%s with %j is rejected before it does anything', async (name, argument) => {
    const { handle } = await watched();
    const before = await handle.query(progressQuery);
    await rejection(update(handle, name, argument));
    expect(await handle.query(progressQuery)).toEqual(before);
    await handle.cancel();
  });

  it('that is accepted together with the end is answered by the run, with SETTLED', async () => {
    const { handle } = await watched();
    const answers = await Promise.all([
      update(handle, 'stopMonitoring'),
      update(handle, 'pollNow'),
      update(handle, 'reissueCancel'),
      update(handle, 'extendDeadline', { by: '1h' }),
      update(handle, 'stopMonitoring'),
    ]);
    expect(answers.filter(({ phase }) => phase === 'SETTLED').length).toBeGreaterThanOrEqual(2);
    expect(await handle.result()).toMatchObject({ outcome: 'ABANDONED' });
  });
});

describe('cancelling the Temporal workflow', () => {
  it('leaves no update without its answer', async () => {
    const { ids, handle } = await watched();
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 1, delayMs: 1_000 });
    const before = (await world.callsOf(ids, 'getTask')).length;
    const polled = update(handle, 'pollNow');
    await until(async () => (await world.callsOf(ids, 'getTask')).length !== before);
    await handle.cancel();
    const stopped = update(handle, 'stopMonitoring').catch((error: unknown) => error);
    expect((await polled).phase).not.toBe('REQUESTING');
    const { outcome, polls } = await handle.result();
    expect(outcome).toBe('ABANDONED');
    expect(polls).toBe((await world.callsOf(ids, 'getTask')).length);
    // Accepted, it is answered with the end; too late, it is told so.
    const answer = await stopped;
    if (answer instanceof Error) expect(answer.message).toMatch(/completed/);
    else expect(answer).toMatchObject({ phase: 'SETTLED' });
  });

  it('before the first cancel was sent ends it as ABANDONED without one', async () => {
    const other = await world.environment.client.workflow.start('cancelTask', {
      taskQueue: 'nobody-polls-this-yet',
      workflowId: `early-${Date.now()}`,
      args: [await world.addTask()],
    });
    await other.cancel();
    const late = await world.lateWorker('nobody-polls-this-yet');
    try {
      expect(await other.result()).toMatchObject({
        outcome: 'ABANDONED',
        cancelRequests: 0,
        task: null,
        acceptedAt: null,
      });
    } finally {
      await late();
    }
  });
});

import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import type { CancelTaskProgress } from '../../domain/contract/result';
import type { Handle, World } from './world';
import { createWorld, errorResponse } from './world';
import { until } from '../stage/until';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

const MINUTE_MS = 60_000;

interface Scheduled {
  type: string;
  input: unknown;
  priorityKey: number;
  fairnessKey: string;
}

/** What a run has asked of its workers, in order. */
async function scheduled(handle: Handle): Promise<Scheduled[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: attributes }) => {
    const payload = attributes?.input?.payloads?.[0];
    if (!attributes || !payload) return [];
    return {
      type: attributes.activityType?.name ?? '',
      input: defaultPayloadConverter.fromPayload(payload),
      priorityKey: attributes.priority?.priorityKey ?? 0,
      fairnessKey: attributes.priority?.fairnessKey ?? '',
    };
  });
}

function pollNow(handle: Handle): Promise<CancelTaskProgress> {
  return handle.executeUpdate<CancelTaskProgress, []>('pollNow');
}

describe('a status read', () => {
  it('of the schedule may be held by the worker for an eighth of its wait; cancels go before it', async () => {
    const ids = await world.addTask({ settlesAfterMs: MINUTE_MS });
    const handle = await world.start(ids, { poll: { min: '20s', max: '20s' } });
    await handle.result();
    const [cancel, ...reads] = await scheduled(handle);
    expect(cancel).toEqual({ type: 'requestCancel', input: ids, priorityKey: 1, fairnessKey: ids.orgId });
    expect(reads.length).toBeGreaterThan(1);
    for (const read of reads)
      expect(read).toEqual({
        type: 'getTaskStatus',
        input: { ...ids, holdMs: expect.any(Number) },
        priorityKey: 3,
        fairnessKey: ids.orgId,
      });
    const holdMs = (read: Scheduled | undefined) => z.object({ holdMs: z.number() }).parse(read?.input).holdMs;
    for (const read of reads) {
      expect(holdMs(read)).toBeGreaterThanOrEqual(20_000 / 8);
      // The server fires timers up to a second late.
      expect(holdMs(read)).toBeLessThan(21_000 / 8);
    }
  });

  it('goes out alone, and before those of the schedule, for an operator and at the deadline', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    const handle = await world.start(ids, { deadline: '9s' });
    await world.environment.sleep('3s');
    await pollNow(handle);
    await handle.result();
    const [, ...reads] = await scheduled(handle);
    expect(reads).toHaveLength(2);
    for (const read of reads) expect(read).toMatchObject({ input: { ...ids, alone: true }, priorityKey: 2 });
  });

  it('goes out alone until the task was seen', async () => {
    const ids = await world.addTask({ onCancel: 'decline' });
    const { taskId } = ids;
    await world.addFault({ operation: 'getTask', taskId, times: 1, status: 404, body: errorResponse(404, false) });
    const handle = await world.start(ids);
    expect(await handle.result()).toMatchObject({ outcome: 'NOT_CANCELABLE' });
    const [, ...reads] = await scheduled(handle);
    expect(reads.map(({ input }) => input)).toEqual([
      { ...ids, alone: true },
      { ...ids, alone: true },
    ]);
  });

  it('of an operator does not wait for one of the schedule, which the worker may hold', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60 * MINUTE_MS });
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 1, delayMs: 2_000 });
    const handle = await world.start(ids, { poll: { max: '10s' } });
    const slept = world.environment.sleep('11s');
    await until(async () => (await world.callsOf(ids, 'getTask')).length > 0);
    expect(await pollNow(handle)).toMatchObject({ polls: 1 });
    expect((await world.callsOf(ids, 'getTask')).map(({ status }) => status)).toEqual([null, 200]);
    await slept;
    await handle.cancel();
  });
});

it('the fairness key of a long organization id is cut to what the server takes', async () => {
  const orgId = 'o'.repeat(128);
  const handle = await world.start({ orgId, taskId: 'nobody-knows-it' });
  await expect(handle.result()).rejects.toThrow();
  expect((await scheduled(handle))[0]?.fairnessKey).toBe('o'.repeat(64));
});

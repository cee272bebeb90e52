import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { scriptSchema } from '../../simulator/script';
import { taskDocument } from '../../simulator/taskDocument';
import { START_MS, useRig } from './rig';

const movingSchema = z.looseObject({
  version: z.number(),
  progress_percent: z.number(),
  estimated_remaining_minutes: z.number(),
});

describe('the script of a task', () => {
  const rig = useRig();

  const read = async (id: string) => movingSchema.parse((await rig.get(id)).body);
  const statusOf = async (id: string) => (await read(id)).status;

  it('lets a cancel be accepted without a word about it', async () => {
    const id = await rig.addTask();
    expect((await rig.cancel(id)).body).toMatchObject({ status: 'CANCELING' });
  });

  it('ignores every cancel with a 200 under onCancel ignore', async () => {
    const id = await rig.addTask({ onCancel: 'ignore' });
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { status: 'STARTED' } });
      rig.nowMs += 500_000;
    }
    expect(await statusOf(id)).toBe('STARTED');
  });

  it('declines every cancel under onCancel decline, and the task goes on', async () => {
    const id = await rig.addTask({ onCancel: 'decline' });
    expect(await rig.cancel(id)).toMatchObject({ status: 400, body: { status: 400, retryable: false } });
    expect(await statusOf(id)).toBe('STARTED');
  });

  it('declines a cancel until cancelableAfterMs, when the task enters its next phase', async () => {
    const id = await rig.addTask({ cancelableAfterMs: 5_000 });
    rig.nowMs += 4_999;
    expect((await rig.cancel(id)).status).toBe(400);
    expect(await read(id)).toMatchObject({ status: 'STARTED', phase_in_progress: 'PREPARE' });
    rig.nowMs += 1;
    expect(await read(id)).toMatchObject({ status: 'STARTED', phase_in_progress: 'CONFIGURE' });
    expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELING' } });
  });

  it.each(['CANCELED', 'FINISHED', 'FAILED'])('settles a canceled task as %s when told so', async (settlesAs) => {
    const id = await rig.addTask({ settlesAs, settlesAfterMs: 10 });
    await rig.cancel(id);
    rig.nowMs += 10;
    expect(await statusOf(id)).toBe(settlesAs);
  });

  it('settles within the cancel itself with settlesAfterMs 0', async () => {
    const id = await rig.addTask({ settlesAfterMs: 0 });
    expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELED' } });
  });

  it('ends no task by itself unless told to', async () => {
    const id = await rig.addTask({ endsAs: 'FAILED' });
    rig.nowMs += 365 * 86_400_000;
    expect(await read(id)).toMatchObject({ status: 'STARTED', progress_percent: 99, estimated_remaining_minutes: 1 });
  });

  it('ends a task as FINISHED, at 100 %, after endsAfterMs', async () => {
    const id = await rig.addTask({ endsAfterMs: 4_000 });
    rig.nowMs += 3_999;
    expect(await read(id)).toMatchObject({ status: 'STARTED', progress_percent: 99 });
    rig.nowMs += 1;
    expect(await read(id)).toMatchObject({ status: 'FINISHED', progress_percent: 100, estimated_remaining_minutes: 0 });
  });

  it('stops the work of a task, but for its end, when a cancel is accepted', async () => {
    const id = await rig.addTask({ endsAfterMs: 100_000, settlesAfterMs: 80_000 });
    rig.nowMs += 40_000;
    await rig.cancel(id);
    rig.nowMs += 79_999;
    expect(await read(id)).toMatchObject({ status: 'CANCELING', progress_percent: 40, phase_in_progress: 'CONFIGURE' });
    rig.nowMs += 1;
    expect(await read(id)).toMatchObject({ status: 'CANCELED', progress_percent: 40, estimated_remaining_minutes: 0 });
  });

  it('says in a FAILED task what failed', async () => {
    const id = await rig.addTask({ endsAs: 'FAILED', endsAfterMs: 4_000 });
    rig.nowMs += 4_000;
    const message = 'The task failed in the phase VERIFY.';
    expect(await read(id)).toMatchObject({
      status: 'FAILED',
      error_message: message,
      service_errors: [{ default_message: message, localized_message: message }],
    });
  });

  it('keeps an accepted cancel from being overtaken by endsAfterMs', async () => {
    const id = await rig.addTask({ endsAfterMs: 1_000, settlesAfterMs: 5_000 });
    await rig.cancel(id);
    rig.nowMs += 4_999;
    expect(await statusOf(id)).toBe('CANCELING');
    rig.nowMs += 1;
    expect(await statusOf(id)).toBe('CANCELED');
  });

  it('lets a task vanish from reads, cancels and lists after vanishesAfterMs, for ever', async () => {
    const id = await rig.addTask({ vanishesAfterMs: 1_000 });
    rig.nowMs += 999;
    expect(await rig.listedIds()).toEqual([id]);
    rig.nowMs += 1;
    expect((await rig.get(id)).status).toBe(404);
    expect((await rig.cancel(id)).status).toBe(404);
    expect(await rig.listedIds()).toEqual([]);
  });

  describe('estimates', () => {
    const estimatesOver = async (estimate: string | undefined, instantsMs: number[]) => {
      const id = await rig.addTask({ estimate, endsAfterMs: 600_000 });
      const estimates: number[] = [];
      for (const instantMs of instantsMs) {
        rig.nowMs = START_MS + instantMs;
        estimates.push((await read(id)).estimated_remaining_minutes);
      }
      return estimates;
    };

    it('come true by default', async () => {
      expect(await estimatesOver(undefined, [0, 90_000, 599_999, 600_000])).toEqual([10, 9, 1, 0]);
    });

    it('are -1 under none, to the end and after', async () => {
      expect(await estimatesOver('none', [0, 300_000, 600_000])).toEqual([-1, -1, -1]);
    });

    it('do not move under stuck, until the task is over', async () => {
      expect(await estimatesOver('stuck', [0, 300_000, 599_999, 600_000])).toEqual([10, 10, 10, 0]);
    });

    it('jump from second to second under wild', async () => {
      const estimates = await estimatesOver('wild', [0, 1_000, 2_000, 3_000]);
      expect(new Set(estimates).size).toBe(4);
      expect(Math.max(...estimates)).toBeGreaterThan(1_000);
    });

    it('speak of the settlement once a cancel is accepted', async () => {
      const id = await rig.addTask({ endsAfterMs: 600_000, settlesAfterMs: 120_000 });
      await rig.cancel(id);
      expect((await read(id)).estimated_remaining_minutes).toBe(2);
    });
  });

  it('moves progress, version and update time only forwards, whatever the script', () => {
    const durationMs = fc.integer({ min: 0, max: 100_000 });
    const script = fc.record(
      {
        settlesAs: fc.constantFrom('CANCELED', 'FINISHED', 'FAILED'),
        endsAs: fc.constantFrom('FINISHED', 'FAILED'),
        cancelableAfterMs: durationMs,
        settlesAfterMs: durationMs,
        endsAfterMs: durationMs,
        estimate: fc.constantFrom('good', 'none', 'stuck', 'wild'),
      },
      { requiredKeys: [] },
    );
    const identity = { orgId: 'o', taskId: 't', taskType: 'X', resourceId: 'r', correlationId: 'c', userId: 'u' };
    fc.assert(
      fc.property(script, fc.option(durationMs), fc.array(durationMs), (given, cancelAfterMs, instantsMs) => {
        const history = { script: scriptSchema.parse(given), createdAtMs: START_MS, cancelAcceptedAtMs: null };
        const seen = instantsMs
          .sort((a, b) => a - b)
          .map((afterMs) => {
            const accepted = cancelAfterMs !== null && cancelAfterMs <= afterMs ? START_MS + cancelAfterMs : null;
            const ended = cancelAfterMs !== null && cancelAfterMs >= (history.script.endsAfterMs ?? Infinity);
            const then = { ...history, cancelAcceptedAtMs: ended ? null : accepted };
            return taskDocument(identity, then, START_MS + afterMs);
          });
        seen.forEach((task, index) => {
          const before = seen[index - 1] ?? task;
          expect(task.version).toBeGreaterThanOrEqual(before.version);
          expect(task.progress_percent).toBeGreaterThanOrEqual(before.progress_percent);
          // `updated` is cut to a varying number of digits.
          expect(Date.parse(task.updated)).toBeGreaterThanOrEqual(Date.parse(before.updated) - 100);
          expect(task.progress_percent).toBeLessThanOrEqual(task.status === 'FINISHED' ? 100 : 99);
          if (task.status !== before.status) expect(task.version).toBeGreaterThan(before.version);
        });
      }),
    );
  });
});

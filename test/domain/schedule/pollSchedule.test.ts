import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PollMoment, PollPace } from '../../../domain/schedule/pollSchedule';
import { DEFAULT_POLL_PACE, pollDelayMs, readRetryDelayMs, retryDelayMs } from '../../../domain/schedule/pollSchedule';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const pace: fc.Arbitrary<PollPace> = fc
  .record({
    a: fc.integer({ min: 500, max: 3_600_000 }),
    b: fc.integer({ min: 500, max: 3_600_000 }),
    ratio: fc.double({ min: 0.05, max: 2, noNaN: true }),
  })
  .map(({ a, b, ratio }) => ({ minMs: Math.min(a, b), maxMs: Math.max(a, b), ratio }));
const moment: fc.Arbitrary<PollMoment> = fc.record({
  elapsedMs: fc.double({ min: 0, max: 2_592_000_000, noNaN: true }),
  estimate: fc.option(
    fc.record({
      minutes: fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.double({ min: 0, max: 1e12, noNaN: true })),
      falling: fc.record({
        forMs: fc.double({ min: 0, max: 2_592_000_000, noNaN: true }),
        byMinutes: fc.integer({ min: 0, max: 100_000 }),
      }),
    }),
  ),
  retryAfterMs: fc.oneof(fc.constant(0), fc.integer({ min: 1_000, max: 900_000 })),
});

describe('the poll schedule', () => {
  it('stays within its clamps, whatever the estimate, and never comes before a Retry-After', () => {
    fc.assert(
      fc.property(pace, moment, random, (pace, moment, random) => {
        const delayMs = pollDelayMs(pace, moment, random);
        expect(delayMs).toBeGreaterThanOrEqual(Math.max(pace.minMs, moment.retryAfterMs));
        expect(delayMs).toBeLessThanOrEqual(Math.max(pace.maxMs, Math.ceil(moment.retryAfterMs * 1.1)));
      }),
    );
  });

  it('waits the longer, the longer the task has taken, once it was read', () => {
    fc.assert(
      fc.property(pace, moment, moment, random, (pace, one, other, random) => {
        const at = (elapsedMs: number) => ({ ...one, elapsedMs, estimate: null });
        const [early, late] = [one.elapsedMs + 1, other.elapsedMs + 1].sort((a, b) => a - b);
        expect(pollDelayMs(pace, at(late ?? 0), random)).toBeGreaterThanOrEqual(
          pollDelayMs(pace, at(early ?? 0), random),
        );
      }),
    );
  });

  it('is stretched by an estimate by less than a factor of four for the beginning, and of twelve once it was seen to fall', () => {
    const at = (elapsedMs: number, estimate: PollMoment['estimate'], random: number) =>
      pollDelayMs(DEFAULT_POLL_PACE, { elapsedMs, estimate, retryAfterMs: 0 }, random);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 86_400_000 }),
        fc.integer({ min: 0, max: 100_000 }),
        (elapsedMs, byMinutes) => {
          const without = at(elapsedMs, null, 0.5);
          const estimate = (fallen: number) => ({ minutes: 100_000, falling: { forMs: elapsedMs, byMinutes: fallen } });
          expect(at(elapsedMs, estimate(0), 0.5)).toBeLessThanOrEqual(without * 3.6 + 4);
          expect(at(elapsedMs, estimate(byMinutes), 0.5)).toBeLessThanOrEqual(without * 12 + 12);
        },
      ),
    );
  });

  it('looks sooner when the estimate says that the end is near', () => {
    const moment = { elapsedMs: 600_000, retryAfterMs: 0 };
    const near = { minutes: 1, falling: { forMs: 540_000, byMinutes: 9 } };
    const far = { minutes: 5, falling: { forMs: 300_000, byMinutes: 5 } };
    const waits = [near, null, far].map((estimate) => pollDelayMs(DEFAULT_POLL_PACE, { ...moment, estimate }, 0.5));
    expect(waits).toEqual([22_000, 54_314, 191_250]);
  });

  it('spreads reads by a tenth of their growth, and by almost a third of what an estimate leaves', () => {
    const far = { minutes: 5, falling: { forMs: 300_000, byMinutes: 5 } };
    const spread = (estimate: PollMoment['estimate']) =>
      [0, 1].map((random) => pollDelayMs(DEFAULT_POLL_PACE, { elapsedMs: 600_000, retryAfterMs: 0, estimate }, random));
    expect(spread(null)).toEqual([51_083, 57_546]);
    expect(spread(far)).toEqual([133_875, 248_625]);
  });

  it('takes an estimate that falls a minute in two of ours for twice as long', () => {
    const moment = { elapsedMs: 3_600_000, retryAfterMs: 0 };
    const fallingBy = (byMinutes: number) => ({ minutes: 4, falling: { forMs: 19 * 60_000, byMinutes } });
    const waits = [19, 9].map((by) => pollDelayMs(DEFAULT_POLL_PACE, { ...moment, estimate: fallingBy(by) }, 0.5));
    expect(waits).toEqual([146_250, 292_500]);
  });

  it('spreads the first reads of cancellations that began together over 22 s, whatever they estimate', () => {
    const moment = { elapsedMs: 0, estimate: { minutes: 90, falling: { forMs: 0, byMinutes: 0 } }, retryAfterMs: 0 };
    const waits = [0, 0.5, 0.999999].map((random) => pollDelayMs(DEFAULT_POLL_PACE, moment, random));
    expect(waits).toEqual([10_000, 21_000, 32_000]);
  });

  it('keeps small overrides small', () => {
    const quick = { ...DEFAULT_POLL_PACE, minMs: 1_000, maxMs: 2_000 };
    fc.assert(
      fc.property(moment, random, (moment, random) => {
        const waitMs = pollDelayMs(quick, { ...moment, retryAfterMs: 0 }, random);
        expect(waitMs).toBeGreaterThanOrEqual(1_000);
        expect(waitMs).toBeLessThanOrEqual(2_000);
      }),
    );
    const first = { elapsedMs: 0, estimate: null, retryAfterMs: 0 };
    expect([0, 0.5, 1].map((random) => pollDelayMs(quick, first, random))).toEqual([1_000, 1_500, 2_000]);
    const soon = pollDelayMs(
      { ...DEFAULT_POLL_PACE, minMs: 1_000 },
      { elapsedMs: 3_000, estimate: null, retryAfterMs: 0 },
      0.5,
    );
    expect(soon).toBe(2_200);
  });
});

describe('repeating what brought no answer', () => {
  it('waits 2 s, doubling to a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 1_000_000].map((failures) => retryDelayMs(failures, 0, 0))).toEqual([
      2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000,
    ]);
  });

  it('has the Retry-After as its floor, and jitter only adds', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1_000, max: 900_000 }),
        random,
        (failures, retryAfterMs, random) => {
          expect(retryDelayMs(failures, retryAfterMs, random)).toBeGreaterThanOrEqual(retryAfterMs);
        },
      ),
    );
  });

  it('keeps a status read within its pace, which only a Retry-After goes beyond', () => {
    const slow = { minMs: 600_000, maxMs: 900_000, ratio: 0.5 };
    const quick = { minMs: 500, maxMs: 1_000, ratio: 0.5 };
    expect(readRetryDelayMs(slow, 1, 0, 0)).toBe(600_000);
    expect(readRetryDelayMs(quick, 9, 0, 0.5)).toBe(1_000);
    expect(readRetryDelayMs(quick, 1, 90_000, 0)).toBe(90_000);
    expect([0, 1].map((random) => readRetryDelayMs(DEFAULT_POLL_PACE, 5, 0, random))).toEqual([32_000, 35_200]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { PollMoment, PollPace } from '../../domain/pollSchedule';
import { DEFAULT_POLL_PACE, pollDelayMs, readRetryDelayMs, retryDelayMs } from '../../domain/pollSchedule';

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
  estimatedRemainingMinutes: fc.option(
    fc.oneof(fc.integer({ min: 0, max: 100_000 }), fc.double({ min: 0, noNaN: true })),
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

  it('waits the longer, the longer the task has taken', () => {
    fc.assert(
      fc.property(pace, moment, moment, random, (pace, one, other, random) => {
        const early = { ...one, elapsedMs: Math.min(one.elapsedMs, other.elapsedMs) };
        const late = { ...one, elapsedMs: Math.max(one.elapsedMs, other.elapsedMs) };
        expect(pollDelayMs(pace, late, random)).toBeGreaterThanOrEqual(pollDelayMs(pace, early, random));
      }),
    );
  });

  it('is pulled by an estimate by no more than a factor of four', () => {
    fc.assert(
      fc.property(moment, random, (moment, random) => {
        const without = pollDelayMs(
          DEFAULT_POLL_PACE,
          { ...moment, estimatedRemainingMinutes: null, retryAfterMs: 0 },
          random,
        );
        const withIt = pollDelayMs(DEFAULT_POLL_PACE, { ...moment, retryAfterMs: 0 }, random);
        expect(withIt).toBeGreaterThanOrEqual(without / 4 - 1);
        // Both are rounded to whole milliseconds, and one of the roundings counts four times.
        expect(withIt).toBeLessThanOrEqual(without * 4 + 3);
      }),
    );
  });

  it('looks sooner when the estimate says that the end is near', () => {
    const moment = { elapsedMs: 600_000, retryAfterMs: 0 };
    const near = pollDelayMs(DEFAULT_POLL_PACE, { ...moment, estimatedRemainingMinutes: 1 }, 0.5);
    const unknown = pollDelayMs(DEFAULT_POLL_PACE, { ...moment, estimatedRemainingMinutes: null }, 0.5);
    expect([near, unknown]).toEqual([15_000, 60_000]);
  });

  it('spreads the waits of cancellations that began together', () => {
    const moment = { elapsedMs: 60_000, estimatedRemainingMinutes: null, retryAfterMs: 0 };
    expect(pollDelayMs(DEFAULT_POLL_PACE, moment, 0)).toBe(27_000);
    expect(pollDelayMs(DEFAULT_POLL_PACE, moment, 0.999999)).toBe(33_000);
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
  });
});

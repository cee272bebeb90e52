import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DueRead } from '../../../domain/schedule/grid';
import { alignedAtMs, gridMs, maxHoldMs } from '../../../domain/schedule/grid';

const random = fc.double({ min: 0, max: 0.999, noNaN: true });
const read: fc.Arbitrary<DueRead> = fc.record({
  orgId: fc.string({ minLength: 1, maxLength: 40 }),
  fromMs: fc.integer({ min: 1_600_000_000_000, max: 1_900_000_000_000 }),
  waitMs: fc.integer({ min: 500, max: 3_600_000 }),
  elapsedMs: fc.integer({ min: 1, max: 86_400_000 }),
  earliestMs: fc.constant(-Infinity),
  latestMs: fc.constant(Infinity),
});
const HOUR: DueRead = {
  orgId: 'org-1',
  fromMs: 1_800_000_000_000,
  waitMs: 70_000,
  elapsedMs: 3_600_000,
  earliestMs: -Infinity,
  latestMs: Infinity,
};

describe('a read that is aligned', () => {
  it('is due at a time that depends on nothing but the organization, the clock and the random number', () => {
    fc.assert(
      fc.property(read, random, (read, random) => {
        expect(alignedAtMs(read, random)).toBe(alignedAtMs({ ...read }, random));
      }),
    );
  });

  it('meets, within the batching window, what other runs of the organization read about then', () => {
    const due = [70_000, 75_000, 80_000, 85_000].map((waitMs) => alignedAtMs({ ...HOUR, waitMs }, 0.5) ?? NaN);
    const others = due.map((ms) => ms % 60_000);
    expect(Math.max(...others) - Math.min(...others)).toBeLessThanOrEqual(1);
    const narrow = alignedAtMs({ ...HOUR, waitMs: 50_000, elapsedMs: 300_000 }, 0.5) ?? NaN;
    expect((narrow - (due[0] ?? NaN)) % 15_000).toBeCloseTo(0, -1);
  });

  it('is due at other times than those of another organization', () => {
    const phases = new Set(
      ['one', 'two', 'three'].map((orgId) => (alignedAtMs({ ...HOUR, orgId }, 0) ?? NaN) % 60_000),
    );
    expect(phases.size).toBe(3);
  });

  it('is moved by half of the grid and half of the spread at the most', () => {
    fc.assert(
      fc.property(read, random, (read, random) => {
        const movedMs = (alignedAtMs(read, random) ?? NaN) - read.fromMs - read.waitMs;
        const widthMs = gridMs(Math.min(read.elapsedMs / 20, read.waitMs));
        expect(Math.abs(movedMs)).toBeLessThanOrEqual(widthMs / 2 + 800 + 1);
      }),
    );
  });

  it('waits as long as before on the average', () => {
    const movedMs = Array.from({ length: 600 }, (_, n) => {
      const fromMs = HOUR.fromMs + n * 100;
      return (alignedAtMs({ ...HOUR, fromMs }, ((n * 7) % 600) / 600) ?? NaN) - fromMs - HOUR.waitMs;
    });
    expect(movedMs.reduce((sum, ms) => sum + ms, 0) / movedMs.length).toBeCloseTo(0, -2);
  });

  it('keeps to its bounds, and is not moved where no boundary is within them', () => {
    const boundaryMs = alignedAtMs(HOUR, 0) ?? NaN;
    expect(alignedAtMs({ ...HOUR, earliestMs: boundaryMs, latestMs: boundaryMs }, 0)).toBe(boundaryMs);
    expect(alignedAtMs({ ...HOUR, earliestMs: boundaryMs + 1 }, 0)).toBe(boundaryMs + 60_000);
    expect(alignedAtMs({ ...HOUR, latestMs: boundaryMs - 1 }, 0)).toBe(boundaryMs - 60_000);
    expect(alignedAtMs({ ...HOUR, earliestMs: boundaryMs + 1, latestMs: boundaryMs + 59_999 }, 0)).toBeNull();
  });
});

it('the grids are a minute, and halves of it', () => {
  expect([3_600_000, 60_000, 59_999, 2_000, 100].map(gridMs)).toEqual([60_000, 60_000, 30_000, 1_875, 58.59375]);
});

it('a read may be held for an eighth of its wait', () => {
  expect(maxHoldMs(60_000)).toBe(7_500);
});

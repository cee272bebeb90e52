import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawnWaitMs, gridMs, patienceMs } from '../../../domain/schedule/grid';

const waitMs = fc.integer({ min: 500, max: 3_600_000 });
const random = fc.double({ min: 0, max: 0.999, noNaN: true });
const together = fc.record({
  gridShare: fc.double({ min: 0.001, max: 1.5, noNaN: true }),
  sinceMs: fc.integer({ min: -50, max: 59_950 }),
  withinMs: fc.constantFrom(500, 2_000, 5_000),
});
const ANY = { minMs: -Infinity, maxMs: Infinity };

describe('a wait that is drawn together with others', () => {
  it('ends after an instant of a grid, while those who come there are held', () => {
    fc.assert(
      fc.property(waitMs, together, random, (waitMs, together, random) => {
        const drawnMs = drawnWaitMs(waitMs, together, ANY, random) ?? NaN;
        const stepMs = gridMs(waitMs * together.gridShare);
        const heldMs = gridMs(Math.min(together.withinMs, patienceMs(Math.max(drawnMs, 0))));
        const pastMs = together.sinceMs + drawnMs + 0.5;
        expect(pastMs - Math.floor(pastMs / stepMs) * stepMs).toBeLessThanOrEqual(0.8 * heldMs + 1);
      }),
    );
  });

  it('is longer or shorter by half of the grid at the most, and by half of the time for which reads gather', () => {
    fc.assert(
      fc.property(waitMs, together, random, (waitMs, together, random) => {
        const drawnMs = drawnWaitMs(waitMs, together, ANY, random) ?? NaN;
        const stepMs = gridMs(waitMs * together.gridShare);
        expect(Math.abs(drawnMs - waitMs)).toBeLessThanOrEqual(stepMs / 2 + gridMs(together.withinMs) / 2 + 1);
      }),
    );
  });

  it('is as long as before on the average', () => {
    const phases = Array.from({ length: 600 }, (_, n) => n * 100 + 50);
    const drawn = phases.map(
      (sinceMs, n) =>
        drawnWaitMs(70_000, { gridShare: 1, sinceMs, withinMs: 2_000 }, ANY, ((n * 7) % 600) / 600) ?? NaN,
    );
    expect(drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length).toBeCloseTo(70_000, -3);
  });

  it('keeps to its bounds, and is not drawn where no instant is within them', () => {
    const now = { gridShare: 1, sinceMs: 10_000, withinMs: 0 };
    expect(drawnWaitMs(60_000, now, { minMs: 10_000, maxMs: 60_000 }, 0)).toBe(50_000);
    expect(drawnWaitMs(60_000, now, { minMs: 55_000, maxMs: 120_000 }, 0)).toBe(110_000);
    expect(drawnWaitMs(60_000, now, { minMs: 55_000, maxMs: 60_000 }, 0)).toBeNull();
  });
});

it('the grids are a minute, and halves of it', () => {
  expect([3_600_000, 60_000, 59_999, 2_000, 100].map(gridMs)).toEqual([60_000, 60_000, 30_000, 1_875, 58.59375]);
});

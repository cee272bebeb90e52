import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawnWaitMs, gridMs } from '../../domain/together';

const waitMs = fc.integer({ min: 500, max: 3_600_000 });
const together = fc.record({
  everyMs: fc.integer({ min: 0, max: 10 }).map((halvings) => 60_000 / 2 ** halvings),
  sinceMs: fc.integer({ min: -50, max: 59_950 }),
});
const ANY = { minMs: 0, maxMs: Infinity };

describe('a wait that is drawn together with others', () => {
  it('ends at an instant of the grid that it was told of, or of one that meets it', () => {
    fc.assert(
      fc.property(waitMs, together, (waitMs, together) => {
        const endMs = together.sinceMs + (drawnWaitMs(waitMs, together, ANY) ?? NaN);
        const stepMs = gridMs(Math.min(together.everyMs, 0.7 * waitMs));
        expect(Math.abs(endMs - Math.round(endMs / stepMs) * stepMs)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it('is no more than a third of itself longer or shorter', () => {
    fc.assert(
      fc.property(waitMs, together, (waitMs, together) => {
        const drawnMs = drawnWaitMs(waitMs, together, ANY) ?? NaN;
        expect(Math.abs(drawnMs - waitMs)).toBeLessThanOrEqual(0.35 * waitMs + 1);
      }),
    );
  });

  it('is as long as before on the average', () => {
    const phases = Array.from({ length: 600 }, (_, n) => n * 100 + 50);
    const drawn = phases.map((sinceMs) => drawnWaitMs(57_000, { everyMs: 60_000, sinceMs }, ANY) ?? NaN);
    expect(drawn.reduce((sum, ms) => sum + ms, 0) / drawn.length).toBeCloseTo(57_000, -2);
  });

  it('keeps to its bounds, and is not drawn where no instant is within them', () => {
    const now = { everyMs: 60_000, sinceMs: 10_000 };
    expect(drawnWaitMs(60_000, now, { minMs: 10_000, maxMs: 60_000 })).toBe(50_000);
    expect(drawnWaitMs(60_000, now, { minMs: 55_000, maxMs: 90_000 })).toBe(80_000);
    expect(drawnWaitMs(60_000, now, { minMs: 55_000, maxMs: 60_000 })).toBeNull();
  });
});

it('the grids are a minute, and halves of it', () => {
  expect([3_600_000, 60_000, 59_999, 2_000, 100].map(gridMs)).toEqual([60_000, 60_000, 30_000, 1_875, 58.59375]);
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pc from 'picocolors';
import { columnsOf } from '../../../cli/output/textWidth';
import type { End } from '../../../cli/watch/totalLine';
import { totalLine } from '../../../cli/watch/totalLine';
import { OUTCOMES } from '../../../domain/contract/result';

const PLAIN = pc.createColors(false);

function repeated<T>(count: number, what: T): T[] {
  return Array.from({ length: count }, () => what);
}

const ends: (End | null)[] = [
  ...repeated(2, 'FINISHED' as const),
  ...repeated(9, 'CANCELED' as const),
  ...repeated(1, 'failed' as const),
  ...repeated(8, null),
];

describe('the total line', () => {
  it('tells how many are over, of how many, and by verdict', () => {
    expect(totalLine({ ends, troubled: 0, folded: 0 }, 80, PLAIN)).toBe(
      '[============........]  12/20  9 CANCELED  2 FINISHED  1 failed  8 running',
    );
  });

  it('tells how many are in trouble, and how many have no line', () => {
    expect(totalLine({ ends, troubled: 3, folded: 7 }, 120, PLAIN)).toBe(
      '[============........]  12/20  9 CANCELED  2 FINISHED  1 failed  8 running  3 in trouble  and 7 more',
    );
  });

  it('of 40 columns leaves out the bar, not the verdicts', () => {
    expect(totalLine({ ends, troubled: 0, folded: 0 }, 40, PLAIN)).toBe('12/20  9 CANCELED  2 FINISHED  1 failed');
  });

  it('never is wider than the terminal', () => {
    const end = fc.option(fc.constantFrom(...OUTCOMES, 'failed' as const));
    fc.assert(
      fc.property(
        fc.array(end, { minLength: 2 }),
        fc.nat(),
        fc.integer({ min: 20, max: 200 }),
        (all, some, columns) => {
          expect(columnsOf(totalLine({ ends: all, troubled: some, folded: some }, columns, PLAIN))).toBeLessThan(
            columns,
          );
        },
      ),
    );
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, cutToWidth } from '../../../cli/output/textWidth';

describe('text', () => {
  it('is cutToWidth to the columns that there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 80 }), (text, columns) => {
        const short = cutToWidth(text, columns);
        expect(short === text || columnsOf(short.slice(0, -1)) < columns).toBe(true);
      }),
    );
    expect(cutToWidth('1d1c2b3a-4455', 9)).toBe('1d1c2b3a…');
  });

  it.each([
    ['日本語', 4, '日…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['👨‍👩‍👧👨‍👩‍👧', 3, '👨‍👩‍👧…'],
  ])('%s in %i columns is cut between characters as a reader sees them: %s', (text, columns, short) => {
    expect(cutToWidth(text, columns)).toBe(short);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { columnsOf, plainText, shortened } from '../../../domain/text/printedText';

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({ unit: 'binary' });

describe('foreign text', () => {
  it('keeps nothing that controls a terminal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plainText(text)).not.toMatch(CONTROL);
      }),
    );
  });

  it.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u009b31mred', 'red'],
    ['two\nlines\r\n', 'two lines'],
    ['a\u202eb', 'a b'],
    ['as it is: ä €', 'as it is: ä €'],
  ])('%j is printed as %j', (text, printed) => {
    expect(plainText(text)).toBe(printed);
  });

  it('is shortened to the columns that there are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 80 }), (text, columns) => {
        const short = shortened(text, columns);
        expect(short === text || columnsOf(short.slice(0, -1)) < columns).toBe(true);
      }),
    );
    expect(shortened('1d1c2b3a-4455', 9)).toBe('1d1c2b3a…');
  });
});

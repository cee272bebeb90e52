import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printable } from '../../../domain/text/printedText';

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({ unit: 'binary' });

describe('foreign text', () => {
  it('keeps nothing that controls a terminal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(CONTROL);
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
    expect(printable(text)).toBe(printed);
  });
});

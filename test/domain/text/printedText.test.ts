import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { printable, shellQuote, shortQuote } from '../../../domain/text/printedText';

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

it.each([
  ['plain', 'plain'],
  ['a_1@%+=:,./-z', 'a_1@%+=:,./-z'],
  ['', "''"],
  ['a b', "'a b'"],
  ['$x', "'$x'"],
  ['x$', "'x$'"],
  ["it's, isn't", "'it'\\''s, isn'\\''t'"],
])('%j is for a shell %s', (text, quoted) => {
  expect(shellQuote(text)).toBe(quoted);
});

it.each([
  ['a"b', '"a\\"b"'],
  ['🙂'.repeat(60), `"${'🙂'.repeat(60)}"`],
  ['🙂'.repeat(61), `"${'🙂'.repeat(59)}…"`],
])('%j is quoted as %s', (text, quoted) => {
  expect(shortQuote(text)).toBe(quoted);
});

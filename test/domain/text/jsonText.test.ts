import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapedControls, jsonLine } from '../../../domain/text/jsonText';

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
const anyText = fc.string({ unit: 'binary' });

describe('foreign text', () => {
  it('in a JSON document means the same, and controls no terminal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const line = jsonLine({ text });
        expect(line).not.toMatch(CONTROL);
        expect(JSON.parse(line)).toEqual({ text });
      }),
    );
  });

  it('in a JSON document is well-formed, in names as well as in values, and changed in nothing else', () => {
    const anyUnits = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
    const likelySurrogates = fc.string({
      unit: fc.constantFrom('\ud800', '\udc00', '\udbff', '\\', 'u', 'd', '8', '0', '"'),
    });
    fc.assert(
      fc.property(fc.oneof(anyUnits, likelySurrogates), (text) => {
        const line = jsonLine({ [text]: [text] });
        const wellFormed = text.replace(/\p{Cs}/gu, '\ufffd');
        expect(line).not.toMatch(/\p{Cs}/u);
        expect(Object.entries(JSON.parse(line) as object)).toEqual([[wellFormed, [wellFormed]]]);
      }),
    );
  });
});

it.each([
  ['a\u0007b', 'a\\u0007b'],
  ['\u{e0001}', '\\udb40\\udc01'],
  ['\ud800', '\ufffd'],
])('%j is shown as %s', (text, shown) => {
  expect(escapedControls(text)).toBe(shown);
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainText, shortened, withinBytes } from '../../../domain/text/plainText';
import { hostileText } from '../../hostile';

const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe('text from outside', () => {
  it('is well-formed and holds no control, and is taken a second time as it is', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const plain = plainText(text);
        expect(plain.isWellFormed()).toBe(true);
        expect(plain).not.toMatch(CONTROL);
        expect(plainText(plain)).toBe(plain);
      }),
    );
  });

  it('loses nothing that is neither malformed nor a control', () => {
    const harmless = fc.string({ unit: 'grapheme' }).filter((text) => !CONTROL.test(text));
    fc.assert(
      fc.property(harmless, (text) => {
        expect(plainText(text)).toBe(text);
      }),
    );
  });

  it('is cut to so many code points, between two of them', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 30 }), (text, most) => {
        const plain = plainText(text);
        const short = shortened(plain, most);
        const characters = Array.from(plain);
        expect(short).toBe(characters.length <= most ? plain : `${characters.slice(0, most - 1).join('')}…`);
        expect(short.isWellFormed()).toBe(true);
      }),
    );
  });

  it.each([
    ['', 0, ''],
    ['abc', 3, 'abc'],
    ['abc', 2, 'ab'],
    ['äö', 3, 'ä'],
    ['a🙂b', 4, 'a'],
    ['a🙂b', 5, 'a🙂'],
    ['🙂', 0, ''],
  ])('%j is cut to %d bytes as %j', (text, most, cut) => {
    expect(withinBytes(text, most)).toBe(cut);
  });

  it('of megabytes is read through once, whatever it is made of', () => {
    for (const hostile of ['\u001b[', '\u001b[0', '\u009b', '\u001b[\u001b[;', '\ud800'].map((text) =>
      text.repeat(500_000),
    ))
      expect(plainText(hostile).length).toBeLessThanOrEqual(hostile.length);
  });
});

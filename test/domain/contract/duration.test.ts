import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDurationMs } from '../../../domain/contract/duration';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['6h', 21_600_000],
    ['1.5 h', 5_400_000],
    ['250ms', 250],
    ['2 d', 172_800_000],
    [1500, 1500],
    [0, 0],
  ])('%j is %d ms', (duration, ms) => {
    expect(parseDurationMs(duration)).toBe(ms);
  });

  it.each([
    '',
    '90',
    's',
    '-1s',
    '1.s',
    '.5s',
    '1e3s',
    '1 week',
    ' 1s',
    '1s ',
    '1s2m',
    ['90s'],
    -1,
    NaN,
    Infinity,
    null,
    undefined,
    {},
  ])('%j is none', (duration) => {
    expect(parseDurationMs(duration)).toBeNull();
  });

  it('never throws and is never negative, whatever it is handed', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const ms = parseDurationMs(value);
        return ms === null || (Number.isFinite(ms) && ms >= 0);
      }),
    );
  });

  it('reads as two units at most', () => {
    expect(formatDuration(4 * 60_000 + 20_400)).toBe('4 m 20 s');
    expect(formatDuration(93_784_000)).toBe('1 d 2 h');
    expect(formatDuration(-5)).toBe('0 s');
  });
});

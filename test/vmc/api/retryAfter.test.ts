import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfterMs } from '../../../vmc/api/retryAfter';

const NOW_MS = Date.UTC(2026, 0, 31, 12);

describe('parseRetryAfterMs', () => {
  it.each([
    ['7', 7_000],
    [' 120 ', 120_000],
    ['0', 1_000],
    ['299.997', 300_000],
    ['1.5', 2_000],
    ['0.2', 1_000],
    ['3.', 3_000],
    ['86400', 900_000],
    ['9'.repeat(400), 900_000],
    ['Sat, 31 Jan 2026 12:00:30 GMT', 30_000],
    ['Saturday, 31-Jan-26 12:00:30 GMT', 30_000],
    ['Sat Jan 31 12:00:30 2026', 30_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 1_000],
    ['Sun, 31 Jan 2027 12:00:00 GMT', 900_000],
  ])('reads %s', (header, delayMs) => {
    expect(parseRetryAfterMs(header, NOW_MS)).toBe(delayMs);
  });

  it.each([
    null,
    '',
    '-5',
    '1.5.1',
    '.5',
    '1e3',
    '1,5',
    'soon',
    'monkey 5',
    'Sun 5',
    'Wed, 99 Foo 2020 99:99:99 GMT',
    '2026-01-31T12:00:30Z',
    '5 s',
  ])('finds no delay in %s', (header) => {
    expect(parseRetryAfterMs(header, NOW_MS)).toBeNull();
  });

  it('never asks for less than a second or more than 15 minutes', () => {
    const header = fc.oneof(
      fc.string(),
      fc.bigInt({ min: 0n }).map(String),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(8.64e15 / 10) }).map((date) => date.toUTCString()),
    );
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 4e12 }), (value, nowMs) => {
        const delayMs = parseRetryAfterMs(value, nowMs);
        expect(delayMs === null || (delayMs >= 1_000 && delayMs <= 900_000)).toBe(true);
      }),
    );
  });

  it('turns every date of the next 15 minutes into the time until then', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 900 }), (seconds) => {
        const header = new Date(NOW_MS + seconds * 1_000).toUTCString();
        expect(parseRetryAfterMs(header, NOW_MS)).toBe(seconds * 1_000);
      }),
    );
  });
});

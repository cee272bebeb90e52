import { describe, expect, it } from '@jest/globals';
import { clockCheck, surelyAheadMs } from '../../../cli/doctor/clockCheck';

const API_MS = Date.parse('2026-03-01T10:00:00Z');

/** Asked when this clock was so far ahead, and answered after so long. */
function reading(aheadMs: number, roundTripMs = 0) {
  return { apiMs: API_MS, askedAtMs: API_MS + aheadMs, toldAtMs: API_MS + aheadMs + roundTripMs };
}

describe('how far a clock is surely ahead', () => {
  it.each([
    ['nothing within the second that a date leaves out', reading(999), 0],
    ['what is beyond that second', reading(8_000), 7_000],
    ['below zero when it is behind', reading(-7_000), -7_000],
    ['nothing that the way to the API may explain', reading(-7_000, 7_001), 0],
    ['what the way leaves unexplained', reading(-7_000, 2_000), -5_000],
  ])('is %s', (_case, read, expectedMs) => {
    expect(surelyAheadMs(read)).toBe(expectedMs);
  });
});

describe('the check of the clock', () => {
  it.each([
    [6_000, true, /no more than 5 s/, null],
    [7_000, true, /is 6 s ahead of/, /NTP/],
    [-5_000, true, /no more than 5 s/, null],
    [-60_000, true, /is 1 m behind/, /NTP/],
    [62_000, false, /is 1 m 1 s ahead of/, /NTP/],
    [-90_000, false, /is 1 m 30 s behind/, /NTP/],
  ])('of one that is %i ms ahead', (aheadMs, ok, message, remedy) => {
    const check = clockCheck([reading(aheadMs)]);
    expect(check).toMatchObject({ check: 'clock', ok, message: expect.stringMatching(message) });
    if (remedy === null) expect(check.remedy).toBeNull();
    else expect(check.remedy).toMatch(remedy);
  });

  it('goes by the reading with the shortest way', () => {
    expect(clockCheck([reading(-90_000, 80_000), reading(-90_000, 100)])).toMatchObject({ ok: false });
  });

  it('is none where the API told no time', () => {
    expect(clockCheck([])).toMatchObject({ ok: null, message: expect.stringMatching(/^skipped: /) });
  });
});

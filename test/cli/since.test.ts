import { describe, expect, it } from '@jest/globals';
import { sinceDate } from '../../cli/since';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

describe('the beginning of a time span', () => {
  it.each([
    ['24h', '2026-02-28T10:00:00.000Z'],
    ['90s', '2026-03-01T09:58:30.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['99999999999d', '1970-01-01T00:00:00.000Z'],
  ])('of %s is %s', (text, instant) => {
    expect(sinceDate(text, NOW_MS)?.toISOString()).toBe(instant);
  });

  it.each(['', 'yesterday', '24', '-1h', '2026-01-31', '2026-02-30T12:00:00Z', '2026-01-31T12:00:00'])(
    'is not told by %j',
    (text) => {
      expect(sinceDate(text, NOW_MS)).toBeNull();
    },
  );
});

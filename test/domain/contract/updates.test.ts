import { describe, expect, it } from '@jest/globals';
import { parseExtension } from '../../../domain/contract/updates';

const START_MS = Date.UTC(2026, 0, 1);
const HOUR_MS = 3_600_000;
const DEADLINE_MS = START_MS + HOUR_MS;

function extended(argument: unknown) {
  const parsed = parseExtension(argument, START_MS, DEADLINE_MS);
  return parsed.ok ? parsed.value.deadlineAtMs : parsed.problems.join('; ');
}

describe('extending the deadline', () => {
  it('counts a duration from the present deadline', () => {
    expect(extended({ by: '2h' })).toBe(DEADLINE_MS + 2 * HOUR_MS);
    expect(extended({ by: 1500 })).toBe(DEADLINE_MS + 1500);
  });

  it('takes an instant, in any time zone', () => {
    expect(extended({ until: '2026-01-01T04:00:00+02:00' })).toBe(START_MS + 2 * HOUR_MS);
  });

  it('reaches thirty days after the start and no further, and is never clamped', () => {
    expect(extended({ until: '2026-01-31T00:00:00Z' })).toBe(Date.UTC(2026, 0, 31));
    expect(extended({ until: '2026-01-31T00:00:01Z' })).toBe(
      'until: must not be later than 2026-01-31T00:00:00.000Z, 30 d after the start',
    );
    expect(extended({ by: '30d' })).toMatch(/^by: must not be later than/);
  });

  it.each([
    [{ until: '2026-01-01T01:00:00Z' }, /^until: must be later than the present deadline 2026-01-01T01:00:00\.000Z$/],
    [{ by: 0 }, /^by: must be between 1 ms and 30 d$/],
    [{ by: 'long' }, /^by: must be a duration/],
    [{ until: 'tomorrow' }, /^until: must be an instant/],
    [{}, /needs either by/],
    [{ by: '1h', until: '2026-01-02T00:00:00Z' }, /needs either by/],
    [{ by: '1h', force: true }, /^force: unknown field$/],
    [undefined, /input/],
    ['6h', /input/],
  ])('refuses %j', (argument, message) => {
    expect(extended(argument)).toMatch(message);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pc from 'picocolors';
import type { Glance } from '../../client/glance';
import { liveLine } from '../../client/liveLine';
import { columnsOf } from '../../client/plainText';

const PLAIN = pc.createColors(false);
const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

const running: Glance = {
  taskId: '1d1c2b3a-4455-6677-8899-aabbccddeeff',
  state: 'CANCELING',
  mood: 'pending',
  percent: 42,
  phase: 'DESTROY_HOSTS',
  startedAtMs: NOW_MS - 260_000,
  endedAtMs: null,
  nextPollAtMs: NOW_MS + 12_000,
  trouble: null,
};

describe('a live line', () => {
  it('tells all there is to tell on a wide terminal', () => {
    expect(liveLine(running, 120, NOW_MS, PLAIN)).toBe(
      '1d1c2b3a-4455-6677-8899-aabbccddeeff  CANCELING  [=======.........]  42 %  DESTROY_HOSTS  4 m 20 s  next 12 s',
    );
  });

  it('leaves out what matters least on one of 40 columns', () => {
    expect(liveLine(running, 40, NOW_MS, PLAIN)).toBe('1d1c2b3a…  CANCELING  42 %  4 m 20 s');
  });

  it('shows trouble before progress', () => {
    const troubled = { ...running, trouble: 'Unavailable: the API answers 503, again and again' };
    expect(liveLine(troubled, 40, NOW_MS, PLAIN)).toContain('! Unavailable');
    expect(liveLine(troubled, 80, NOW_MS, PLAIN)).toMatch(/! Unavailable: .*4 m 20 s/);
  });

  it('never is wider than the terminal, whatever the API says', () => {
    const text = fc.string({ unit: 'grapheme' });
    const glance = fc.record({
      taskId: text,
      state: text,
      phase: fc.option(text),
      trouble: fc.option(text),
      percent: fc.option(fc.double({ noNaN: true })),
    });
    fc.assert(
      fc.property(glance, fc.integer({ min: 20, max: 200 }), (part, columns) => {
        expect(columnsOf(liveLine({ ...running, ...part }, columns, NOW_MS, PLAIN))).toBeLessThan(columns);
      }),
    );
  });
});

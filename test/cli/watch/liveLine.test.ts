import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pc from 'picocolors';
import type { Glance } from '../../../cli/output/glance';
import { liveLines } from '../../../cli/watch/liveLine';
import { columnsOf } from '../../../cli/output/textWidth';

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

const over: Glance = {
  ...running,
  taskId: '2e2d3c4b-5566-7788-99aa-bbccddeeff00',
  state: 'CANCELED',
  mood: 'good',
  percent: null,
  phase: null,
  endedAtMs: NOW_MS - 200_000,
  nextPollAtMs: null,
};
const troubled = { ...running, trouble: 'Unavailable: the API answers 503, again and again' };

function lines(glances: readonly Glance[], columns: number): string[] {
  return liveLines(glances, columns, NOW_MS, PLAIN);
}

describe('live lines', () => {
  it('tell all there is to tell on a wide terminal, one below the other', () => {
    expect(lines([running, over], 120)).toEqual([
      '1d1c2b3a-4455-6677-8899-aabbccddeeff  CANCELING  [=====.......]  42 %  4 m 20 s  next 12 s  DESTROY_HOSTS',
      '2e2d3c4b-5566-7788-99aa-bbccddeeff00  CANCELED                              1 m',
    ]);
  });

  it('shorten the ids before anything is left out', () => {
    expect(lines([running, over], 80)).toEqual([
      '1d1c2b3a…  CANCELING  [=====.......]  42 %  4 m 20 s  next 12 s  DESTROY_HOSTS',
      '2e2d3c4b…  CANCELED                              1 m',
    ]);
  });

  it('leave out what matters least on one of 40 columns, on all alike', () => {
    expect(lines([running, over], 40)).toEqual([
      '1d1c2b3a…  CANCELING  42 %  4 m 20 s',
      '2e2d3c4b…  CANCELED              1 m',
    ]);
  });

  it('show trouble before progress', () => {
    expect(lines([running, troubled], 40)[1]).toContain('! Unavailable');
    expect(lines([running, troubled], 80)[1]).toMatch(/4 m 20 s .*! Unavailable: the API/);
  });

  it('tell apart by their ends ids that begin alike', () => {
    const named = (taskId: string) => ({ ...running, taskId });
    const [first, second] = lines([named('a-long-task-name-1'), named('a-long-task-name-2')], 40);
    expect(first).toMatch(/^…k-name-1 /);
    expect(second).toMatch(/^…k-name-2 /);
  });

  it('never are wider than the terminal, whatever the API says', () => {
    const text = fc.string({ unit: 'grapheme' });
    const glance = fc.record({
      taskId: text,
      state: text,
      phase: fc.option(text),
      trouble: fc.option(text),
      percent: fc.option(fc.double({ noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(glance), fc.integer({ min: 20, max: 200 }), (parts, columns) => {
        const all = parts.map((part) => ({ ...running, ...part }));
        const told = lines(all, columns);
        expect(told).toHaveLength(all.length);
        for (const line of told) expect(columnsOf(line)).toBeLessThan(columns);
      }),
    );
  });
});

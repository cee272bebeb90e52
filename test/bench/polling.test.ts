import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { estimateOf } from '../../bench/kit/estimates';
import type { MixName } from '../../bench/kit/mixes';
import { drawTasks, endedShare, MIX_NAMES, MIXES } from '../../bench/kit/mixes';
import { BAD_ESTIMATES } from '../../bench/polling/badEstimates';
import { frontierCalls, frontierOf } from '../../bench/polling/frontier';
import { herdMaxima, HERDS } from '../../bench/polling/herds';
import { measured } from '../../bench/polling/measure';
import { PEERS, peerReadsSeconds } from '../../bench/polling/peers';
import { schedulesOf } from '../../bench/polling/scheduleLines';
import { shippedReadsSeconds } from '../../bench/polling/shippedReads';
import { seededRandom, seedOf } from '../../bench/kit/random';
import { draws } from '../environment/draws';

/** A mean over so many is right to four percent; bounds that are closer than that take many. */
const TASKS = draws(500, 1_000);
const MANY_TASKS = draws(2_000, 8_000);

function schedules(input: string) {
  const root = path.join(__dirname, '..', '..');
  return spawnSync('npm', ['run', '-s', 'bench:polling', '--', '--schedule'], { cwd: root, input, encoding: 'utf8' });
}

/**
 * A sample would be right to some percent only: these stand evenly in the mix, so that a bound is
 * tried and not the draw.
 */
function evenTasks(mix: MixName, count = TASKS) {
  return drawTasks(MIXES[mix], count, 4).map(({ estimateFactor }, index) => ({
    settlesAfterSeconds: endedAtSeconds(mix, (index + 0.5) / count),
    estimateFactor,
  }));
}

function endedAtSeconds(mix: MixName, share: number): number {
  let [low, high] = [0.01, 1e6];
  for (let halving = 0; halving < 40; halving += 1) {
    const middle = Math.sqrt(low * high);
    if (endedShare(MIXES[mix], middle) < share) low = middle;
    else high = middle;
  }
  return low;
}

function shipped(mix: MixName, estimates: typeof estimateOf, count = TASKS) {
  return measured(evenTasks(mix, count), (task, index) =>
    shippedReadsSeconds(task.settlesAfterSeconds, estimates(task), seededRandom(seedOf(`task ${index}`))),
  );
}

const noEstimate = () => () => null;

describe('the shipped schedule', () => {
  it.each([
    { mix: 'A', frontierCallsAt: { 10: 47.7, 20: 23.9, 30: 16 } },
    { mix: 'B', frontierCallsAt: { 10: 27.2, 20: 14, 30: 9.6 } },
  ] as const)('is compared with the best that dynamic programming finds for mix $mix', ({ mix, frontierCallsAt }) => {
    const frontier = frontierOf(MIXES[mix]);
    for (const [lag, calls] of Object.entries(frontierCallsAt))
      expect(frontierCalls(frontier, Number(lag)) / calls).toBeCloseTo(1, 1);
  });

  it.each([
    { mix: 'A', times: 1.2, lagSeconds: 30 },
    { mix: 'B', times: 1.13, lagSeconds: 20 },
  ] as const)('needs few calls more than the best that knows mix $mix, and half of them with estimates', (bound) => {
    const frontier = frontierOf(MIXES[bound.mix]);
    const without = shipped(bound.mix, noEstimate, MANY_TASKS);
    const withThem = shipped(bound.mix, estimateOf, MANY_TASKS);
    expect(without.lagSeconds).toBeLessThan(bound.lagSeconds);
    expect(without.calls / frontierCalls(frontier, without.lagSeconds)).toBeLessThan(bound.times);
    expect(withThem.calls / frontierCalls(frontier, withThem.lagSeconds)).toBeLessThan(0.5);
  });

  it.each([
    { mix: 'A', beaten: ['Google Workflows', 'fixed 60 s', 'AWS waiters'] },
    { mix: 'B', beaten: ['fixed 30 s', 'Google Workflows', 'fixed 60 s', 'AWS waiters'] },
  ] as const)('needs, with estimates, fewer calls for less lag on mix $mix than $beaten', ({ mix, beaten }) => {
    const ours = shipped(mix, estimateOf);
    for (const name of beaten) {
      const peer = PEERS.find((peer) => peer.name === name);
      if (peer === undefined) throw new Error(`no peer ${name}`);
      const theirs = measured(evenTasks(mix), (task) => peerReadsSeconds(peer, task.settlesAfterSeconds));
      expect(ours.calls).toBeLessThan(theirs.calls);
      expect(ours.lagSeconds).toBeLessThan(theirs.lagSeconds);
    }
  });

  it('pays some four times the calls and the lag at most for an estimate that is stuck, wild or off by a factor', () => {
    const constantlyBad = BAD_ESTIMATES.filter(({ name }) => !name.startsWith('true'));
    for (const mix of MIX_NAMES) {
      const without = shipped(mix, noEstimate);
      for (const bad of constantlyBad) {
        const withIt = shipped(mix, bad.estimateOf);
        expect(withIt.calls / without.calls).toBeLessThan(4);
        expect(withIt.lagSeconds / without.lagSeconds).toBeLessThan(4.1);
      }
    }
  });

  it('makes at most 75 reads in any second of a thousand cancellations that were started at once', () => {
    const [withoutEnd, , , , sayFive] = HERDS.filter(({ name }) => !name.includes('10 min'));
    for (const herd of [withoutEnd, sayFive]) {
      if (herd === undefined) throw new Error('two herds are looked at');
      expect(Math.max(...herdMaxima(herd, [1, 2]))).toBeLessThanOrEqual(75);
    }
  });
});

describe('bench:polling --schedule', () => {
  const line = (id: string, settlesAfterSeconds: number, estimateFactor: number | null) =>
    JSON.stringify({ id, settlesAfterSeconds, estimateFactor });

  it('prints the reads of each task, the last of them the first at or after its end', () => {
    const tasks = [line('a', 431.2, 1.3), line('b', 431.2, null), line('a', 431.2, 1.3), line('c', 36_000, null)];
    const { status, stdout, stderr } = schedules(`${tasks.join('\n')}\n`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const printed = stdout
      .trimEnd()
      .split('\n')
      .map((printed) => printed.split(' '));
    expect(printed.map(([id]) => id)).toEqual(['a', 'b', 'a', 'c']);
    expect(printed[0]).toEqual(printed[2]);
    expect(printed[0]?.[1]).not.toBe(printed[1]?.[1]);
    const ends = [431.2, 431.2, 431.2, 36_000];
    printed.forEach(([, ...reads], index) => {
      const seconds = reads.map(Number);
      expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
      expect(seconds.findIndex((read) => read >= (ends[index] ?? 0))).toBe(seconds.length - 1);
    });
  });

  it.each([
    { bad: '{"id":', says: /^line 2: is no JSON\./ },
    { bad: '{"id":"x","estimateFactor":null}', says: /^line 2: settlesAfterSeconds: / },
    {
      bad: '{"id":"x y","settlesAfterSeconds":1,"estimateFactor":null}',
      says: /^line 2: id: must be a text without spaces/,
    },
  ])('refuses $bad with its number and the remedy', ({ bad, says }) => {
    expect(() => schedulesOf(`${line('a', 1, null)}\n${bad}\n`)).toThrow(says);
  });

  it('prints nothing but what is wrong with a line, and exits 2', () => {
    const { status, stdout, stderr } = schedules(`${line('a', 1, null)}\n{}\n`);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^line 2: [^\n]*\n$/);
  });
});

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Turns } from '../../../client/many/turns';

const QUICK = { perSecond: 100_000, atOnce: 1 };
const NEVER = new AbortController().signal;

/** Works that end when they are told to, and the names of those that have begun. */
function stage() {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const work = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  /** Ends one after the other until nothing begins any more. */
  const play = async () => {
    for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
      end();
      await setImmediate();
      for (let tries = 0; ends.length === 0 && tries < 50; tries++) await setImmediate();
    }
  };
  return { begun, work, play };
}

describe('turns', () => {
  it('are given in the order of coming, to as many at once as may be', async () => {
    const { begun, work, play } = stage();
    const turns = new Turns({ perSecond: 100_000, atOnce: 2 }, () => false);
    const all = ['a', 'b', 'c'].map((name) => turns.take(name, NEVER, work(name)));
    await setImmediate();
    expect(begun).toEqual(['a', 'b']);
    await play();
    await Promise.all(all);
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('come to the urgent first, and to the others all the same', async () => {
    const { begun, work, play } = stage();
    const turns = new Turns(QUICK, (name) => name.startsWith('urgent'));
    const names = ['first', 'x', 'y', ...Array.from({ length: 6 }, (_, index) => `urgent-${index}`)];
    const all = names.map((name) => turns.take(name, NEVER, work(name)));
    await setImmediate();
    await play();
    await Promise.all(all);
    expect(begun.slice(0, 4)).toEqual(['first', 'urgent-0', 'urgent-1', 'x']);
    expect(begun).toHaveLength(names.length);
  });

  it('come no faster than their rate once a second’s worth is used up', async () => {
    const turns = new Turns({ perSecond: 20, atOnce: 100 }, () => false);
    const startedAtMs = Date.now();
    await Promise.all(
      Array.from({ length: 26 }, (_, index) => turns.take(String(index), NEVER, () => Promise.resolve())),
    );
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(200);
  });

  it('are not waited for any more by who leaves, and pass on when a work fails', async () => {
    const { begun, work, play } = stage();
    const turns = new Turns(QUICK, () => false);
    const leaving = new AbortController();
    const failing = turns.take('failing', NEVER, async () => {
      await setImmediate();
      throw new Error('failed');
    });
    const left = turns.take('left', leaving.signal, work('left'));
    const last = turns.take('last', NEVER, work('last'));
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: 'AbortError' });
    await expect(failing).rejects.toThrow('failed');
    while (begun.length === 0) await setImmediate();
    await play();
    await last;
    expect(begun).toEqual(['last']);
  });
});

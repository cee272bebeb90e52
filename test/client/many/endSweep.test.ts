import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { NotStartedError, TemporalUnreachableError } from '../../../client';
import type { RunEnd, Standing } from '../../../client/result';
import type { SweptRuns } from '../../../client/many/endSweep';
import { EndSweep } from '../../../client/many/endSweep';

const NEVER_LOOKS = { betweenRoundsMs: 5, betweenLooksMs: 3_600_000, looksApartMs: 0 };
const LOOKS = { betweenRoundsMs: 5, betweenLooksMs: 10, looksApartMs: 0 };
const UNREACHABLE = new TemporalUnreachableError('localhost:7233', new Error('down'));

/** Runs that go on until they are ended. */
class Runs implements SweptRuns {
  readonly over = new Map<string, RunEnd>();
  readonly looks: [workflowId: string, runId: string | null][] = [];
  readonly listed: string[] = [];
  hasList = true;
  isReachable = true;
  refusals = 0;

  standing(workflowId: string, runId: string | null): Promise<Standing> {
    this.looks.push([workflowId, runId]);
    const end = this.over.get(workflowId);
    return Promise.resolve(
      end === undefined ? { kind: 'running', runId: `${workflowId}-run`, paused: null } : { kind: 'over', end },
    );
  }

  closedSince(): Promise<readonly string[] | null> {
    if (!this.isReachable) {
      this.refusals++;
      return Promise.reject(UNREACHABLE);
    }
    return Promise.resolve(this.hasList ? this.listed : null);
  }

  end(workflowId: string): RunEnd {
    const end = { runId: `${workflowId}-run`, result: {} as RunEnd['result'] };
    this.over.set(workflowId, end);
    return end;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setImmediate();
}

describe('a sweep', () => {
  it('tells at once of what is over already', async () => {
    const runs = new Runs();
    const end = runs.end('a');
    await expect(new EndSweep(runs, NEVER_LOOKS).end('a', {})).resolves.toBe(end);
  });

  it('looks again only at those that the list names, at the run that it found before', async () => {
    const runs = new Runs();
    const sweep = new EndSweep(runs, NEVER_LOOKS);
    const leaving = new AbortController();
    const [ended, other] = [sweep.end('a', {}), sweep.end('b', { signal: leaving.signal })];
    await until(() => runs.looks.length === 2);
    const end = runs.end('a');
    runs.listed.push('a', 'of somebody else');
    await expect(ended).resolves.toBe(end);
    expect(runs.looks).toEqual([
      ['a', null],
      ['b', null],
      ['a', 'a-run'],
    ]);
    leaving.abort(new Error('left'));
    await expect(other).rejects.toThrow('left');
  });

  it.each([
    ['there is no list', false],
    ['the list does not tell', true],
  ])('finds every end by itself where %s', async (_rule, hasList) => {
    const runs = new Runs();
    runs.hasList = hasList;
    const sweep = new EndSweep(runs, LOOKS);
    const ids = Array.from({ length: 100 }, (_, index) => `run-${index}`);
    const ends = ids.map((id) => sweep.end(id, {}));
    await until(() => runs.looks.length >= ids.length);
    const expected = ids.map((id) => runs.end(id));
    await expect(Promise.all(ends)).resolves.toEqual(expected);
  });

  it('outlasts an outage, and tells of its beginning and end once', async () => {
    const runs = new Runs();
    runs.isReachable = false;
    const told: string[] = [];
    const ended = new EndSweep(runs, LOOKS).end('a', {
      onUnreachable: () => told.push('unreachable'),
      onReachable: () => told.push('reachable'),
    });
    await until(() => runs.refusals > 3);
    runs.isReachable = true;
    await until(() => told.length > 1);
    const end = runs.end('a');
    await expect(ended).resolves.toBe(end);
    expect(told).toEqual(['unreachable', 'reachable']);
  });

  it('leaves no error behind of a look at one that nobody waits for any more', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const runs = new Runs();
    const closing = new AbortController();
    runs.standing = () =>
      new Promise((_, reject) => {
        closing.signal.addEventListener('abort', () => {
          reject(new Error('closed'));
        });
      });
    const leaving = new AbortController();
    const left = new EndSweep(runs, NEVER_LOOKS).end('a', { signal: leaving.signal });
    await setImmediate();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    closing.abort();
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('rejects for the one that cannot be told, and goes on for the others', async () => {
    const runs = new Runs();
    const standing = runs.standing.bind(runs);
    runs.standing = (workflowId, runId) =>
      workflowId === 'never' ? Promise.reject(new NotStartedError('never')) : standing(workflowId, runId);
    const sweep = new EndSweep(runs, LOOKS);
    const [never, other] = [sweep.end('never', {}), sweep.end('a', {})];
    await expect(never).rejects.toMatchObject({ type: 'NotStarted' });
    const end = runs.end('a');
    await expect(other).resolves.toBe(end);
  });
});

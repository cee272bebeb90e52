import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { NotStartedError, TemporalRefusedError, TemporalUnreachableError } from '../../client';
import type { CurrentState, RunEnd } from '../../client/result';
import type { RunCalls } from '../../client/runEnds';
import { RunEnds } from '../../client/runEnds';

const NEVER_LOOKS = { listIntervalMs: 5, lookIntervalMs: 3_600_000 };
const LOOKS = { listIntervalMs: 5, lookIntervalMs: 10 };
const UNREACHABLE = new TemporalUnreachableError('localhost:7233', new Error('down'));

/** Runs that go on until they are ended. */
class Runs implements RunCalls {
  readonly over = new Map<string, RunEnd>();
  readonly looks: [workflowId: string, runId: string | null][] = [];
  readonly listed: string[] = [];
  hasList = true;
  isReachable = true;
  refusals = 0;

  currentState(workflowId: string, runId: string | null): Promise<CurrentState> {
    this.looks.push([workflowId, runId]);
    const end = this.over.get(workflowId);
    return Promise.resolve(
      end === undefined ? { kind: 'running', runId: `${workflowId}-run`, halted: null } : { kind: 'over', end },
    );
  }

  closedSince(): Promise<readonly string[]> {
    if (!this.isReachable) {
      this.refusals++;
      return Promise.reject(UNREACHABLE);
    }
    return this.hasList ? Promise.resolve(this.listed) : Promise.reject(new TemporalRefusedError('no list'));
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

describe('the ends of many runs', () => {
  it('are returned at once where a run is over already', async () => {
    const runs = new Runs();
    const end = runs.end('a');
    await expect(new RunEnds(runs, NEVER_LOOKS).end('a', {})).resolves.toBe(end);
  });

  it('are looked for again only where the list names a run, and at the run that was found before', async () => {
    const runs = new Runs();
    const ends = new RunEnds(runs, NEVER_LOOKS);
    const leaving = new AbortController();
    const [ended, other] = [ends.end('a', {}), ends.end('b', { signal: leaving.signal })];
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
    ['the list does not name them', true],
  ])('are all found where %s', async (_rule, hasList) => {
    const runs = new Runs();
    runs.hasList = hasList;
    const ends = new RunEnds(runs, LOOKS);
    const ids = Array.from({ length: 100 }, (_, index) => `run-${index}`);
    const all = ids.map((id) => ends.end(id, {}));
    await until(() => runs.looks.length >= ids.length);
    const expected = ids.map((id) => runs.end(id));
    await expect(Promise.all(all)).resolves.toEqual(expected);
  });

  it('outlast an outage, whose beginning and end are reported once', async () => {
    const runs = new Runs();
    runs.isReachable = false;
    const told: string[] = [];
    const ended = new RunEnds(runs, LOOKS).end('a', {
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

  it('leave no error behind of a look at a run that nobody waits for any more', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const runs = new Runs();
    const closing = new AbortController();
    runs.currentState = () =>
      new Promise((_, reject) => {
        closing.signal.addEventListener('abort', () => {
          reject(new Error('closed'));
        });
      });
    const leaving = new AbortController();
    const left = new RunEnds(runs, NEVER_LOOKS).end('a', { signal: leaving.signal });
    await setImmediate();
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    closing.abort();
    for (let turn = 0; turn < 10; turn += 1) await setImmediate();
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('are found for the others where one cannot be told', async () => {
    const runs = new Runs();
    const currentState = runs.currentState.bind(runs);
    runs.currentState = (workflowId, runId) =>
      workflowId === 'never' ? Promise.reject(new NotStartedError('never')) : currentState(workflowId, runId);
    const ends = new RunEnds(runs, LOOKS);
    const [never, other] = [ends.end('never', {}), ends.end('a', {})];
    await expect(never).rejects.toMatchObject({ type: 'NotStarted' });
    const end = runs.end('a');
    await expect(other).resolves.toBe(end);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { draws } from '../environment/draws';
import type { Setting } from './drawn';
import { MAX_WORD, settingOf } from './drawn';
import { ModelledRun, ObjectionError } from './modelledRun';

describe('whatever the API does, and whatever operators ask for', () => {
  it('a run concludes only what it was told, waits within bounds, keeps to its budgets and ends in time', () => {
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(
        fc.nat({ max: 2 ** 30 }),
        fc.array(fc.integer({ min: 0, max: MAX_WORD }), { maxLength: 60, size: 'max' }),
        (first, words) => {
          const setting = settingOf(first);
          const run = new ModelledRun(setting, words);
          try {
            const conclusion = run.untilItEnds();
            const name = conclusion.kind === 'outcome' ? conclusion.outcome : conclusion.type;
            reached.set(name, (reached.get(name) ?? 0) + 1);
          } catch (error) {
            if (error instanceof ObjectionError) throw new ObjectionError(told(error.message, setting, run));
            throw error;
          }
        },
      ),
      { numRuns: draws(10_000, 100_000) },
    );
    // What was never reached was not checked.
    expect([...reached.keys()].toSorted()).toEqual(
      [
        ...['CANCELED', 'FINISHED', 'FAILED', 'NOT_CANCELABLE', 'DEADLINE_EXCEEDED', 'ABANDONED'],
        ...['TaskNotFound', 'TaskVanished', 'Unauthorized', 'Forbidden', 'VmcApiError'],
      ].toSorted(),
    );
  }, 600_000);
});

/** The objection with what led to it, one line each. */
function told(objection: string, { input }: Setting, { observations }: ModelledRun): string {
  return [objection, JSON.stringify(input), ...observations.map((one) => JSON.stringify(one))].join('\n');
}

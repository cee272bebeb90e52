import { describe, expect, it } from '@jest/globals';
import { newCancellation } from '../../../domain/cancellation/state';
import type { Cancellation } from '../../../domain/cancellation/state';
import { parseTask } from '../../../domain/cancellation/task';
import { parseCancelTaskInput } from '../../../domain/contract/input';
import { progressOf, resultOf } from '../../../domain/contract/report';
import { searchAttributesOf } from '../../../domain/contract/searchAttributes';

function settingsOf(input: object) {
  const parsed = parseCancelTaskInput({ orgId: 'org-1', taskId: 'task-1', ...input });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.value;
}

const settings = settingsOf({ deadline: '1h', reason: 'why', requestedBy: 'who' });
const declined = { httpStatus: 400, errorCode: 'no', messages: ['not now'] };
const timeline = [{ at: '1970-01-01T00:00:00.000Z', event: 'requested' as const }];
const trouble = { type: 'Timeout' as const, message: 'late', since: '1970-01-01T00:00:04.000Z', failures: 2 };
const task = parseTask({ id: 'task-1', status: 'CANCELED' });
const state: Cancellation = {
  ...newCancellation(settings, 0),
  ...{ stage: 'monitoring', acceptedAtMs: 1_000, lastSeenAtMs: 2_000, nextReadAtMs: 3_000 },
  ...{ cancelRequests: 4, polls: 5, task, declined, timeline, trouble },
};
const common = {
  ...{ orgId: 'org-1', taskId: 'task-1', reason: 'why', requestedBy: 'who' },
  ...{ startedAt: '1970-01-01T00:00:00.000Z', acceptedAt: '1970-01-01T00:00:01.000Z' },
  ...{ cancelRequests: 4, polls: 5, task, declined, timeline },
};

describe('a report', () => {
  it('of the progress has every field, with when the task was last seen', () => {
    const progress = {
      ...common,
      ...{ phase: 'MONITORING', alreadySettled: false, observedAt: '1970-01-01T00:00:02.000Z' },
      ...{ deadlineAt: '1970-01-01T01:00:00.000Z', nextPollAt: '1970-01-01T00:00:03.000Z', trouble },
    };
    expect(progressOf(state, settings)).toStrictEqual(progress);
    expect(progressOf({ ...state, task: null }, settings)).toMatchObject({ phase: 'REQUESTING' });
    expect(progressOf({ ...state, nextReadAtMs: null }, settings)).toMatchObject({ nextPollAt: null });
  });

  it.each([true, false])(
    'of the result has the outcome and when it was observed (already settled: %s)',
    (alreadySettled) => {
      const ending = { kind: 'outcome' as const, outcome: 'CANCELED' as const, atMs: 7_000, alreadySettled };
      const result = { ...common, alreadySettled, outcome: 'CANCELED', observedAt: '1970-01-01T00:00:07.000Z' };
      expect(resultOf({ ...state, ending }, ending, settings)).toStrictEqual(result);
      expect(progressOf({ ...state, ending }, settings)).toMatchObject({ phase: 'SETTLED', alreadySettled });
      expect(searchAttributesOf({ ...state, ending }, settings).outcome).toBe('CANCELED');
    },
  );

  it('of a failed run is no result and never already settled', () => {
    const ending = { kind: 'failure' as const, type: 'Forbidden' as const, message: 'no' };
    expect(progressOf({ ...state, ending }, settings)).toMatchObject({ phase: 'SETTLED', alreadySettled: false });
    expect(searchAttributesOf({ ...state, ending }, settings).outcome).toBeNull();
  });

  it('for lists has values of 64 characters at most, and none where nothing is known', () => {
    const long = settingsOf({ orgId: 'o'.repeat(70), taskId: 't'.repeat(64) });
    expect(searchAttributesOf({ ...state, task: parseTask({ id: 't', status: '🙂'.repeat(65) }) }, long)).toEqual({
      orgId: 'o'.repeat(64),
      taskId: 't'.repeat(64),
      taskStatus: '🙂'.repeat(64),
      outcome: null,
    });
    expect(searchAttributesOf({ ...state, task: null }, settings).taskStatus).toBeNull();
  });
});

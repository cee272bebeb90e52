import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallFailure, Refusal, TroubleType } from '../../../domain/contract/answers';
import { TROUBLE_TYPES } from '../../../domain/contract/answers';
import type { Cancellation } from '../../../domain/cancellation/state';
import { isKnownStarted, readHoldMs } from '../../../domain/cancellation/readHold';
import { cancelAccepted, cancelFailed, cancelRefused, cancelSent } from '../../../domain/cancellation/cancelAnswers';
import { fateOf } from '../../../domain/cancellation/cancelFate';
import { withOutcome } from '../../../domain/cancellation/ending';
import {
  deadlineExtended,
  monitoringStopped,
  pollRequested,
  reissueRequested,
} from '../../../domain/cancellation/operator';
import { readFailed, taskRead } from '../../../domain/cancellation/readAnswers';
import { cancelDueAtMs } from '../../../domain/cancellation/reissue';
import { fromContinuedRun, newCancellation } from '../../../domain/cancellation/state';
import type { CancelTaskSettings, OnDeclined } from '../../../domain/contract/input';
import { ON_DECLINED, parseCancelTaskInput } from '../../../domain/contract/input';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../../../domain/contract/result';
import { progressOf, resultOf } from '../../../domain/contract/report';
import type { Task } from '../../../domain/cancellation/task';
import { parseTask } from '../../../domain/cancellation/task';
import { TASK_STATUSES } from '../../../domain/cancellation/taskStatus';

const START_MS = Date.UTC(2026, 0, 1);

function settings(
  input: { onDeclined?: OnDeclined; maxCancelRequests?: number; poll?: object } = {},
): CancelTaskSettings {
  const parsed = parseCancelTaskInput({ orgId: 'org-1', taskId: 'task-1', ...input });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.value;
}

function task(status: string, more: Partial<Task> = {}): Task {
  const parsed = parseTask({ id: 'task-1', status });
  if (parsed === null) throw new Error(`no task of status ${status}`);
  return { ...parsed, ...more };
}

function failure(type: TroubleType, more: Partial<CallFailure> = {}): CallFailure {
  const retryable = ['RateLimited', 'Unavailable', 'Timeout', 'SignInUnavailable'].includes(type);
  return { type, message: `it was ${type}`, retryable, httpStatus: null, errorCode: null, retryAfterMs: null, ...more };
}

const REFUSAL: Refusal = { httpStatus: 400, errorCode: 'no', messages: ['Cannot cancel task'] };

/** A cancellation that is told one answer after the other, so many seconds after its start. */
function told(
  given: CancelTaskSettings,
  ...answers: [
    number,
    (state: Cancellation, call: { atMs: number; operator: boolean; random: number }) => Cancellation,
  ][]
) {
  return answers.reduce(
    (state, [seconds, tell]) => {
      return tell(state, { atMs: START_MS + seconds * 1000, operator: false, random: 0 });
    },
    newCancellation(given, START_MS),
  );
}

const accepted =
  (given: CancelTaskSettings, task: Task) =>
  (state: Cancellation, call: { atMs: number; operator: boolean; random: number }) =>
    cancelAccepted(cancelSent(state, call), task, call, given);
const refusedUnder =
  (given: CancelTaskSettings) => (state: Cancellation, call: { atMs: number; operator: boolean; random: number }) =>
    cancelRefused(cancelSent(state, call), REFUSAL, call, given);
const refused = refusedUnder(settings());
const unanswered =
  (failure: CallFailure) => (state: Cancellation, call: { atMs: number; operator: boolean; random: number }) =>
    cancelFailed(cancelSent(state, call), failure, call);
/** A read that took no time. */
function readAtOnce(
  state: Cancellation,
  task: Task,
  call: { atMs: number; random: number },
  given: CancelTaskSettings,
): Cancellation {
  return taskRead(state, task, { ...call, beganAtMs: call.atMs }, given);
}
const read = (given: CancelTaskSettings, task: Task) => (state: Cancellation, call: { atMs: number; random: number }) =>
  readAtOnce(state, task, call, given);
const unread =
  (given: CancelTaskSettings, failure: CallFailure) => (state: Cancellation, call: { atMs: number; random: number }) =>
    readFailed(state, failure, call, given);

function endingOf(state: Cancellation) {
  const { ending } = state;
  return ending?.kind === 'outcome' ? { outcome: ending.outcome, alreadySettled: ending.alreadySettled } : ending?.type;
}

const s = settings();

describe('the verdict', () => {
  it.each(['CANCELED', 'FINISHED', 'FAILED'])('is %s when a read says so', (status) => {
    const state = told(s, [0, accepted(s, task('CANCELING'))], [30, read(s, task(status))]);
    expect(endingOf(state)).toEqual({ outcome: status, alreadySettled: false });
  });

  it('is already there when the first accepted answer is terminal', () => {
    expect(endingOf(told(s, [0, accepted(s, task('FINISHED'))]))).toEqual({
      outcome: 'FINISHED',
      alreadySettled: true,
    });
  });

  it('is already there when a refused task turns out to be over, however long that takes to learn', () => {
    const state = told(s, [0, refused], [1, unread(s, failure('Unavailable'))], [3, read(s, task('FINISHED'))]);
    expect(endingOf(state)).toEqual({ outcome: 'FINISHED', alreadySettled: true });
  });

  it.each(['RateLimited', 'SignInUnavailable'] as const)(
    'is already there after an attempt that ended as %s, which was never heard',
    (type) => {
      const state = told(s, [0, unanswered(failure(type))], [2, refused], [3, read(s, task('CANCELED'))]);
      expect(endingOf(state)).toEqual({ outcome: 'CANCELED', alreadySettled: true });
    },
  );

  it.each(['Unavailable', 'Timeout', 'TaskNotFound'] as const)(
    'is not called already there after an attempt that ended as %s: it may have been heard',
    (type) => {
      const viaRefusal = told(s, [0, unanswered(failure(type))], [2, refused], [3, read(s, task('CANCELED'))]);
      const viaAcceptance = told(s, [0, unanswered(failure(type))], [2, accepted(s, task('CANCELED'))]);
      expect([viaRefusal, viaAcceptance].map(endingOf)).toEqual([
        { outcome: 'CANCELED', alreadySettled: false },
        { outcome: 'CANCELED', alreadySettled: false },
      ]);
    },
  );

  it('is not called already there for a task that was seen running', () => {
    const given = settings({ onDeclined: 'monitor' });
    const state = told(given, [0, refused], [1, read(given, task('STARTED'))], [30, read(given, task('FINISHED'))]);
    expect(endingOf(state)).toEqual({ outcome: 'FINISHED', alreadySettled: false });
  });

  it('is not called already there while a cancel of ours is in flight', () => {
    const sent = told(s, [0, cancelSent], [1, read(s, task('CANCELED'))]);
    expect(endingOf(sent)).toEqual({ outcome: 'CANCELED', alreadySettled: false });
    const answeredLate = accepted(s, task('CANCELED'))(sent, { atMs: START_MS + 2_000, operator: false, random: 0 });
    expect(answeredLate).toMatchObject({ ending: sent.ending, cancelRequests: 1, acceptedAtMs: START_MS + 2_000 });
  });

  it('is changed by no later answer, which is only counted', () => {
    const late = { atMs: START_MS + 60_000, operator: false, random: 0 };
    const over = [
      told(s, [0, accepted(s, task('CANCELING'))], [30, (state, { atMs }) => withOutcome(state, 'ABANDONED', atMs)]),
      told(s, [0, unanswered(failure('Forbidden'))]),
    ];
    for (const ended of over) {
      const { ending, task: last, lastSeenAtMs, trouble, polls, cancelRequests } = ended;
      const same = { ending, task: last, lastSeenAtMs, nextReadAtMs: null, nextCancelAtMs: null };
      const sent = cancelSent(ended, late);
      const counted = { ...same, cancelInFlight: false, cancelRequests: cancelRequests + 1 };
      expect(cancelAccepted(sent, task('FINISHED'), late, s)).toMatchObject(counted);
      expect(cancelRefused(sent, REFUSAL, late, s)).toMatchObject(counted);
      expect(cancelFailed(sent, failure('Timeout'), late)).toEqual({ ...ended, timeline: sent.timeline });
      expect(read(s, task('STARTED'))(ended, late)).toEqual({ ...ended, polls: polls + 1 });
      expect(unread(s, failure('Timeout'))(ended, late)).toMatchObject({ ...same, trouble });
    }
    expect(told(s, [0, accepted(s, task('FINISHED'))])).toMatchObject({ nextReadAtMs: null, nextCancelAtMs: null });
    const readOver = told(s, [0, accepted(s, task('CANCELING'))], [30, read(s, task('CANCELED'))]);
    expect(readOver).toMatchObject({ nextReadAtMs: null, stage: 'monitoring' });
    const slow = { beganAtMs: START_MS - 1, atMs: START_MS + 1, random: 0 };
    expect(taskRead(told(s, [0, refused]), task('FAILED'), slow, s).nextReadAtMs).toBeNull();
  });

  it('is not called already there once an earlier cancel was refused', () => {
    const state = told(
      s,
      [0, refused],
      [1, unread(s, failure('Timeout'))],
      [3, refused],
      [4, read(s, task('FINISHED'))],
    );
    expect(endingOf(state)).toEqual({ outcome: 'FINISHED', alreadySettled: false });
  });

  it('stays what it is', () => {
    const state = told(s, [0, accepted(s, task('FINISHED'))]);
    expect(withOutcome(state, 'DEADLINE_EXCEEDED', START_MS + 1)).toBe(state);
  });

  it('is ABANDONED once an operator stopped the watch, with the last answer kept', () => {
    const state = told(
      s,
      [0, accepted(s, task('CANCELING'))],
      [5, (state, { atMs }) => monitoringStopped(state, atMs, { reason: 'enough' })],
      [6, accepted(s, task('CANCELED'))],
      [7, (state, { atMs }) => withOutcome(state, 'ABANDONED', atMs)],
    );
    expect(endingOf(state)).toEqual({ outcome: 'ABANDONED', alreadySettled: false });
    expect(state.task?.status).toBe('CANCELED');
  });
});

describe('a refusal', () => {
  it('of a STARTED task is NOT_CANCELABLE under the policy return', () => {
    expect(endingOf(told(s, [0, refused], [1, read(s, task('STARTED'))]))).toEqual({
      outcome: 'NOT_CANCELABLE',
      alreadySettled: false,
    });
  });

  it('of a task with an unknown status is taken as declined', () => {
    expect(endingOf(told(s, [0, refused], [1, read(s, task('PAUSED'))]))).toMatchObject({ outcome: 'NOT_CANCELABLE' });
  });

  it.each(ON_DECLINED)(
    'of a CANCELING task is another cancel under way, to be watched, under the policy %s',
    (onDeclined) => {
      const given = settings({ onDeclined });
      const state = told(given, [0, refused], [1, read(given, task('CANCELING'))]);
      expect(state).toMatchObject({ ending: null, stage: 'monitoring' });
    },
  );

  it.each(['monitor', 'retry'] as const)(
    'is checked by a read once under the policy %s, and no watch is left for it',
    (onDeclined) => {
      const given = settings({ onDeclined });
      const first = told(given, [0, refusedUnder(given)]);
      expect(first).toMatchObject({ stage: 'checkingRefusal', nextReadAtMs: START_MS });
      const again = told(given, [0, refusedUnder(given)], [1, read(given, task('STARTED'))], [30, refusedUnder(given)]);
      expect(again).toMatchObject({ stage: 'monitoring', nextReadAtMs: START_MS + 30_000 });
    },
  );

  it('after an acceptance is recorded, and the watch goes on', () => {
    const state = told(s, [0, accepted(s, task('STARTED'))], [600, refused], [601, read(s, task('STARTED'))]);
    expect(state).toMatchObject({ ending: null, declined: REFUSAL, cancelRequests: 2 });
  });
});

describe('the timeline', () => {
  it('has every event once, with what belongs to it', () => {
    const given = settings({ onDeclined: 'retry' });
    const at = (status: string, phaseInProgress: string) => task(status, { phaseInProgress });
    const { timeline } = told(
      given,
      [0, unanswered(failure('Timeout'))],
      [2, unanswered(failure('Unavailable'))],
      [4, refusedUnder(given)],
      [5, read(given, at('STARTED', 'a'))],
      [20, read(given, at('STARTED', 'b'))],
      [30, accepted(given, at('CANCELING', 'b'))],
      [31, (state, { atMs }) => pollRequested(state, atMs, 'one')],
      [32, (state, { atMs }) => reissueRequested(state, atMs, 'four')],
      [33, (state, { atMs }) => cancelSent(state, { atMs, operator: true })],
      [34, (state, { atMs }) => deadlineExtended(state, { deadlineAtMs: START_MS, requestedBy: 'two' }, atMs)],
      [35, (state, { atMs }) => monitoringStopped(state, atMs, { reason: 'enough' })],
      [36, (state, { atMs }) => withOutcome(state, 'ABANDONED', atMs)],
    );
    const since = '2026-01-01T00:00:00.000Z';
    expect(timeline.map(({ at, ...entry }) => [(Date.parse(at) - START_MS) / 1000, entry])).toStrictEqual([
      [0, { event: 'requested' }],
      [0, { event: 'troubleBegan', type: 'Timeout', message: 'it was Timeout' }],
      [4, { event: 'troubleEnded', type: 'Unavailable', since, failures: 2 }],
      [4, { event: 'declined', httpStatus: 400, errorCode: 'no' }],
      [5, { event: 'statusChanged', from: null, to: 'STARTED' }],
      [20, { event: 'phaseChanged', from: 'a', to: 'b' }],
      [30, { event: 'cancelReissued', by: 'schedule' }],
      [30, { event: 'accepted', status: 'CANCELING' }],
      [30, { event: 'statusChanged', from: 'STARTED', to: 'CANCELING' }],
      [31, { event: 'polledNow', requestedBy: 'one' }],
      [32, { event: 'cancelReissued', by: 'operator', requestedBy: 'four' }],
      [34, { event: 'deadlineExtended', deadlineAt: since, requestedBy: 'two' }],
      [35, { event: 'monitoringStopped', reason: 'enough' }],
      [36, { event: 'settled', outcome: 'ABANDONED' }],
    ]);
  });
});

describe('the cancel is sent again', () => {
  const started = (phaseInProgress: string) => task('STARTED', { phaseInProgress });
  const dueAfterSeconds = (state: Cancellation, given: CancelTaskSettings) => {
    const atMs = cancelDueAtMs(state, given);
    return atMs === null ? null : (atMs - START_MS) / 1000;
  };

  it('ten minutes after an acceptance that changed nothing', () => {
    const state = told(s, [0, accepted(s, started('a'))], [30, read(s, started('a'))]);
    expect(dueAfterSeconds(state, s)).toBe(600);
  });

  it('as soon as the phase changes, ten seconds after the last one at the earliest', () => {
    const state = told(s, [0, accepted(s, started('a'))], [3, read(s, started('b'))]);
    expect(dueAfterSeconds(state, s)).toBe(10);
  });

  it('as soon as the sub-status changes', () => {
    const one = task('STARTED', { subStatus: 'A' });
    const state = told(s, [0, accepted(s, one)], [30, read(s, { ...one, subStatus: 'B' })]);
    expect(dueAfterSeconds(state, s)).toBe(10);
  });

  it('when a task is STARTED again after it was CANCELING for somebody else', () => {
    const state = told(s, [0, refused], [1, read(s, task('CANCELING'))], [60, read(s, task('STARTED'))]);
    expect(dueAfterSeconds(state, s)).toBe(600);
  });

  it('after it was declined under retry, and never under monitor', () => {
    const [retry, monitor] = (['retry', 'monitor'] as const).map((onDeclined) => {
      const given = settings({ onDeclined });
      return dueAfterSeconds(
        told(given, [0, refused], [1, read(given, started('a'))], [30, read(given, started('b'))]),
        given,
      );
    });
    expect([retry, monitor]).toEqual([10, null]);
  });

  it('at the next phase after one that was refused for good, and not before', () => {
    const forbidden = unanswered(failure('Forbidden'));
    const state = told(
      s,
      [0, accepted(s, started('a'))],
      [20, read(s, started('b'))],
      [21, forbidden],
      [40, read(s, started('b'))],
    );
    expect(dueAfterSeconds(state, s)).toBe(621);
    expect(
      dueAfterSeconds(told(s, [0, accepted(s, started('a'))], [21, forbidden], [40, read(s, started('c'))]), s),
    ).toBe(31);
  });

  it('ten seconds after one that got no answer at the earliest, once the task was seen or a cancel answered', () => {
    const timeout = unanswered(failure('Timeout'));
    const watched = told(s, [0, accepted(s, started('a'))], [600, timeout]);
    expect(dueAfterSeconds(watched, s)).toBe(610);
    expect(watched.nextReadAtMs).toBe(told(s, [0, accepted(s, started('a'))]).nextReadAtMs);
    const seenAtTheDeadline = told(s, [0, timeout], [1, read(s, started('a'))], [2, timeout]);
    expect(seenAtTheDeadline.stage).toBe('requesting');
    expect(dueAfterSeconds(seenAtTheDeadline, s)).toBe(12);
    expect(
      dueAfterSeconds(told(s, [0, timeout], [1, read(s, started('a'))], [2, unanswered(failure('Forbidden'))]), s),
    ).toBe(12);
    const retry = settings({ onDeclined: 'retry' });
    const declined = told(retry, [0, refusedUnder(retry)], [2, timeout], [3, read(retry, started('a'))]);
    expect(dueAfterSeconds(declined, retry)).toBe(12);
  });

  it('never while the task is CANCELING', () => {
    expect(dueAfterSeconds(told(s, [0, accepted(s, task('CANCELING'))]), s)).toBeNull();
  });

  it('never beyond maxCancelRequests, to which an unanswered attempt and an operator do not count', () => {
    const two = settings({ maxCancelRequests: 2 });
    const once = told(
      two,
      [0, unanswered(failure('Timeout'))],
      [2, accepted(two, started('a'))],
      [20, (state, call) => cancelRefused(state, REFUSAL, { ...call, operator: true }, two)],
      [21, read(two, started('a'))],
    );
    expect(dueAfterSeconds(once, two)).toBe(620);
    const twice = told(two, [0, accepted(two, started('a'))], [600, accepted(two, started('a'))]);
    expect(dueAfterSeconds(twice, two)).toBeNull();
  });
});

describe('on the first contact', () => {
  it.each(['Unauthorized', 'Forbidden', 'VmcApiError'] as const)(
    '%s fails the run, for a cancel and for the read after a refusal',
    (type) => {
      expect(endingOf(told(s, [0, unanswered(failure(type))]))).toBe(type);
      expect(endingOf(told(s, [0, refused], [1, unread(s, failure(type))]))).toBe(type);
    },
  );

  it.each(['RateLimited', 'Unavailable', 'Timeout', 'SignInUnavailable'] as const)(
    '%s fails the run as well where no retry can help',
    (type) => {
      const state = told(s, [0, unanswered(failure(type, { retryable: false }))]);
      expect(state).toMatchObject({
        ending: { kind: 'failure', type: 'VmcApiError', message: `it was ${type}` },
        nextReadAtMs: null,
        nextCancelAtMs: null,
      });
    },
  );

  it('fails no run that an operator stopped', () => {
    const stopped = told(
      s,
      [0, refused],
      [1, (state, { atMs }) => monitoringStopped(state, atMs, {})],
      [2, unread(s, failure('Forbidden'))],
    );
    expect(stopped.ending).toBeNull();
  });

  it('a failed run has no read due, though its refusal was still to be checked or its cancels were never seen', () => {
    const forbidden = told(s, [0, refused], [2, unanswered(failure('Forbidden'))]);
    const timeouts = Array.from({ length: 19 }, (_, n) => [n, unanswered(failure('Timeout'))] as const);
    const unseen = told(s, ...timeouts.map(([n, tell]): [number, typeof tell] => [n, tell]), [
      60,
      unanswered(failure('VmcApiError')),
    ]);
    for (const state of [forbidden, unseen])
      expect(state).toMatchObject({ ending: { kind: 'failure' }, nextReadAtMs: null, nextCancelAtMs: null });
  });

  it('an unanswered cancel is repeated by itself, and the last read is not', () => {
    const state = told(s, [0, unanswered(failure('Timeout'))], [1, unread(s, failure('Timeout'))]);
    expect(state.nextReadAtMs).toBeNull();
    expect(reissueRequested(state, START_MS, undefined).operatorCancelsDue).toBe(0);
  });

  it('a task that a refused cancel left unread is looked for again after three seconds', () => {
    expect(told(s, [0, refused], [1, unread(s, failure('TaskNotFound'))]).nextReadAtMs).toBe(START_MS + 4_000);
  });

  it('the third answer of "no such task" fails the run, within ten seconds', () => {
    const notFound = unanswered(failure('TaskNotFound'));
    const twice = told(s, [0, notFound], [3, notFound]);
    expect(twice.ending).toBeNull();
    expect(cancelDueAtMs(twice, s)).toBe(START_MS + 6_000);
    expect(endingOf(told(s, [0, notFound], [3, notFound], [6, notFound]))).toBe('TaskNotFound');
  });

  it('a retryable failure is trouble, and the cancel is sent again after 2 s, 4 s, 8 s, or the Retry-After', () => {
    const first = told(s, [0, unanswered(failure('Unavailable'))]);
    expect(cancelDueAtMs(first, s)).toBe(START_MS + 2_000);
    expect(progressOf(first, s)).toMatchObject({ phase: 'REQUESTING', trouble: { type: 'Unavailable', failures: 1 } });
    const second = told(
      s,
      [0, unanswered(failure('Unavailable'))],
      [2, unanswered(failure('RateLimited', { retryAfterMs: 90_000 }))],
    );
    expect(cancelDueAtMs(second, s)).toBe(START_MS + 92_000);
  });
});

describe('a refusal', () => {
  const asked = (state: Cancellation, { atMs }: { atMs: number }) => reissueRequested(state, atMs, undefined);
  const sentByOperator = (state: Cancellation, { atMs }: { atMs: number }) =>
    cancelSent(state, { atMs, operator: true });
  const started = read(s, task('STARTED'));

  it('counts as declined at once where no cancel of ours was lost', () => {
    for (const type of ['RateLimited', 'SignInUnavailable'] as const)
      expect(endingOf(told(s, [0, unanswered(failure(type))], [2, refused], [3, started]))).toMatchObject({
        outcome: 'NOT_CANCELABLE',
      });
  });

  const lost: [string, CallFailure][] = [
    ['a 503', failure('Unavailable', { httpStatus: 503 })],
    ['a time-out', failure('Timeout')],
    ['a killed worker', failure('Unavailable')],
  ];

  it.each(lost)('after %s is in doubt: the task is watched before it counts as declined', (_, unheard) => {
    const doubted = told(s, [0, unanswered(unheard)], [2, refused], [3, started], [9, started]);
    expect(doubted.ending).toBeNull();
    expect(doubted.nextReadAtMs).toBeGreaterThan(START_MS + 9_000);
    expect(doubted.nextReadAtMs).toBeLessThan(START_MS + 60_000);
    expect(cancelDueAtMs(doubted, s)).toBeNull();
    expect(progressOf(doubted, s)).toMatchObject({ phase: 'REQUESTING', declined: { httpStatus: 400 } });
    expect(endingOf(read(s, task('CANCELED'))(doubted, { atMs: START_MS + 15_000, random: 0 }))).toEqual({
      outcome: 'CANCELED',
      alreadySettled: false,
    });
    const canceling = read(s, task('CANCELING'))(doubted, { atMs: START_MS + 15_000, random: 0 });
    expect(progressOf(canceling, s).phase).toBe('MONITORING');
  });

  it.each([10, 60 * 60_000])('is in doubt for two minutes at the most, whatever the schedule (min %d ms)', (min) => {
    const given = settings({ poll: { min: Math.max(min, 500), max: '1h' } });
    let state = told(given, [0, unanswered(failure('Timeout'))], [12, refusedUnder(given)]);
    let atMs = START_MS;
    for (let reads = 0; state.ending === null && reads < 1000; reads += 1) {
      atMs = state.nextReadAtMs ?? NaN;
      state = readAtOnce(state, task('STARTED'), { atMs, random: 0.999 }, given);
    }
    expect(endingOf(state)).toMatchObject({ outcome: 'NOT_CANCELABLE' });
    expect(atMs - (START_MS + 12_000)).toBeGreaterThan(90_000);
    expect(atMs - (START_MS + 12_000)).toBeLessThanOrEqual(120_000);
  });

  it('does not count while a cancel of ours is in flight, or asked for by an operator', () => {
    const inFlight = told(s, [0, refused], [1, asked], [1, sentByOperator], [3, started]);
    const waiting = told(s, [0, refused], [1, asked], [3, started]);
    for (const state of [inFlight, waiting]) {
      expect(state.ending).toBeNull();
      expect(state.nextReadAtMs).toBeGreaterThan(START_MS + 3_000);
    }
    const granted = accepted(s, task('STARTED'))(waiting, { atMs: START_MS + 4_000, operator: true, random: 0 });
    expect(read(s, task('STARTED'))(granted, { atMs: START_MS + 30_000, random: 0 }).ending).toBeNull();
  });

  it('is not interpreted by a read that began before it: the task is read again at once', () => {
    const reissued = told(s, [0, refused], [1, asked], [1, sentByOperator]);
    const twice = cancelRefused(reissued, REFUSAL, { atMs: START_MS + 4_000, operator: true }, s);
    const slow = { beganAtMs: START_MS + 500, atMs: START_MS + 5_000, random: 0 };
    const stale = taskRead(twice, task('STARTED'), slow, s);
    expect(stale).toMatchObject({ ending: null, nextReadAtMs: START_MS + 5_000, task: { status: 'STARTED' } });
    expect(endingOf(read(s, task('STARTED'))(stale, { atMs: START_MS + 5_500, random: 0 }))).toMatchObject({
      outcome: 'NOT_CANCELABLE',
    });
  });

  it.each([1_000, 10 * 60_000])('is read about within a minute however long the schedule waits (min %d ms)', (min) => {
    const given = settings({ poll: { min, max: '1h' } });
    const busy = unread(given, failure('Unavailable'));
    const readInVain = told(given, [0, refusedUnder(given)], [1, busy], [3, busy], [7, busy]);
    expect(readInVain.nextReadAtMs).toBe(START_MS + 7_000 + 8_000);
    for (const failed of [failure('RateLimited'), failure('Timeout'), failure('Forbidden')]) {
      const asking = told(given, [0, refusedUnder(given)], [1, asked], [1, sentByOperator], [3, started]);
      const ended = cancelFailed(asking, failed, { atMs: START_MS + 4_000, operator: true, random: 0 });
      expect(ended.nextReadAtMs).toBe(START_MS + 4_000);
    }
  });

  it('is no longer of interest to a read that began before a cancel was accepted, unless the task is over', () => {
    const granted = told(
      s,
      [0, refused],
      [1, asked],
      [4, accepted(s, task('CANCELING', { estimatedRemainingMinutes: 9 }))],
    );
    const slow = { beganAtMs: START_MS + 1_000, atMs: START_MS + 5_000, random: 0 };
    const stale = taskRead(granted, task('STARTED', { subStatus: 'old' }), slow, s);
    expect(stale).toMatchObject({ polls: 1, ending: null, task: { status: 'CANCELING' } });
    expect(stale.nextReadAtMs).toBeGreaterThan(slow.atMs);
    expect(stale.nextReadAtMs).toBeLessThan(slow.atMs + 120_000);
    expect(cancelDueAtMs(stale, s)).toBeNull();
    expect(endingOf(taskRead(granted, task('FINISHED'), slow, s))).toMatchObject({ outcome: 'FINISHED' });
  });

  it('of that cancel as well makes it declined; one that was lost leaves it in doubt', () => {
    const reissued = told(s, [0, refused], [1, asked], [1, sentByOperator], [3, started]);
    const answer = { atMs: START_MS + 4_000, operator: true, random: 0 };
    const twice = cancelRefused(reissued, REFUSAL, answer, s);
    expect(endingOf(readAtOnce(twice, task('STARTED'), { atMs: START_MS + 5_000, random: 0 }, s))).toMatchObject({
      outcome: 'NOT_CANCELABLE',
    });
    const timedOut = cancelFailed(reissued, failure('Timeout'), answer);
    expect(readAtOnce(timedOut, task('STARTED'), { atMs: START_MS + 5_000, random: 0 }, s).ending).toBeNull();
    expect(endingOf(readAtOnce(timedOut, task('STARTED'), { atMs: START_MS + 115_000, random: 0 }, s))).toMatchObject({
      outcome: 'NOT_CANCELABLE',
    });
  });
});

it.each<[TroubleType, string]>([
  ['Unauthorized', 'unheard'],
  ['Forbidden', 'unheard'],
  ['RateLimited', 'unheard'],
  ['SignInUnavailable', 'unheard'],
  ['TaskNotFound', 'mayHaveBeenHeard'],
  ['VmcApiError', 'mayHaveBeenHeard'],
  ['Unavailable', 'mayHaveBeenHeard'],
  ['Timeout', 'mayHaveBeenHeard'],
])('after %s a cancel counts as %s', (type, fate) => {
  expect(fateOf(failure(type))).toBe(fate);
});

describe('a cancel whose fate is unknown', () => {
  const unreadable = [200, 202, 204].map((httpStatus) => failure('Unavailable', { httpStatus }));

  it.each(unreadable)('after %j the task is read, and no cancel is due before it was seen', (failed) => {
    const state = told(s, [0, unanswered(failed)]);
    expect(state.nextReadAtMs).toBe(START_MS);
    expect(cancelDueAtMs(state, s)).toBeNull();
    const unseen = told(s, [0, unanswered(failed)], [1, unread(s, failure('Unavailable'))], [900, unread(s, failed)]);
    expect(cancelDueAtMs(unseen, s)).toBeNull();
    expect(unseen.nextReadAtMs).toBeGreaterThan(START_MS + 900_000);
    expect(progressOf(unseen, s)).toMatchObject({ phase: 'REQUESTING', cancelRequests: 0, acceptedAt: null });
  });

  it.each([
    ['Unavailable', { httpStatus: 199 }],
    ['Unavailable', { httpStatus: 300 }],
    ['Unavailable', { httpStatus: null }],
  ] as const)('but after %s with %j it is sent again', (type, more) => {
    const state = told(s, [0, unanswered(failure(type, more))]);
    expect(state.nextReadAtMs).toBeNull();
    expect(cancelDueAtMs(state, s)).toBe(START_MS + 2_000);
  });

  it('fails the run where no retry can help, and leaves a refusal to be checked by its read', () => {
    const forGood = failure('VmcApiError', { httpStatus: 200 });
    expect(endingOf(told(s, [0, unanswered(forGood)]))).toBe('VmcApiError');
    const again = told(s, [0, refused], [1, unanswered(failure('Unavailable', { httpStatus: 200 }))]);
    expect(again).toMatchObject({ stage: 'checkingRefusal', nextReadAtMs: START_MS + 1_000 });
  });

  it('counts as one of its own, and is due again as one that was accepted is', () => {
    const one = settings({ maxCancelRequests: 1 });
    const [failed] = unreadable;
    if (failed === undefined) throw new Error('no failure');
    const seen = told(s, [0, unanswered(failed)], [1, read(s, task('STARTED', { subStatus: 'a' }))]);
    expect(progressOf(seen, s).phase).toBe('MONITORING');
    expect(cancelDueAtMs(seen, s)).toBe(START_MS + 600_000);
    const moved = readAtOnce(seen, task('STARTED', { subStatus: 'b' }), { atMs: START_MS + 30_000, random: 0 }, s);
    expect(cancelDueAtMs(moved, s)).toBe(START_MS + 10_000);
    expect(cancelDueAtMs(told(one, [0, unanswered(failed)], [1, read(one, task('STARTED'))]), one)).toBeNull();
    const refusedLater = refused(seen, { atMs: START_MS + 600_000, operator: false, random: 0 });
    expect(readAtOnce(refusedLater, task('STARTED'), { atMs: START_MS + 601_000, random: 0 }, s).ending).toBeNull();
    expect(
      endingOf(readAtOnce(refusedLater, task('STARTED'), { atMs: START_MS + 715_000, random: 0 }, s)),
    ).toMatchObject({ outcome: 'NOT_CANCELABLE' });
  });

  it('is repeated twenty times without a sight of the task; then it is only read, until a read succeeds', () => {
    const busy = failure('Unavailable', { httpStatus: 503 });
    const times = (count: number): [number, ReturnType<typeof unanswered>][] =>
      Array.from({ length: count }, (_, n) => [n * 60, unanswered(busy)]);
    const nineteen = told(s, ...times(19));
    expect(cancelDueAtMs(nineteen, s)).not.toBeNull();
    expect(nineteen.nextReadAtMs).toBeNull();
    const twenty = told(s, ...times(20));
    expect(cancelDueAtMs(twenty, s)).toBeNull();
    expect(twenty.nextReadAtMs).toBe(START_MS + 19 * 60_000);
    const readInVain = told(s, ...times(20), [2_000, unread(s, busy)]);
    expect(cancelDueAtMs(readInVain, s)).toBeNull();
    const seen = readAtOnce(readInVain, task('STARTED'), { atMs: START_MS + 3_000_000, random: 0 }, s);
    expect(cancelDueAtMs(seen, s)).toBeLessThanOrEqual(START_MS + 3_000_000);
    expect(endingOf(told(s, ...times(20), [2_000, read(s, task('CANCELED'))]))).toMatchObject({ outcome: 'CANCELED' });
  });

  it('is bounded for a task that was seen before, too', () => {
    const busy = failure('Timeout');
    const retry = settings({ onDeclined: 'retry' });
    let state = told(retry, [0, accepted(retry, task('STARTED'))]);
    let sent = 0;
    for (let n = 1; n < 100; n += 1) {
      const atMs = START_MS + n * 600_000;
      state = readFailed(state, busy, { atMs, random: 0 }, retry);
      const due = cancelDueAtMs(state, retry);
      if (due === null || due > atMs) continue;
      sent += 1;
      state = cancelFailed(cancelSent(state, { atMs, operator: false }), busy, { atMs, operator: false, random: 0 });
    }
    expect(sent).toBe(20);
  });

  it('never sent, such as one that could not sign in, is repeated without such a bound', () => {
    const busy = failure('SignInUnavailable');
    const state = told(
      s,
      ...Array.from({ length: 50 }, (_, n): [number, ReturnType<typeof unanswered>] => [n * 60, unanswered(busy)]),
    );
    expect(cancelDueAtMs(state, s)).not.toBeNull();
  });
});

describe('while another call is in flight', () => {
  it.each(['Unauthorized', 'Forbidden', 'VmcApiError', 'TaskNotFound'] as const)(
    '%s fails no run: the other answer may still show the task',
    (type) => {
      const sent = cancelSent(newCancellation(s, START_MS), { atMs: START_MS, operator: false });
      const call = { atMs: START_MS + 2_000, random: 0, othersInFlight: true };
      const lastRead = readFailed(sent, failure(type), call, s);
      expect(lastRead).toMatchObject({ ending: null, trouble: { type } });
      const answered = cancelAccepted(lastRead, task('CANCELING'), { ...call, operator: false }, s);
      expect(answered).toMatchObject({ ending: null, acceptedAtMs: START_MS + 2_000 });
      expect(cancelFailed(sent, failure(type), { ...call, operator: false }).ending).toBeNull();
    },
  );

  it('no cancel is told to be due', () => {
    expect(cancelDueAtMs(cancelSent(newCancellation(s, START_MS), { atMs: START_MS, operator: false }), s)).toBeNull();
  });

  it('of two reads, the one that began first says nothing newer, unless the task is over', () => {
    const now = told(s, [0, accepted(s, task('STARTED'))], [6, read(s, task('CANCELING', { subStatus: 'new' }))]);
    const slow = { beganAtMs: START_MS + 5_000, atMs: START_MS + 7_000, random: 0 };
    const stale = taskRead(now, task('STARTED', { subStatus: 'old' }), slow, s);
    expect(stale).toMatchObject({ task: { status: 'CANCELING', subStatus: 'new' }, polls: 2, timeline: now.timeline });
    expect(endingOf(taskRead(now, task('CANCELED'), slow, s))).toMatchObject({ outcome: 'CANCELED' });
  });
});

describe('once the task was seen', () => {
  const seen = [0, accepted(s, task('CANCELING'))] as const;

  it.each(TROUBLE_TYPES)('%s is trouble and outlived', (type) => {
    const troubled = told(s, [...seen], [30, unread(s, failure(type))]);
    expect(troubled.ending).toBeNull();
    expect(troubled.trouble).toEqual({
      type,
      message: `it was ${type}`,
      since: '2026-01-01T00:00:30.000Z',
      failures: 1,
    });
    const outlived = readAtOnce(troubled, task('CANCELED'), { atMs: START_MS + 60_000, random: 0 }, s);
    expect(endingOf(outlived)).toMatchObject({ outcome: 'CANCELED' });
    expect(outlived.trouble).toBeNull();
  });

  it('a Retry-After stays the floor of the schedule after an operator had a read in between', () => {
    const limited = unread(s, failure('RateLimited', { retryAfterMs: 600_000 }));
    const answered = told(s, [...seen], [30, limited], [40, read(s, task('CANCELING'))]);
    expect(answered.nextReadAtMs).toBeGreaterThanOrEqual(START_MS + 630_000);
    const refusedThen = told(s, [...seen], [30, limited], [40, refused]);
    expect(refusedThen.nextReadAtMs).toBe(START_MS + 630_000);
    const failedAgain = told(s, [...seen], [30, limited], [40, unread(s, failure('Unavailable'))]);
    expect(failedAgain.nextReadAtMs).toBeGreaterThanOrEqual(START_MS + 630_000);
    const cancelLimited = told(
      s,
      [0, unanswered(failure('RateLimited', { retryAfterMs: 600_000 }))],
      [5, unanswered(failure('Unavailable'))],
    );
    expect(cancelDueAtMs(cancelLimited, s)).toBeGreaterThanOrEqual(START_MS + 600_000);
  });

  const gone = unread(s, failure('TaskNotFound'));

  it('five answers of "no such task" over a minute make it TaskVanished', () => {
    const four = told(s, [...seen], [15, gone], [30, gone], [45, gone], [60, gone]);
    expect(four.ending).toBeNull();
    expect(gone(four, { atMs: START_MS + 75_000, random: 0 }).ending).toEqual({
      kind: 'failure',
      type: 'TaskVanished',
      message: 'it was TaskNotFound It had been seen before, last at 2026-01-01T00:00:00.000Z.',
    });
  });

  it('four do not, however long they take', () => {
    expect(told(s, [...seen], [15, gone], [45, gone], [75, gone], [105, gone]).ending).toBeNull();
  });

  it('five within less than a minute do not', () => {
    expect(told(s, [...seen], [15, gone], [16, gone], [17, gone], [18, gone], [74, gone]).ending).toBeNull();
  });

  it('only an answer with the task resets the count: a 503 neither counts nor resets', () => {
    const busy = unread(s, failure('Unavailable'));
    const counted = told(
      s,
      [...seen],
      [15, gone],
      [30, busy],
      [45, gone],
      [60, busy],
      [75, gone],
      [90, gone],
      [105, gone],
    );
    expect(endingOf(counted)).toBe('TaskVanished');
    const reset = told(
      s,
      [...seen],
      [15, gone],
      [30, gone],
      [45, gone],
      [60, gone],
      [70, read(s, task('CANCELING'))],
      [85, gone],
    );
    expect(reset.ending).toBeNull();
  });

  it('a read that got no answer is repeated at the pace of the schedule', () => {
    expect(told(s, [...seen], [30, unread(s, failure('Unavailable'))]).nextReadAtMs).toBe(START_MS + 40_000);
  });

  it('the first read keeps its own spread; later ones count from the acceptance, or from the first sight', () => {
    expect(told(s, [...seen]).nextReadAtMs).toBe(START_MS + 10_000);
    const given = settings({ onDeclined: 'monitor' });
    const declined = told(given, [0, refused], [600, read(given, task('STARTED'))]);
    const laterBySeconds = [1_200, 4_200].map((seconds) => {
      const { nextReadAtMs } = read(given, task('STARTED'))(declined, { atMs: START_MS + seconds * 1000, random: 0 });
      return ((nextReadAtMs ?? NaN) - START_MS) / 1000 - seconds;
    });
    expect(laterBySeconds[0]).toBeGreaterThan(20);
    expect(laterBySeconds[0]).toBeLessThan(80);
    expect(laterBySeconds[1]).toBeGreaterThan(40);
    expect(laterBySeconds[1]).toBeLessThan(110);
  });

  it('an estimate counts from its first sight since the acceptance, or since it last rose', () => {
    const left = (estimatedRemainingMinutes: number | null) => task('CANCELING', { estimatedRemainingMinutes });
    const baselines = (...minutes: (number | null)[]) =>
      minutes.map((_, n) => {
        const reads = minutes
          .slice(0, n + 1)
          .map((one, index): [number, ReturnType<typeof read>] => [60 * (index + 1), read(s, left(one))]);
        const { estimateBaseline } = told(s, [0, accepted(s, left(99))], ...reads);
        return estimateBaseline && [(estimateBaseline.atMs - START_MS) / 60_000, estimateBaseline.minutes];
      });
    expect(baselines(null, 9, 7, 7, 8, 2)).toEqual([null, [2, 9], [2, 9], [2, 9], [5, 8], [5, 8]]);
    expect(baselines(9, null, 12)).toEqual([
      [1, 9],
      [1, 9],
      [3, 12],
    ]);
  });

  it('an estimate stretches the wait, the more the longer it was seen to fall', () => {
    const left = (estimatedRemainingMinutes: number | null) => task('CANCELING', { estimatedRemainingMinutes });
    const waitSeconds = (first: number | null, last: number | null) => {
      const reads: [number, ReturnType<typeof read>][] = [
        [60, read(s, left(first))],
        [660, read(s, left(last))],
      ];
      const { nextReadAtMs } = told(s, [0, accepted(s, left(null))], ...reads);
      return ((nextReadAtMs ?? NaN) - START_MS) / 1000 - 660;
    };
    const [none, steady, fallen] = [waitSeconds(null, null), waitSeconds(60, 60), waitSeconds(70, 60)];
    expect(none).toBeLessThan(90);
    expect(steady).toBeGreaterThan(1.5 * none);
    expect(fallen).toBeGreaterThan(1.5 * steady);
    // Three quarters of what is left.
    expect(waitSeconds(14, 4)).toBeLessThan(180);
  });

  it('is looked for every 15 s from the first such answer on', () => {
    const once = told(s, [...seen], [15, gone]);
    expect(once.nextReadAtMs).toBe(START_MS + 30_000);
    expect(told(s, [...seen], [15, gone], [30, unread(s, failure('Unavailable'))]).nextReadAtMs).toBe(
      START_MS + 45_000,
    );
  });

  it('is not looked for before a Retry-After is over', () => {
    const limited = unread(s, failure('RateLimited', { retryAfterMs: 600_000 }));
    expect(told(s, [...seen], [30, limited], [40, gone]).nextReadAtMs).toBe(START_MS + 630_000);
  });

  it.each(TROUBLE_TYPES.filter((type) => type !== 'TaskNotFound'))(
    'is decided by such an answer alone: %s a minute after five of them does not',
    (type) => {
      const five = [15, 16, 17, 18, 19].map((seconds): [number, typeof gone] => [seconds, gone]);
      const state = told(s, [...seen], ...five, [80, unread(s, failure(type))]);
      expect(state.ending).toBeNull();
      expect(endingOf(gone(state, { atMs: START_MS + 95_000, random: 0 }))).toBe('TaskVanished');
    },
  );

  it('is told by reads alone: a cancel that is answered so does not count', () => {
    const goneCancel = unanswered(failure('TaskNotFound'));
    const four = [15, 30, 45, 60].map((seconds): [number, typeof gone] => [seconds, gone]);
    const state = told(s, [...seen], ...four, [70, goneCancel], [80, goneCancel]);
    expect(state.ending).toBeNull();
    expect(state.vanishing).toMatchObject({ count: 4 });
  });

  it('an answer that no API wrote is no step towards TaskVanished', () => {
    const lost = unread(s, failure('VmcApiError', { httpStatus: 404 }));
    expect(
      told(s, [...seen], [15, lost], [30, lost], [45, lost], [60, lost], [75, lost], [90, lost]).ending,
    ).toBeNull();
  });
});

it('a run goes on from the state that the run before it carried, with a default for every field that this one lacks', () => {
  const before = cancelAccepted(
    cancelSent(newCancellation(s, START_MS), { atMs: START_MS, operator: false }),
    task('CANCELING'),
    { atMs: START_MS, operator: false, random: 0 },
    s,
  );
  const { cancelWasLost, ...withoutOne } = before;
  expect(cancelWasLost).toBe(false);
  expect(fromContinuedRun(s, withoutOne as Cancellation)).toEqual(before);
});

describe('a read of the schedule', () => {
  const call = { operator: false, random: 0.25 };
  const accepted = (given: CancelTaskSettings, status = 'CANCELING') =>
    cancelAccepted(
      cancelSent(newCancellation(given, START_MS), { ...call, atMs: START_MS }),
      task(status),
      { ...call, atMs: START_MS },
      given,
    );
  const atMs = START_MS + 3_600_000;
  const next = (orgId: string, took: number, state = accepted(s)) =>
    taskRead(state, task('CANCELING'), { beganAtMs: atMs - took, atMs, random: 0.25 }, { ...s, orgId }).nextReadAtMs ??
    NaN;

  it('is aligned with the others of its organization, by a wait that the time it was held is no part of', () => {
    const states = [accepted(s), { ...accepted(s), acceptedAtMs: START_MS - 300_000 }];
    const aligned = states.map((state) => next('org-1', 0, state) % 60_000);
    expect(new Set(aligned).size).toBe(1);
    expect(next('org-1', 40_000)).toBe(next('org-1', 0) - 60_000);
    expect(next('org-2', 0) % 60_000).not.toBe(aligned[0]);
  });

  it('is not aligned to before the end of a Retry-After', () => {
    const readFloorAtMs = atMs + 70_000;
    expect(next('org-1', 0, { ...accepted(s), readFloorAtMs })).toBeGreaterThanOrEqual(readFloorAtMs);
  });

  it('may be held for an eighth of the time since the task was seen', () => {
    expect(readHoldMs({ ...accepted(s), lastSeenAtMs: atMs }, atMs + 60_000)).toBe(7_500);
    expect(readHoldMs(newCancellation(s, START_MS), atMs)).toBe(0);
  });

  it('knows the task to be STARTED only by a read since the latest cancel, and not after CANCELING', () => {
    const started = accepted(s, 'STARTED');
    expect(isKnownStarted(newCancellation(s, START_MS))).toBe(false);
    expect(isKnownStarted(started)).toBe(false);
    const read = (state: Cancellation, status: string) =>
      taskRead(state, task(status), { beganAtMs: atMs, atMs, random: 0.25 }, s);
    expect(isKnownStarted(read(started, 'STARTED'))).toBe(true);
    expect(isKnownStarted(read(read(started, 'STARTED'), 'CANCELING'))).toBe(false);
  });
});

describe('whatever the API answers', () => {
  const status = fc.constantFrom(...TASK_STATUSES, 'PAUSED');
  const event = fc.oneof(
    fc.record({ kind: fc.constant('accepted' as const), status, operator: fc.boolean() }),
    fc.record({ kind: fc.constant('refused' as const), operator: fc.boolean() }),
    fc.record({ kind: fc.constant('unanswered' as const), type: fc.constantFrom(...TROUBLE_TYPES) }),
    fc.record({ kind: fc.constant('read' as const), status }),
    fc.record({ kind: fc.constant('unread' as const), type: fc.constantFrom(...TROUBLE_TYPES) }),
  );
  const history = fc.record({
    onDeclined: fc.constantFrom(...ON_DECLINED),
    maxCancelRequests: fc.integer({ min: 1, max: 5 }),
    events: fc.array(
      fc.record({
        event,
        afterSeconds: fc.integer({ min: 0, max: 900 }),
        random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      }),
      { maxLength: 80 },
    ),
  });

  function replayed({
    onDeclined,
    maxCancelRequests,
    events,
  }: typeof history extends fc.Arbitrary<infer T> ? T : never) {
    const given = settings({ onDeclined, maxCancelRequests });
    let state = newCancellation(given, START_MS);
    let atMs = START_MS;
    const saidStatuses = new Set<string>();
    for (const { event, afterSeconds, random } of events) {
      if (state.ending !== null) break;
      atMs += afterSeconds * 1000;
      const call = { atMs, random, operator: 'operator' in event && event.operator };
      if (event.kind === 'accepted' || event.kind === 'read') saidStatuses.add(event.status);
      if (event.kind === 'accepted') state = accepted(given, task(event.status))(state, call);
      else if (event.kind === 'refused') state = refused(state, call);
      else if (event.kind === 'unanswered') state = unanswered(failure(event.type))(state, call);
      else if (event.kind === 'read') state = read(given, task(event.status))(state, call);
      else state = unread(given, failure(event.type))(state, call);
      if (event.kind === 'read' || event.kind === 'unread')
        expect(state.nextReadAtMs ?? Infinity).toBeGreaterThan(atMs);
    }
    return { state, given, saidStatuses, atMs };
  }

  it('no verdict is made that no answer about the task gave', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { state, saidStatuses } = replayed(events);
        if (state.ending?.kind !== 'outcome') return;
        if (state.ending.outcome === 'NOT_CANCELABLE') expect(state.declined).not.toBeNull();
        else expect(saidStatuses).toContain(state.ending.outcome);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a terminal answer ends it, and a task that was seen never fails but as TaskVanished', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { state, saidStatuses } = replayed(events);
        if (['CANCELED', 'FINISHED', 'FAILED'].some((status) => saidStatuses.has(status)))
          expect(state.ending?.kind).toBe('outcome');
        if (state.ending?.kind === 'failure' && saidStatuses.size > 0) expect(state.ending.type).toBe('TaskVanished');
      }),
      { numRuns: 1_000 },
    );
  });

  it('until it ends, something is always due, and the reports have the shape of the contract', () => {
    fc.assert(
      fc.property(history, (events) => {
        const { state, given, atMs } = replayed(events);
        cancelTaskProgressSchema.parse(progressOf(state, given));
        if (state.ending?.kind === 'outcome') cancelTaskResultSchema.parse(resultOf(state, state.ending, given));
        if (state.ending !== null) return;
        const dueAtMs = Math.min(state.nextReadAtMs ?? Infinity, cancelDueAtMs(state, given) ?? Infinity);
        expect(dueAtMs).toBeLessThan(Infinity);
        if (state.nextReadAtMs === null) expect(state.stage).toBe('requesting');
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
        expect(atMs).toBeGreaterThanOrEqual(START_MS);
      }),
      { numRuns: 1_000 },
    );
  });
});

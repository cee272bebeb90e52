import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallFailure, TroubleType } from '../../../domain/contract/answers';
import type { Cancellation } from '../../../domain/cancellation/state';
import { cancelAccepted, cancelFailed, cancelRefused, cancelSent } from '../../../domain/cancellation/cancelAnswers';
import { reissueRequested } from '../../../domain/cancellation/operator';
import { readFailed, taskRead } from '../../../domain/cancellation/readAnswers';
import { cancelDueAtMs } from '../../../domain/cancellation/reissue';
import { newCancellation } from '../../../domain/cancellation/state';
import type { CancelTaskSettings } from '../../../domain/contract/input';
import { ON_DECLINED, parseCancelTaskInput } from '../../../domain/contract/input';
import { parseTask } from '../../../domain/cancellation/task';
import { isTerminal, TASK_STATUSES } from '../../../domain/cancellation/taskStatus';

/**
 * A run against an API that answers anything, driven as the workflow does: one cancel and one read
 * in flight at the most.
 */

type Answer =
  | { kind: 'task'; status: string; phase: string }
  | { kind: 'refused' }
  | { kind: 'failed'; type: TroubleType; httpStatus: number | null };

const failures: [TroubleType, number | null][] = [
  ['Unavailable', 503],
  ['Unavailable', 204],
  ['Unavailable', null],
  ['Timeout', null],
  ['RateLimited', 429],
  ['SignInUnavailable', null],
  ['TaskNotFound', 404],
  ['VmcApiError', 404],
  ['Forbidden', 403],
];
/** Those after which a cancel may have been heard. */
const LOST: readonly TroubleType[] = ['Unavailable', 'Timeout', 'TaskNotFound', 'VmcApiError'];
const failed = fc.constantFrom(...failures).map(([type, httpStatus]): Answer => ({ kind: 'failed', type, httpStatus }));
const task = fc
  .tuple(fc.constantFrom('STARTED', 'STARTED', 'STARTED', ...TASK_STATUSES, 'PAUSED'), fc.constantFrom('a', 'b'))
  .map(([status, phase]): Answer => ({ kind: 'task', status, phase }));
const refused = fc.constant<Answer>({ kind: 'refused' });
const gone = fc.constant<Answer>({ kind: 'failed', type: 'TaskNotFound', httpStatus: 404 });
const busy = fc.constant<Answer>({ kind: 'failed', type: 'Unavailable', httpStatus: 503 });

/** What an API mostly answers; of answers at random, a row of twenty alike never comes. */
const habits: readonly { toCancel: fc.Arbitrary<Answer>; toRead: fc.Arbitrary<Answer> }[] = [
  { toCancel: fc.oneof(task, refused, failed), toRead: fc.oneof({ weight: 3, arbitrary: task }, failed) },
  { toCancel: fc.oneof(task, gone), toRead: fc.oneof({ weight: 8, arbitrary: gone }, failed, task) },
  {
    toCancel: fc.oneof({ weight: 30, arbitrary: busy }, failed),
    toRead: fc.oneof({ weight: 9, arbitrary: busy }, task),
  },
  { toCancel: fc.oneof(refused, busy), toRead: fc.constant<Answer>({ kind: 'task', status: 'STARTED', phase: 'a' }) },
];

interface Step {
  /** How long the call that is due takes, and whether an operator asks for a cancel meanwhile. */
  tookMs: number;
  operatorAsks: boolean;
  /** An operator has the task read at once. */
  operatorReads: boolean;
  /** Of a read and a cancel that end at the same time, whether the read's answer is taken first. */
  readFirst: boolean;
  toCancel: Answer;
  toRead: Answer;
}
const steps = fc.oneof(
  ...habits.map(({ toCancel, toRead }) =>
    fc.array(
      fc.record<Step>({
        tookMs: fc.integer({ min: 0, max: 11_000 }),
        operatorAsks: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
        operatorReads: fc.boolean(),
        readFirst: fc.boolean(),
        toCancel,
        toRead,
      }),
      { minLength: 1, maxLength: 60, size: 'max' },
    ),
  ),
);
const settings = fc
  .record({ onDeclined: fc.constantFrom(...ON_DECLINED), maxCancelRequests: fc.integer({ min: 1, max: 3 }) })
  .map((input): CancelTaskSettings => {
    const parsed = parseCancelTaskInput({ orgId: 'o', taskId: 't', ...input });
    if (!parsed.ok) throw new Error(parsed.problems.join());
    return parsed.value;
  });

function failureOf(answer: Answer): CallFailure {
  if (answer.kind !== 'failed') throw new Error('a read is not refused');
  const { type, httpStatus } = answer;
  const retryable = ['Unavailable', 'Timeout', 'RateLimited', 'SignInUnavailable'].includes(type);
  return { type, message: type, retryable, httpStatus, errorCode: null, retryAfterMs: null };
}

function taskOf({ status, phase }: Extract<Answer, { kind: 'task' }>) {
  const parsed = parseTask({ id: 't', status, phase_in_progress: phase });
  if (parsed === null) throw new Error('no task');
  return parsed;
}

interface Transition {
  before: Cancellation;
  after: Cancellation;
  answer: Answer;
  to: 'ownCancel' | 'operatorCancel' | 'read';
  atMs: number;
}

/** The answers of a run until it ends, each with what it made of the state. */
function transitionsOf(given: CancelTaskSettings, script: readonly Step[]): Transition[] {
  const transitions: Transition[] = [];
  let state = newCancellation(given, 0);
  let nowMs = 0;
  const answered = (to: Transition['to'], answer: Answer, next: (state: Cancellation) => Cancellation) => {
    const before = state;
    state = next(before);
    transitions.push({ before, after: state, answer, to, atMs: nowMs });
  };
  for (const step of script) {
    if (state.ending !== null) break;
    if (step.operatorAsks && state.stage !== 'requesting') state = reissueRequested(state, nowMs, undefined);
    const operator = state.operatorCancelsDue > 0;
    const cancelAtMs = operator ? nowMs : (cancelDueAtMs(state, given) ?? Infinity);
    const readAtMs = step.operatorReads && state.stage !== 'requesting' ? nowMs : (state.nextReadAtMs ?? Infinity);
    nowMs = Math.max(nowMs, Math.min(cancelAtMs, readAtMs));
    expect(nowMs).toBeLessThan(Infinity);
    const beganAtMs = nowMs;
    const cancelling = cancelAtMs <= nowMs;
    if (cancelling) state = cancelSent(state, { atMs: nowMs, operator });
    nowMs += step.tookMs;
    const call = { beganAtMs, atMs: nowMs, operator, random: 0.5 };
    const calls = [
      () => {
        if (readAtMs > beganAtMs) return;
        answered('read', step.toRead, (state) => read(state, step.toRead, call, given));
      },
      () => {
        if (!cancelling) return;
        answered(operator ? 'operatorCancel' : 'ownCancel', step.toCancel, (state) =>
          cancel(state, step.toCancel, call, given),
        );
      },
    ];
    for (const end of step.readFirst ? calls : calls.toReversed()) end();
  }
  return transitions;
}

interface Call {
  beganAtMs: number;
  atMs: number;
  operator: boolean;
  random: number;
}

function read(state: Cancellation, answer: Answer, call: Call, given: CancelTaskSettings): Cancellation {
  if (answer.kind === 'task') return taskRead(state, taskOf(answer), call, given);
  return readFailed(state, failureOf(answer), call, given);
}

function cancel(state: Cancellation, answer: Answer, call: Call, given: CancelTaskSettings): Cancellation {
  switch (answer.kind) {
    case 'task':
      return cancelAccepted(state, taskOf(answer), call, given);
    case 'refused':
      return cancelRefused(state, { httpStatus: 400, errorCode: null, messages: [] }, call, given);
    case 'failed':
      return cancelFailed(state, failureOf(answer), call);
  }
}

function conclusionOf({ ending }: Cancellation): string | null {
  return ending?.kind === 'outcome' ? ending.outcome : (ending?.type ?? null);
}

function isOver(answer: Answer): boolean {
  return answer.kind === 'task' && isTerminal(answer.status);
}

function isLost({ to, answer }: Transition): boolean {
  return to !== 'read' && answer.kind === 'failed' && LOST.includes(answer.type);
}

function isNotFound({ to, answer }: Transition): boolean {
  return to === 'read' && answer.kind === 'failed' && answer.type === 'TaskNotFound';
}

/** The same for each rule: to draw and play them takes longer than to check them. */
let runs: readonly { given: CancelTaskSettings; all: Transition[] }[] = [];
beforeAll(() => {
  runs = fc
    .sample(fc.tuple(settings, steps), { numRuns: 1_500, seed: 1 })
    .map(([given, script]) => ({ given, all: transitionsOf(given, script) }));
});

/**
 * Checks every run that ends, with the answers until then. `reached`: what has to be among the
 * ends, or nothing was checked.
 */
function eachEnd(
  reached: string,
  check: (conclusion: string, all: Transition[], last: Transition, given: CancelTaskSettings) => void,
): void {
  let times = 0;
  for (const { given, all } of runs) {
    const last = all.find(({ after }) => after.ending !== null);
    if (last === undefined) continue;
    const conclusion = conclusionOf(last.after) ?? '';
    if (conclusion === reached) times += 1;
    check(conclusion, all.slice(0, all.indexOf(last) + 1), last, given);
  }
  expect(times).toBeGreaterThan(20);
}

describe('whatever the API answers, and whenever an operator asks for a cancel', () => {
  it('a run concludes CANCELED, FINISHED or FAILED from an answer that says so, and from the first of them', () => {
    eachEnd('CANCELED', (conclusion, all, { answer }) => {
      expect(isTerminal(conclusion)).toBe(isOver(answer));
      if (isOver(answer)) expect(answer).toMatchObject({ status: conclusion });
      expect(all.slice(0, -1).some((earlier) => isOver(earlier.answer))).toBe(false);
    });
  });

  it('NOT_CANCELABLE is concluded from a read, while no cancel can still take effect', () => {
    eachEnd('NOT_CANCELABLE', (conclusion, all, last, given) => {
      if (conclusion !== 'NOT_CANCELABLE') return;
      expect(given.onDeclined).toBe('return');
      expect(last).toMatchObject({ to: 'read', answer: { kind: 'task' } });
      expect(last.before).toMatchObject({ cancelInFlight: false, operatorCancelsDue: 0 });
      const cancels = all.filter(({ to }) => to !== 'read');
      expect(cancels.some(({ answer }) => answer.kind === 'task')).toBe(false);
      expect(all.some(({ answer }) => answer.kind === 'task' && answer.status === 'CANCELING')).toBe(false);
      const lastRefusal = cancels.findLastIndex(({ answer }) => answer.kind === 'refused');
      expect(lastRefusal).toBeGreaterThanOrEqual(0);
      if (!cancels.some(isLost)) return;
      const doubtedSince = cancels.filter((one, index) => isLost(one) || index === lastRefusal);
      expect(last.atMs - Math.max(...doubtedSince.map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(100_000);
    });
  });

  it('TaskVanished is concluded from the fifth "no such task" to a read or a later one, a minute after the first', () => {
    eachEnd('TaskVanished', (conclusion, all, last) => {
      const lastSight = all.findLastIndex(({ answer }) => answer.kind === 'task');
      const row = all.slice(lastSight + 1).filter(isNotFound);
      const hasVanished =
        lastSight >= 0 && row.length >= 5 && row.at(-1) === last && last.atMs - (row[0]?.atMs ?? NaN) >= 60_000;
      expect(conclusion === 'TaskVanished').toBe(hasVanished);
    });
  });

  it('the run itself has no more cancels answered than it may, nor sends more than twenty without a sight of the task', () => {
    let mostUnseen = 0;
    for (const { given, all } of runs) {
      let answered = 0;
      let unseen = 0;
      for (const transition of all) {
        const { to, answer } = transition;
        if (to === 'ownCancel' && answer.kind !== 'failed') answered += 1;
        if (isLost(transition)) unseen += 1;
        if (to === 'ownCancel') mostUnseen = Math.max(mostUnseen, unseen);
        if (answer.kind === 'task') unseen = 0;
      }
      expect(answered).toBeLessThanOrEqual(given.maxCancelRequests);
      expect(mostUnseen).toBeLessThanOrEqual(20);
    }
    expect(mostUnseen).toBe(20);
  });
});

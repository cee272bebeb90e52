import { describe, expect, it } from '@jest/globals';
import type { Evidence, Findings, LoggedCall, ResultDocument, StartedCancellation, TaskTruth } from './evidence';
import { judge } from './judge';

const START_MS = Date.UTC(2026, 0, 1);
const WORKFLOW_ID = 'vmc-cancel:org-1:task-1';

/** Seconds since the start. */
function at(seconds: number): number {
  return START_MS + seconds * 1_000;
}

function iso(seconds: number): string {
  return new Date(at(seconds)).toISOString();
}

function call(
  seconds: number,
  operation: LoggedCall['operation'],
  status: number | null,
  more: Partial<LoggedCall> = {},
): LoggedCall {
  const taskId = operation === 'listTasks' || operation === 'authorize' ? null : 'task-1';
  return { at: iso(seconds), operation, orgId: operation === 'authorize' ? null : 'org-1', taskId, status, ...more };
}

function result(outcome: string, seconds: number, more: Partial<ResultDocument> = {}): StartedCancellation['ending'] {
  return {
    kind: 'result',
    atMs: at(seconds),
    result: {
      outcome,
      alreadySettled: false,
      orgId: 'org-1',
      taskId: 'task-1',
      startedAt: iso(0),
      acceptedAt: iso(0.1),
      observedAt: iso(seconds),
      cancelRequests: 1,
      polls: 1,
      task: { id: 'task-1', status: outcome },
      declined: null,
      ...more,
    },
  };
}

/** Accepted at once, CANCELED after 12 s, read after 20 s: all as it should be. */
const CANCELED: Evidence = {
  cancellations: [
    {
      workflowId: WORKFLOW_ID,
      orgId: 'org-1',
      taskId: 'task-1',
      startedAtMs: START_MS,
      deadlineAtMs: at(3_600),
      onDeclined: 'return',
      maxCancelRequests: 2,
      poll: { minMs: 10_000, maxMs: 900_000, ratio: 0.4 },
      operatorCancels: 0,
      stoppedAtMs: null,
      ending: result('CANCELED', 20.1),
    },
  ],
  calls: [call(0.05, 'cancelTask', 200), call(20, 'getTask', 200)],
  tasks: [{ orgId: 'org-1', taskId: 'task-1', status: 'CANCELED', endedAtMs: at(12), vanishedAtMs: null }],
  outages: [],
  takenAtMs: at(4_000),
  longestRetryAfterMs: 0,
  crowdMs: 0,
};

type Change = Partial<Omit<Evidence, 'cancellations' | 'tasks'>> & {
  run?: Partial<StartedCancellation>;
  task?: Partial<TaskTruth> | null;
};

/** The same evidence but for what is said here. */
function judged({ run, task, ...more }: Change): Findings {
  return judge({
    ...CANCELED,
    ...more,
    cancellations: CANCELED.cancellations.map((cancellation) => ({ ...cancellation, ...run })),
    tasks: task === null ? [] : CANCELED.tasks.map((truth) => ({ ...truth, ...task })),
  });
}

type Kind = 'wrong' | 'lost' | 'late' | 'overBudget';

/** What it was found to be, and why; `right` or `open` where nothing speaks against it. */
function finding(change: Change): string {
  const findings = judged(change);
  const told = (['wrong', 'lost', 'late', 'overBudget'] satisfies Kind[]).flatMap((kind) =>
    findings[kind].map(({ workflowId, because }) => {
      expect(workflowId).toBe(WORKFLOW_ID);
      return `${kind}: ${because}`;
    }),
  );
  return told.join(' ') || (findings.right === 1 ? 'right' : findings.open === 1 ? 'open' : 'nothing');
}

const STARTED = { status: 'STARTED', endedAtMs: null };
const declinedAt = (seconds: number, more: Partial<ResultDocument> = {}) =>
  result('NOT_CANCELABLE', seconds, {
    acceptedAt: null,
    declined: { httpStatus: 400 },
    task: { id: 'task-1', status: 'STARTED' },
    ...more,
  });
/** Refused while the task went on, which was over when it was read for the first time. */
const OVER_WHEN_READ = {
  calls: [call(0.1, 'cancelTask', 400), call(20, 'getTask', 200)],
  run: {
    ending: result('CANCELED', 20.1, { alreadySettled: true, acceptedAt: null, declined: { httpStatus: 400 } }),
  },
};
const REFUSED = [call(0.05, 'cancelTask', 400), call(0.2, 'getTask', 200)];

describe('the judge finds right', () => {
  it.each<[string, Change]>([
    ['a verdict that the task shows and an answer told', {}],
    ['one that a list told', { calls: [call(0.05, 'cancelTask', 200), call(20, 'listTasks', 200)] }],
    ['an id in another case', { task: { taskId: 'TASK-1' }, calls: CANCELED.calls.map(upperCased) }],
    [
      'a task that was over before the cancel',
      {
        task: { status: 'FINISHED', endedAtMs: at(-5) },
        calls: REFUSED,
        run: {
          ending: result('FINISHED', 0.3, {
            alreadySettled: true,
            acceptedAt: null,
            declined: { httpStatus: 400 },
          }),
        },
      },
    ],
    ['a task that was over before its first read, and whose only cancel was refused', OVER_WHEN_READ],
    [
      'a task that ended before any cancel could be sent',
      {
        calls: [call(20, 'getTask', 200)],
        run: { ending: result('CANCELED', 20.1, { alreadySettled: true, acceptedAt: null, cancelRequests: 0 }) },
      },
    ],
    ['a refusal of a task that goes on', { task: STARTED, calls: REFUSED, run: { ending: declinedAt(0.3) } }],
    [
      'a refusal in doubt, after two minutes',
      {
        task: STARTED,
        calls: [
          call(0, 'cancelTask', 503),
          call(2, 'cancelTask', 400),
          call(2.1, 'getTask', 200),
          call(112, 'getTask', 200),
        ],
        run: { ending: declinedAt(112.1) },
      },
    ],
    [
      'a deadline that came first',
      {
        task: STARTED,
        run: { ending: result('DEADLINE_EXCEEDED', 3_601, { task: { id: 'task-1', status: 'STARTED' } }) },
      },
    ],
    [
      'a deadline whose last read was cut off',
      {
        task: { endedAtMs: at(3_500) },
        calls: [...CANCELED.calls, call(3_600, 'getTask', 200, { mayBeLost: true })],
        run: {
          lastReadAtMs: at(3_600),
          ending: result('DEADLINE_EXCEEDED', 3_612, { task: { id: 'task-1', status: 'CANCELING' } }),
        },
      },
    ],
    ['a watch that an operator stopped', { run: { stoppedAtMs: at(19), ending: result('ABANDONED', 20.1) } }],
    [
      'a task that the API does not know',
      {
        task: null,
        calls: [0, 3, 6].map((seconds) => call(seconds, 'cancelTask', 404)),
        run: { ending: { kind: 'failed', atMs: at(6.1), type: 'TaskNotFound' } },
      },
    ],
    [
      'a task that vanished',
      {
        task: { vanishedAtMs: at(15) },
        calls: [call(0, 'cancelTask', 200), ...[20, 35, 50, 65, 80].map((seconds) => call(seconds, 'getTask', 404))],
        run: { ending: { kind: 'failed', atMs: at(80.1), type: 'TaskVanished' } },
      },
    ],
    [
      'refused credentials on the first contact',
      {
        calls: [call(0, 'authorize', 400)],
        run: { ending: { kind: 'failed', atMs: at(0.1), type: 'Unauthorized' } },
      },
    ],
    [
      'a verdict that an outage delayed',
      {
        outages: [{ fromMs: at(15), toMs: at(900) }],
        calls: [call(0.05, 'cancelTask', 200), call(910, 'getTask', 200)],
        run: { ending: result('CANCELED', 910.1) },
      },
    ],
    [
      'a verdict that failures delayed',
      {
        calls: [call(0.05, 'cancelTask', 200), ...failures(20, 60, 10), call(660, 'getTask', 200)],
        run: { ending: result('CANCELED', 660.1) },
      },
    ],
    [
      'a verdict after the retry of a cancel that failed before the end',
      {
        task: { status: 'FINISHED', endedAtMs: at(40) },
        calls: [call(30, 'cancelTask', 503), call(95, 'cancelTask', 200)],
        run: {
          poll: { minMs: 1_000, maxMs: 2_000, ratio: 0.4 },
          ending: result('FINISHED', 95.1, { acceptedAt: iso(95), polls: 0 }),
        },
      },
    ],
    [
      'a copy beyond the budget',
      {
        calls: [0, 1, 2, 3]
          .map((seconds) => call(seconds, 'cancelTask', 200, { isCopy: seconds > 0 }))
          .concat(CANCELED.calls.slice(1)),
      },
    ],
    [
      'an operator’s cancel beyond the budget',
      {
        calls: [0, 11, 12].map((seconds) => call(seconds, 'cancelTask', 200)).concat(CANCELED.calls.slice(1)),
        run: { operatorCancels: 1, ending: result('CANCELED', 20.1, { cancelRequests: 3 }) },
      },
    ],
  ])('%s', (_, change) => {
    expect(finding(change)).toBe('right');
  });
});

describe('the judge finds wrong', () => {
  it.each<[string, Change, string]>([
    ['another outcome than the task’s', { task: { status: 'FINISHED' } }, 'the task is FINISHED'],
    [
      'a verdict on a task that still goes on',
      { task: { status: 'CANCELING', endedAtMs: null } },
      'the task is CANCELING',
    ],
    ['a verdict before the end', { task: { endedAtMs: at(25) } }, '4.9 s before the task was'],
    [
      'a verdict that no answer told',
      { calls: [call(0.05, 'cancelTask', 200), call(11, 'getTask', 200)] },
      'no answer since the end',
    ],
    [
      'a verdict from a forged answer',
      { calls: [call(0.05, 'cancelTask', 200), call(20, 'getTask', 200, { isForged: true })] },
      'no answer since the end',
    ],
    ['a verdict on a task that never was', { task: null }, 'the API never had'],
    [
      'a snapshot that says something else',
      { run: { ending: result('CANCELED', 20.1, { task: { id: 'task-1', status: 'CANCELING' } }) } },
      'its snapshot says CANCELING',
    ],
    [
      'another task’s snapshot',
      { run: { ending: result('CANCELED', 20.1, { task: { id: 'task-2', status: 'CANCELED' } }) } },
      'another task',
    ],
    ['another task’s result', { run: { ending: result('CANCELED', 20.1, { taskId: 'task-2' }) } }, 'another task'],
    [
      '“already settled” after a cancel',
      { run: { ending: result('CANCELED', 20.1, { alreadySettled: true }) } },
      'settled already',
    ],
    [
      '“already settled” after a refusal, and another before it',
      { calls: [call(0.05, 'cancelTask', 400), ...OVER_WHEN_READ.calls], run: OVER_WHEN_READ.run },
      'settled already',
    ],
    [
      '“already settled” after a refusal that may never have arrived',
      { calls: [call(0.1, 'cancelTask', 400, { mayBeLost: true }), call(20, 'getTask', 200)], run: OVER_WHEN_READ.run },
      'settled already',
    ],
    [
      'cancels that were never answered',
      { run: { ending: result('CANCELED', 20.1, { cancelRequests: 2 }) } },
      'the API answered 1',
    ],
    [
      'reads that were never answered',
      { run: { ending: result('CANCELED', 20.1, { polls: 2 }) } },
      'the API answered 1',
    ],
    [
      'an accepted cancel that was refused',
      { calls: [call(0.05, 'cancelTask', 400), call(20, 'getTask', 200)] },
      'none was',
    ],
    [
      'NOT_CANCELABLE after an accepted cancel',
      { calls: [...REFUSED, call(0.25, 'cancelTask', 200)], task: STARTED, run: { ending: declinedAt(0.3) } },
      'was accepted',
    ],
    [
      'NOT_CANCELABLE soon after a lost cancel',
      { calls: [call(0, 'cancelTask', null), ...REFUSED], task: STARTED, run: { ending: declinedAt(0.3) } },
      'may have been received',
    ],
    [
      'NOT_CANCELABLE of a task that a lost cancel ended',
      { calls: [call(0, 'cancelTask', 200, { mayBeLost: true }), ...REFUSED], run: { ending: declinedAt(0.3) } },
      'made the task CANCELED',
    ],
    [
      'NOT_CANCELABLE of a task that was over',
      { calls: REFUSED, task: { status: 'FINISHED', endedAtMs: at(-1) }, run: { ending: declinedAt(0.3) } },
      'the task was FINISHED',
    ],
    [
      'NOT_CANCELABLE where the task was to be watched',
      { calls: REFUSED, task: STARTED, run: { onDeclined: 'monitor', ending: declinedAt(0.3) } },
      'it was to monitor',
    ],
    [
      'NOT_CANCELABLE without a refusal',
      { task: STARTED, calls: REFUSED, run: { ending: declinedAt(0.3, { declined: null }) } },
      'without a refusal',
    ],
    [
      'NOT_CANCELABLE without a read',
      { task: STARTED, calls: REFUSED.slice(0, 1), run: { ending: declinedAt(0.3, { polls: 0 }) } },
      'without a read',
    ],
    [
      'a deadline that was not yet reached',
      { task: STARTED, run: { ending: result('DEADLINE_EXCEEDED', 3_590) } },
      '10.0 s before its deadline',
    ],
    [
      'a deadline at which nothing was read',
      { task: STARTED, run: { lastReadAtMs: at(3_500), ending: result('DEADLINE_EXCEEDED', 3_600) } },
      'without a read when the deadline came',
    ],
    [
      'a deadline though the end was told',
      { run: { ending: result('DEADLINE_EXCEEDED', 3_600) } },
      'was told CANCELED',
    ],
    ['ABANDONED of its own accord', { run: { ending: result('ABANDONED', 20.1) } }, 'nobody stopped it'],
    ['an outcome that is none', { run: { ending: result('DONE', 20.1) } }, 'no outcome'],
    [
      'TaskNotFound after a sight of the task',
      { run: { ending: { kind: 'failed', atMs: at(21), type: 'TaskNotFound' } } },
      'had seen the task',
    ],
    [
      'Forbidden that no answer said',
      { calls: [call(0, 'cancelTask', 503)], run: { ending: { kind: 'failed', atMs: at(1), type: 'Forbidden' } } },
      'no answer says so',
    ],
    [
      'TaskVanished after four answers',
      {
        calls: [call(0, 'cancelTask', 200), ...[20, 40, 60, 90].map((seconds) => call(seconds, 'getTask', 404))],
        run: { ending: { kind: 'failed', atMs: at(91), type: 'TaskVanished' } },
      },
      'after 4 answers',
    ],
  ])('%s', (_, change, because) => {
    expect(finding(change)).toMatch(new RegExp(`^wrong: [^:]*${because}`));
  });
});

describe('the judge finds lost', () => {
  const open = { kind: 'open' } as const;
  it.each<[string, Change, string]>([
    ['a run that outlives its deadline', { task: STARTED, run: { ending: open } }, 'still runs 400.0 s after'],
    ['a run whose task ended long ago', { takenAtMs: at(2_000), run: { ending: open } }, 'CANCELED for 1988.0 s'],
    ['a run that is gone', { run: { ending: { kind: 'gone', how: 'terminated' } } }, 'terminated'],
    [
      'a run that failed as the contract does not know',
      { run: { ending: { kind: 'failed', atMs: at(5), type: 'TypeError' } } },
      'TypeError',
    ],
  ])('%s', (_, change, because) => {
    expect(finding(change)).toMatch(new RegExp(`^lost: .*${because}`));
  });

  it.each<[string, Change]>([
    ['a run before its deadline', { task: STARTED, takenAtMs: at(3_000), run: { ending: open } }],
    [
      'a run that an outage keeps from its end',
      { task: STARTED, outages: [{ fromMs: at(3_590), toMs: at(3_995) }], run: { ending: open } },
    ],
  ])('but not %s', (_, change) => {
    expect(finding(change)).toBe('open');
  });
});

describe('the judge finds late', () => {
  it.each<[string, Change, string]>([
    [
      'a verdict long after the end',
      { calls: [call(0.05, 'cancelTask', 200), call(900, 'getTask', 200)], run: { ending: result('CANCELED', 900.1) } },
      'CANCELED took 888.1 s',
    ],
    [
      'a verdict later than max',
      {
        run: { poll: { minMs: 1_000, maxMs: 5_000, ratio: 0.4 }, ending: result('CANCELED', 45) },
        calls: [call(0.05, 'cancelTask', 200), call(44, 'getTask', 200)],
      },
      'and 29.0 s are allowed',
    ],
    ['a verdict after the deadline', { run: { deadlineAtMs: at(2) } }, '18.1 s after the deadline'],
    [
      'DEADLINE_EXCEEDED long after the deadline',
      { task: STARTED, run: { ending: result('DEADLINE_EXCEEDED', 3_616) } },
      '15.0 s are allowed',
    ],
    [
      'ABANDONED long after the stop',
      { run: { stoppedAtMs: at(2), ending: result('ABANDONED', 20.1) } },
      '15.0 s are allowed',
    ],
    [
      'NOT_CANCELABLE long after the refusal',
      { task: STARTED, calls: REFUSED, run: { ending: declinedAt(140) } },
      '132.0 s are allowed',
    ],
  ])('%s', (_, change, because) => {
    expect(finding(change)).toMatch(new RegExp(`^late: .*${because}`));
  });
});

describe('the judge finds beyond the budget', () => {
  it.each<[string, Change, string]>([
    [
      'more answered cancels than allowed',
      { calls: [0, 11, 12].map((seconds) => call(seconds, 'cancelTask', 200)).concat(CANCELED.calls.slice(1)) },
      '3 cancels answered, and 2',
    ],
    [
      'more counted cancels than allowed',
      {
        calls: [0, 11, 12]
          .map((seconds) => call(seconds, 'cancelTask', 200, { mayBeLost: true }))
          .concat(CANCELED.calls.slice(1)),
        run: { ending: result('CANCELED', 20.1, { cancelRequests: 3 }) },
      },
      'counts 3',
    ],
    [
      'more than twenty cancels without a sight of the task',
      {
        calls: [...Array.from({ length: 21 }, (_, n) => call(n / 2, 'cancelTask', 503)), ...CANCELED.calls.slice(1)],
        run: { ending: result('CANCELED', 20.1, { acceptedAt: null, cancelRequests: 0 }) },
      },
      '21 cancels in a row',
    ],
  ])('%s', (_, change, because) => {
    expect(finding(change)).toMatch(new RegExp(`overBudget: .*${because}`));
  });
});

it('finds a token that a run holds, beside the right verdict', () => {
  const hasLeaked = (leak: boolean) => judged({ run: { hasLeaked: leak } });
  expect(hasLeaked(true)).toMatchObject({ right: 1, leaked: [{ workflowId: WORKFLOW_ID }] });
  expect(hasLeaked(false)).toMatchObject({ right: 1, leaked: [] });
});

it('counts the calls and the lag of all', () => {
  const { started, calls, lagMs } = judged({
    calls: [...CANCELED.calls, call(20, 'listTasks', 200), call(20, 'authorize', 200)],
  });
  expect({ started, calls }).toEqual({ started: 1, calls: { cancels: 1, reads: 1, lists: 1, aCancellation: 3 } });
  expect(lagMs).toEqual({ count: 1, mean: 8_100, median: 8_100, p95: 8_100, most: 8_100 });
});

function upperCased(one: LoggedCall): LoggedCall {
  return { ...one, taskId: one.taskId?.toUpperCase() ?? null };
}

function failures(fromSeconds: number, everySeconds: number, times: number): LoggedCall[] {
  return Array.from({ length: times }, (_, n) => call(fromSeconds + n * everySeconds, 'getTask', 503));
}

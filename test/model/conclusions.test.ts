import { describe, expect, it } from '@jest/globals';
import type { Answer } from './api';
import type { Conclusion, Facts, Observation, Rules } from './conclusions';
import {
  after,
  nothingYet,
  objectionToCall,
  objectionToCounts,
  objectionToEnd,
  objectionToGoingOn,
  objectionToLateness,
  objectionToWait,
} from './conclusions';

const RULES: Rules = {
  onDeclined: 'return',
  maxCancelRequests: 2,
  poll: { minMs: 10_000, maxMs: 900_000, ratio: 0.4 },
};
const DEADLINE_SECONDS = 3_600;

const is = (status: string, phase = 0): Answer => ({
  kind: 'task',
  status,
  phase,
  estimateMinutes: null,
  isUpperCase: false,
});
const REFUSAL: Answer = { kind: 'refusal', httpStatus: 400 };
const NOT_FOUND: Answer = { kind: 'notFound' };
const LOST: Answer = { kind: 'noAnswer', why: 'timeOut' };
const BUSY: Answer = { kind: 'busy', httpStatus: 503, retryAfterSeconds: 300 };

/** Each at so many seconds since the start; a call of no duration where only its answer is told. */
type Told = ['cancel' | 'read', number, Answer] | ['cancelSent' | 'readSent' | 'askedForCancel' | 'stopped', number];

function factsOf(...told: Told[]): Facts {
  return told
    .flatMap((one): Observation[] => {
      const atMs = one[1] * 1_000;
      switch (one[0]) {
        case 'cancel':
        case 'read':
          return [
            { kind: 'sent', call: one[0], by: 'run', atMs },
            { kind: 'answered', call: one[0], by: 'run', beganAtMs: atMs, atMs, answer: one[2] },
          ];
        case 'cancelSent':
          return [{ kind: 'sent', call: 'cancel', by: 'run', atMs }];
        case 'readSent':
          return [{ kind: 'sent', call: 'read', by: 'deadline', atMs }];
        case 'askedForCancel':
        case 'stopped':
          return [{ kind: one[0], atMs }];
      }
    })
    .reduce(after, nothingYet(0, DEADLINE_SECONDS * 1_000));
}

function outcome(name: string, atSeconds: number, alreadySettled = false): Conclusion {
  return { kind: 'outcome', outcome: name, alreadySettled, atMs: atSeconds * 1_000 };
}

function failure(type: string, atSeconds: number): Conclusion {
  return { kind: 'failure', type, atMs: atSeconds * 1_000 };
}

const DECLINED: Told[] = [
  ['cancel', 0, REFUSAL],
  ['read', 1, is('STARTED')],
];
const VANISHED = [30, 45, 60, 75, 90].map((seconds): Told => ['read', seconds, NOT_FOUND]);

describe('a cancellation may end', () => {
  it.each<[string, Told[], Conclusion]>([
    [
      'as it was told',
      [
        ['cancel', 0, is('CANCELING')],
        ['read', 20, is('CANCELED')],
      ],
      outcome('CANCELED', 20),
    ],
    [
      'as already settled, after a refusal',
      [
        ['cancel', 0, REFUSAL],
        ['read', 1, is('FINISHED')],
      ],
      outcome('FINISHED', 1, true),
    ],
    ['as NOT_CANCELABLE, after a refusal', DECLINED, outcome('NOT_CANCELABLE', 1)],
    [
      'as NOT_CANCELABLE, two minutes after a lost cancel',
      [
        ['cancel', 0, LOST],
        ['cancel', 2, REFUSAL],
        ['read', 122, is('STARTED')],
      ],
      outcome('NOT_CANCELABLE', 122),
    ],
    [
      'as DEADLINE_EXCEEDED, after a last read',
      [
        ['cancel', 0, LOST],
        ['readSent', 3_600],
      ],
      outcome('DEADLINE_EXCEEDED', 3_612),
    ],
    [
      'as ABANDONED, once stopped',
      [
        ['cancel', 0, LOST],
        ['stopped', 5],
      ],
      outcome('ABANDONED', 5),
    ],
    [
      'as TaskNotFound, at the third answer',
      [0, 3, 6].map((seconds): Told => ['cancel', seconds, NOT_FOUND]),
      failure('TaskNotFound', 6),
    ],
    [
      'as TaskVanished, at the fifth answer',
      [['cancel', 0, is('CANCELING')], ...VANISHED],
      failure('TaskVanished', 90),
    ],
    ['as Forbidden, on the first contact', [['cancel', 0, { kind: 'forbidden' }]], failure('Forbidden', 0)],
  ])('%s', (_, told, conclusion) => {
    expect(objectionToEnd(factsOf(...told), conclusion, RULES)).toBeNull();
  });
});

describe('a cancellation may not end', () => {
  it.each<[string, Told[], Conclusion, string]>([
    ['as CANCELED while CANCELING', [['cancel', 0, is('CANCELING')]], outcome('CANCELED', 0), 'no answer'],
    [
      'otherwise than it was told',
      [
        ['cancel', 0, is('CANCELING')],
        ['read', 20, is('FINISHED')],
      ],
      outcome('CANCELED', 20),
      'said FINISHED',
    ],
    [
      'as already settled, after a lost cancel',
      [
        ['cancel', 0, LOST],
        ['cancel', 2, REFUSAL],
        ['read', 3, is('CANCELED')],
      ],
      outcome('CANCELED', 3, true),
      'already settled',
    ],
    [
      'as not already settled, if nothing else can be',
      [
        ['cancel', 0, REFUSAL],
        ['read', 1, is('FINISHED')],
      ],
      outcome('FINISHED', 1),
      'nothing before',
    ],
    [
      'as NOT_CANCELABLE while a cancel may have been heard',
      [
        ['cancel', 0, LOST],
        ['cancel', 2, REFUSAL],
        ['read', 62, is('STARTED')],
      ],
      outcome('NOT_CANCELABLE', 62),
      'may have been heard',
    ],
    [
      'as NOT_CANCELABLE while a cancel is in flight',
      [...DECLINED.slice(0, 1), ['cancelSent', 0.5], ['read', 1, is('STARTED')]],
      outcome('NOT_CANCELABLE', 1),
      'in flight',
    ],
    [
      'as NOT_CANCELABLE while an operator’s cancel is due',
      [
        ['cancel', 0, REFUSAL],
        ['askedForCancel', 0.5],
        ['read', 1, is('STARTED')],
      ],
      outcome('NOT_CANCELABLE', 1),
      'due',
    ],
    [
      'as NOT_CANCELABLE once accepted',
      [
        ['cancel', 0, is('STARTED')],
        ['cancel', 11, REFUSAL],
        ['read', 12, is('STARTED')],
      ],
      outcome('NOT_CANCELABLE', 12),
      'accepted',
    ],
    [
      'as NOT_CANCELABLE while CANCELING',
      [
        ['cancel', 0, REFUSAL],
        ['read', 1, is('CANCELING')],
      ],
      outcome('NOT_CANCELABLE', 1),
      'was CANCELING',
    ],
    [
      'as NOT_CANCELABLE without a read',
      [['cancel', 0, REFUSAL]],
      outcome('NOT_CANCELABLE', 0),
      'something else than a read',
    ],
    [
      'as DEADLINE_EXCEEDED without a last read',
      [['cancel', 0, LOST]],
      outcome('DEADLINE_EXCEEDED', 3_601),
      'last read',
    ],
    [
      'as DEADLINE_EXCEEDED before the deadline',
      [['cancel', 0, LOST]],
      outcome('DEADLINE_EXCEEDED', 3_599),
      'before the deadline',
    ],
    ['as ABANDONED unless stopped', [['cancel', 0, LOST]], outcome('ABANDONED', 5), 'nobody'],
    [
      'as anything else once stopped',
      [
        ['stopped', 5],
        ['cancel', 6, is('CANCELED')],
      ],
      outcome('CANCELED', 6),
      'stopped the watch',
    ],
    [
      'as TaskNotFound, at the second answer',
      [0, 3].map((seconds): Told => ['cancel', seconds, NOT_FOUND]),
      failure('TaskNotFound', 3),
      'third',
    ],
    [
      'as TaskVanished within a minute',
      [['cancel', 0, is('CANCELING')], ...VANISHED.map(([, seconds]): Told => ['read', seconds / 2, NOT_FOUND])],
      failure('TaskVanished', 45),
      'too few',
    ],
    [
      'as TaskVanished if it came back',
      [['cancel', 0, is('CANCELING')], ...VANISHED.slice(0, 4), ['read', 80, is('CANCELING')], ...VANISHED.slice(4)],
      failure('TaskVanished', 90),
      'too few',
    ],
    [
      'as Forbidden once the task was seen',
      [
        ['cancel', 0, is('CANCELING')],
        ['read', 20, { kind: 'forbidden' }],
      ],
      failure('Forbidden', 20),
      'had been seen',
    ],
    ['as a failure that the contract does not know', [], failure('TypeError', 0), 'no failure'],
  ])('%s', (_, told, conclusion, because) => {
    expect(objectionToEnd(factsOf(...told), conclusion, RULES)).toMatch(because);
  });
});

describe('a cancellation has to end', () => {
  it.each<[string, Told[], string]>([
    ['once told', [['cancel', 0, is('FINISHED')]], 'told FINISHED'],
    ['once declined', DECLINED, 'declined'],
    ['once its task has vanished', [['cancel', 0, is('CANCELING')], ...VANISHED], 'vanished'],
    [
      'on the first contact, once its credentials are refused',
      [['cancel', 0, { kind: 'unauthorized' }]],
      'unauthorized',
    ],
  ])('%s', (_, told, because) => {
    expect(objectionToGoingOn(factsOf(...told), RULES)).toMatch(because);
  });

  it('in time', () => {
    expect(objectionToLateness(factsOf(), 3_590_000, 3_615_000)).toMatch('conclusion');
    expect(objectionToLateness(factsOf(), 3_612_000, 3_616_000)).toMatch('deadline');
    expect(objectionToLateness(factsOf(), 3_612_000, 3_612_000)).toBeNull();
  });

  it('and counts what was answered', () => {
    expect(objectionToCounts(factsOf(...DECLINED), { cancelRequests: 1, polls: 1 })).toBeNull();
    expect(objectionToCounts(factsOf(...DECLINED), { cancelRequests: 2, polls: 1 })).toMatch('2 cancels');
    expect(objectionToCounts(factsOf(...DECLINED), { cancelRequests: 1, polls: 0 })).toMatch('0 reads');
  });
});

describe('a run may not call', () => {
  const sent = (call: 'cancel' | 'read', seconds: number) =>
    ({ kind: 'sent', call, by: 'run', atMs: seconds * 1_000 }) as const;
  const accepted: Told[] = [
    ['cancel', 0, is('STARTED')],
    ['read', 30, is('STARTED')],
  ];
  it.each<[string, Told[], ReturnType<typeof sent>, string]>([
    [
      'beyond its budget',
      [
        ['cancel', 0, is('STARTED')],
        ['cancel', 700, is('STARTED')],
      ],
      sent('cancel', 1_400),
      'budget',
    ],
    [
      'beyond twenty cancels without a sight',
      Array.from({ length: 20 }, (_, n): Told => ['cancel', 60 * n, LOST]),
      sent('cancel', 1_300),
      'twenty',
    ],
    ['for a task that has not moved on', accepted, sent('cancel', 40), 'moved on'],
    ['for a task that is CANCELING', [['cancel', 0, is('CANCELING')]], sent('cancel', 700), 'CANCELING'],
    [
      'within ten seconds',
      [
        ['cancel', 0, is('STARTED')],
        ['read', 5, is('STARTED', 1)],
      ],
      sent('cancel', 9),
      'ten seconds',
    ],
    [
      'before the Retry-After',
      [
        ['cancel', 0, is('CANCELING')],
        ['read', 20, BUSY],
      ],
      sent('read', 300),
      'Retry-After',
    ],
    ['sooner than min', accepted, sent('read', 39), 'min'],
    ['after its deadline', accepted, sent('read', 3_600), 'after the deadline'],
    ['beside another cancel', [['cancelSent', 0]], sent('cancel', 1), 'beside another'],
    ['once told', [['cancel', 0, is('FINISHED')]], sent('read', 20), 'told FINISHED'],
  ])('%s', (_, told, call, because) => {
    expect(objectionToCall(factsOf(...told), call, RULES)).toMatch(because);
  });
});

describe('a run may not wait', () => {
  const due = (cancelSeconds: number, readSeconds: number) => ({
    cancelAtMs: cancelSeconds * 1_000,
    readAtMs: readSeconds * 1_000,
  });
  it.each<[string, Told[], ReturnType<typeof due>, string | null]>([
    ['for nothing', [['cancel', 0, is('CANCELING')]], due(Infinity, Infinity), 'no call is due'],
    ['longer than the schedule', [['cancel', 0, is('CANCELING')]], due(Infinity, 800), 'are allowed'],
    ['longer than its retries', [['cancel', 0, LOST]], due(500, Infinity), 'are allowed'],
    [
      'with the cancel of a task that goes on',
      [
        ['cancel', 0, is('STARTED')],
        ['read', 580, is('STARTED')],
      ],
      due(Infinity, 640),
      'no cancel is due',
    ],
    [
      'with the cancel of a task that moved on',
      [
        ['cancel', 0, is('STARTED')],
        ['read', 30, is('STARTED', 1)],
      ],
      due(600, 60),
      'no cancel is due',
    ],
    [
      'with the cancel of a task that moved on since a 404',
      [
        ['cancel', 0, is('STARTED')],
        ['cancel', 700, NOT_FOUND],
        ['read', 730, is('STARTED', 1)],
      ],
      due(1_300, 760),
      'no cancel is due',
    ],
    [
      'except where the task is back in the phase of that cancel',
      [
        ['cancel', 0, is('STARTED')],
        ['cancel', 700, NOT_FOUND],
        ['read', 730, is('CANCELING', 1)],
        ['read', 740, is('STARTED')],
      ],
      due(1_300, 760),
      null,
    ],
    [
      'except where a read has yet to say what a refusal means',
      [
        ['cancel', 0, is('STARTED')],
        ['cancel', 700, REFUSAL],
        ['cancel', 710, NOT_FOUND],
      ],
      due(Infinity, 720),
      null,
    ],
    [
      'except for a Retry-After',
      [
        ['cancel', 0, is('CANCELING')],
        ['read', 20, BUSY],
      ],
      due(Infinity, 340),
      null,
    ],
  ])('%s', (_, told, calls, because) => {
    const objection = objectionToWait(factsOf(...told), calls, RULES);
    if (because === null) expect(objection).toBeNull();
    else expect(objection).toMatch(because);
  });
});

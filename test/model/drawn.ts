import type { ApiTask, Habit } from './api';
import { HABITS, newTask, STATUSES } from './api';

/** What fast-check draws, numbers, as what a run meets. */

const ON_DECLINED = ['return', 'monitor', 'retry'] as const;
const DEADLINES = ['20m', '3h', '1h', '5m', '20m', '30s', '1s'] as const;
const PACES = [{}, { min: '500ms', max: '2s' }, { max: '1m' }, { min: '1m', max: '1h', ratio: 2 }] as const;
const CANCELS = [5, 1, 2, 50] as const;
const CALLS_TAKE_MS = [200, 0, 1_500, 5_000, 10_800, 11_000, 90_000] as const;
const OPERATORS_COME_AFTER_MS = [0, 100, 3_000, 30_000, 300_000] as const;

export type Request = 'poll' | 'reissue' | 'extend' | 'extendBriefly' | 'stop';
const REQUESTS: readonly (Request | null)[] = [
  ...Array.from({ length: 20 }, () => null),
  ...(['poll', 'poll', 'poll', 'reissue', 'reissue', 'extend', 'extendBriefly', 'stop'] as const),
];

/** One number is many small ones; each of them is plainest at 0, to which numbers shrink. */
function digitsOf(word: number): <Item>(of: readonly Item[]) => Item {
  let rest = word;
  return (of) => {
    const item = of[rest % of.length];
    rest = Math.floor(rest / of.length);
    if (item === undefined) throw new Error('nothing to draw from');
    return item;
  };
}
const upTo = (length: number) => Array.from({ length }, (_, n) => n);
const N256 = upTo(256);
const N16 = upTo(16);
const N8 = upTo(8);
const YES = [false, true] as const;
const SELDOM = [false, false, false, true] as const;

/** What one call meets. */
export interface Draw {
  move: number;
  drift: number;
  tookMs: number;
  /** The call arrives only at its end. */
  arrivesLate: boolean;
  random: number;
  estimate: number;
  retryAfter: number;
  continuesAsNew: boolean;
  operator: { request: Request; afterMs: number } | null;
}

export function drawOf(word: number): Draw {
  const digit = digitsOf(word);
  const move = digit(N256);
  const drift = digit(N16);
  const tookMs = digit(CALLS_TAKE_MS);
  const arrivesLate = digit(YES);
  const random = digit(N16) / 16;
  const estimate = digit(N8);
  const retryAfter = digit(N8);
  const continuesAsNew = digit(SELDOM);
  const request = digit(REQUESTS);
  const afterMs = digit(OPERATORS_COME_AFTER_MS);
  const operator = request && { request, afterMs };
  return { move, drift, tookMs, arrivesLate, random, estimate, retryAfter, continuesAsNew, operator };
}

/** How a run begins, and what the API is like. */
export interface Setting {
  input: { onDeclined: string; deadline: string; poll: object; maxCancelRequests: number };
  /** Of the API, on the first call and later. */
  firstHabit: Habit;
  habit: Habit;
  task: ApiTask;
  /** What became of the task when all draws are used up. */
  endsAtLast: boolean;
}

export function settingOf(word: number): Setting {
  const digit = digitsOf(word);
  const habit = digit(HABITS);
  const firstHabit = digit(['calm', 'calm', 'calm', 'refusing', 'lossy', ...HABITS] as const);
  const onDeclined = digit(ON_DECLINED);
  const input = { onDeclined, deadline: digit(DEADLINES), poll: digit(PACES), maxCancelRequests: digit(CANCELS) };
  const status = digit(['STARTED', 'STARTED', 'STARTED', ...STATUSES] as const);
  const isReadable = !digit(SELDOM);
  const task = { ...newTask(status, 0), isReadable };
  return { input, firstHabit, habit, task, endsAtLast: !digit(YES) };
}

/** Beyond all digits of a draw. */
export const MAX_WORD = 2 ** 41;

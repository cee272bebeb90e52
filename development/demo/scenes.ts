import type { z } from 'zod';
import type { CancelTaskInput } from '../../domain/contract/input';
import type { scriptSchema } from '../../simulator/script';

/** An intervention beside what the task does by itself. */
export type Twist = 'somebodyElseCancels' | 'apiIsDown' | 'operatorStops' | 'workerIsKilled';

/** One cancellation of the demo. */
export interface Scene {
  /** Also the id of its task. */
  name: string;
  /** In few words. */
  story: string;
  /** The expected verdict. */
  expected: string;
  /** How the task behaves; null: the API knows no such task. */
  script: z.input<typeof scriptSchema> | null;
  twist: Twist | null;
  input?: Partial<CancelTaskInput>;
}

const NOT_IN_THIS_DEMO_MS = 3_600_000;

/**
 * All at once: one for each way in which a cancellation can end, and for each way there that a
 * person should have seen.
 */
export const TOGETHER: readonly Scene[] = [
  {
    name: 'ordinary',
    story: 'accepted, then canceled',
    expected: 'CANCELED',
    script: { settlesAfterMs: 4_000 },
    twist: null,
  },
  {
    name: 'settled',
    story: 'canceled by somebody before us',
    expected: 'CANCELED, already over',
    script: { settlesAfterMs: 0 },
    twist: 'somebodyElseCancels',
  },
  {
    name: 'finished',
    story: 'accepted, finished all the same',
    expected: 'FINISHED',
    script: { settlesAs: 'FINISHED', settlesAfterMs: 5_000 },
    twist: null,
  },
  {
    name: 'failed',
    story: 'accepted, failed on the way',
    expected: 'FAILED',
    script: { settlesAs: 'FAILED', settlesAfterMs: 6_000 },
    twist: null,
  },
  {
    name: 'declined',
    story: 'declined: says so at once',
    expected: 'NOT_CANCELABLE',
    script: { onCancel: 'decline' },
    twist: null,
  },
  {
    name: 'monitor',
    story: 'declined: watched to its own end',
    expected: 'FINISHED',
    script: { onCancel: 'decline', endsAfterMs: 8_000 },
    twist: null,
    input: { onDeclined: 'monitor' },
  },
  {
    name: 'retry',
    story: 'declined: sent again later',
    expected: 'CANCELED',
    // Its next phase, in which it can be canceled, is what makes the cancel worth another try: ten
    // seconds after the first.
    script: { cancelableAfterMs: 5_000, settlesAfterMs: 2_000 },
    twist: null,
    input: { onDeclined: 'retry' },
  },
  {
    name: 'deadline',
    story: 'not over by its deadline of 7 s',
    expected: 'DEADLINE_EXCEEDED',
    script: { settlesAfterMs: NOT_IN_THIS_DEMO_MS },
    twist: null,
    input: { deadline: '7s' },
  },
  {
    name: 'stopped',
    story: 'an operator stops the watch',
    expected: 'ABANDONED',
    script: { settlesAfterMs: NOT_IN_THIS_DEMO_MS },
    twist: 'operatorStops',
  },
  {
    name: 'outage',
    story: 'the API answers 503 for a while',
    expected: 'CANCELED',
    script: { settlesAfterMs: 3_000 },
    twist: 'apiIsDown',
  },
  {
    name: 'unknown',
    story: 'there is no such task',
    expected: 'TaskNotFound',
    script: null,
    twist: null,
  },
];

export const CRASH: Scene = {
  name: 'crash',
  story: 'the worker is killed in the wait',
  expected: 'CANCELED',
  script: { settlesAfterMs: 5_000 },
  twist: 'workerIsKilled',
  // Long enough to be killed in the middle of it.
  input: { poll: { min: '3s', max: '3s' } },
};

export const SCENES: readonly Scene[] = [...TOGETHER, CRASH];

/** A task that runs, for users to cancel themselves. */
export const YOURS = { name: 'yours', script: { settlesAfterMs: 30_000 } } as const;

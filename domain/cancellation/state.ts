import type { Refusal } from '../contract/answers';
import type { CancelTaskSettings } from '../contract/input';
import type { Outcome, Trouble } from '../contract/result';
import type { Task } from './task';
import type { Timeline } from './timeline';

/**
 * One cancellation, from its start to its end. Every function of this folder takes a state and
 * returns the next one. The instant and the random number are the caller's. Only an answer about
 * this very task makes a verdict.
 */

/** The phase that a task shows. A change of either part is worth another cancel. */
export interface TaskPhase {
  phaseInProgress: string | null;
  subStatus: string | null;
}

/** What became of a cancel request, as far as it can have ended the task. */
export type CancelFate = 'unheard' | 'answered' | 'mayHaveBeenHeard';

interface LatestCancel {
  /** When its answer, or the failure to get one, was known. */
  endedAtMs: number;
  fate: CancelFate;
  /** Null until the task was read after it. */
  phaseAfter: TaskPhase | null;
}

/** Why there can be no verdict. */
export const FAILURE_TYPES = ['TaskNotFound', 'TaskVanished', 'Unauthorized', 'Forbidden', 'VmcApiError'] as const;

/** Why the run is over: with a result, or because there can be none. */
export type Ending =
  | { kind: 'outcome'; outcome: Outcome; atMs: number; alreadySettled: boolean }
  | { kind: 'failure'; type: (typeof FAILURE_TYPES)[number]; message: string };

/**
 * JSON throughout: it is carried along when the run continues as new. A field may be added, with a
 * default for runs under way; none may change its meaning.
 */
export interface Cancellation {
  startedAtMs: number;
  deadlineAtMs: number;
  /**
   * `requesting`: no cancel was answered yet. `checkingRefusal`: one was refused, and the task's
   * own state decides what that means. `monitoring`: the task is watched until it ends.
   */
  stage: 'requesting' | 'checkingRefusal' | 'monitoring';
  acceptedAtMs: number | null;
  firstSeenAtMs: number | null;
  lastSeenAtMs: number | null;
  /**
   * When the read began that saw the task last: one that began earlier has nothing newer to say.
   */
  sightBeganAtMs: number | null;
  task: Task | null;
  everCanceling: boolean;
  declined: Refusal | null;
  cancelRequests: number;
  /** Those of them that no operator requested: `maxCancelRequests` limits these. */
  ownCancelRequests: number;
  polls: number;
  /** An attempt before the latest one may have reached the API. */
  earlierCancelMayHaveBeenHeard: boolean;
  latestCancel: LatestCancel | null;
  /** Sent and not answered: it may have been received. */
  cancelInFlight: boolean;
  /** An operator's cancels that are still to be sent. */
  operatorCancelsDue: number;
  cancelsUnansweredInARow: number;
  /** Cancels that may have been received since the task was last seen. */
  unseenCancels: number;
  /**
   * Some cancel got no answer and may have been received: it may be the reason for a later refusal.
   */
  cancelWasLost: boolean;
  /** From then on a doubted refusal counts as declined. Null: no doubt. */
  doubtEndsAtMs: number | null;
  nextCancelAtMs: number | null;
  nextReadAtMs: number | null;
  /**
   * The first estimate since the last accepted cancel or the last rise; null before there was one.
   */
  estimateBaseline: { atMs: number; minutes: number } | null;
  /**
   * Retry-After of cancels and of reads: the schedule keeps to it, an operator's request does not.
   */
  cancelFloorAtMs: number;
  readFloorAtMs: number;
  /** Answers "no such task" before the task was ever seen. */
  firstContactNotFound: number;
  /** Reads answered "no such task" since the last answer with the task. */
  vanishing: { count: number; firstAtMs: number } | null;
  trouble: Trouble | null;
  timeline: Timeline;
  /** An operator ended the watch: later answers are recorded and decide nothing. */
  stopped: boolean;
  ending: Ending | null;
}

export function newCancellation(settings: CancelTaskSettings, startedAtMs: number): Cancellation {
  return {
    startedAtMs,
    deadlineAtMs: startedAtMs + settings.deadlineMs,
    stage: 'requesting',
    acceptedAtMs: null,
    firstSeenAtMs: null,
    lastSeenAtMs: null,
    sightBeganAtMs: null,
    task: null,
    everCanceling: false,
    declined: null,
    cancelRequests: 0,
    ownCancelRequests: 0,
    polls: 0,
    earlierCancelMayHaveBeenHeard: false,
    latestCancel: null,
    cancelInFlight: false,
    operatorCancelsDue: 0,
    cancelsUnansweredInARow: 0,
    unseenCancels: 0,
    cancelWasLost: false,
    doubtEndsAtMs: null,
    nextCancelAtMs: startedAtMs,
    nextReadAtMs: null,
    estimateBaseline: null,
    cancelFloorAtMs: startedAtMs,
    readFloorAtMs: startedAtMs,
    firstContactNotFound: 0,
    vanishing: null,
    trouble: null,
    timeline: [],
    stopped: false,
    ending: null,
  };
}

/**
 * The state that the run before carried along. A field that its release did not have starts with
 * its default.
 */
export function fromContinuedRun(settings: CancelTaskSettings, carried: Cancellation): Cancellation {
  const known: Partial<Cancellation> = carried;
  return { ...newCancellation(settings, carried.startedAtMs), ...known };
}

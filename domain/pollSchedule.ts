import { MINUTE_MS, SECOND_MS } from './duration';

/** The user's say in the schedule. */
export interface PollPace {
  /** No two scheduled reads are closer than this. */
  minMs: number;
  /** No wait is longer than this, unless the API itself asked for a longer one. */
  maxMs: number;
  /** The next wait as a share of the time waited so far. */
  ratio: number;
}

export const DEFAULT_POLL_PACE: PollPace = { minMs: 10 * SECOND_MS, maxMs: 60 * SECOND_MS, ratio: 0.5 };

/** How far the server's estimate may pull the wait from what the elapsed time alone would say, either way. */
const ESTIMATE_PULL = 4;
/** The estimate comes in whole minutes, rounded up: on average the truth is half a minute less. */
const ESTIMATE_ROUNDING_MINUTES = 0.5;
/** Spreads the reads of cancellations that were started together. */
const JITTER_SHARE = 0.1;

export interface PollMoment {
  /** Time since the last accepted cancel; where none was accepted, since the task was first seen. */
  elapsedMs: number;
  /** The server's estimate, whole minutes; null where it has none. It may be stuck, wild or zero. */
  estimatedRemainingMinutes: number | null;
  /** What is left of the least wait that the API asked for; 0 where it asked for none. */
  retryAfterMs: number;
}

/**
 * How long to wait before the next status read, in milliseconds.
 *
 * Proportional pace: the longer a task has taken, the longer the next wait, so that the verdict's lag stays a bounded share of the whole. The
 * server's estimate is a hint: it aims the next read at half the remaining time, within a factor of 4 of the pace. `minMs` and `maxMs`
 * hold whatever the estimate says; only a Retry-After may go beyond `maxMs`, and jitter never takes from it.
 *
 * @param random a number in [0, 1): the caller's source, so that the same source gives the same schedule.
 */
export function pollDelayMs(pace: PollPace, moment: PollMoment, random: number): number {
  const paceMs = clamp(pace.ratio * moment.elapsedMs, pace.minMs, pace.maxMs);
  const aimMs =
    moment.estimatedRemainingMinutes === null
      ? paceMs
      : clamp(
          pace.ratio * (moment.estimatedRemainingMinutes - ESTIMATE_ROUNDING_MINUTES) * MINUTE_MS,
          paceMs / ESTIMATE_PULL,
          paceMs * ESTIMATE_PULL,
        );
  const delayMs = clamp(aimMs * (1 + JITTER_SHARE * (2 * random - 1)), pace.minMs, pace.maxMs);
  const floorMs = moment.retryAfterMs * (1 + JITTER_SHARE * random);
  return Math.round(Math.max(delayMs, floorMs));
}

const FIRST_RETRY_MS = 2 * SECOND_MS;
const LAST_RETRY_MS = 60 * SECOND_MS;

/**
 * How long to wait after the n-th cancel in a row (from 1) that brought no answer: 2 s, doubling to a minute. What is left of a Retry-After is the
 * floor, and jitter only adds.
 */
export function retryDelayMs(failuresInARow: number, retryAfterMs: number, random: number): number {
  return Math.round(Math.max(doubledMs(failuresInARow), retryAfterMs) * (1 + JITTER_SHARE * random));
}

/** The same for a status read, which keeps to the pace besides: it comes no sooner than `minMs`, and no later than `maxMs` or the Retry-After. */
export function readRetryDelayMs(pace: PollPace, failuresInARow: number, retryAfterMs: number, random: number): number {
  const delayMs = clamp(doubledMs(failuresInARow) * (1 + JITTER_SHARE * random), pace.minMs, pace.maxMs);
  return Math.round(Math.max(delayMs, retryAfterMs * (1 + JITTER_SHARE * random)));
}

function doubledMs(failuresInARow: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failuresInARow - 1, 20), LAST_RETRY_MS);
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(Math.max(value, min), max);
}

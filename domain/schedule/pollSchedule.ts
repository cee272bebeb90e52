import { MINUTE_MS, SECOND_MS } from '../contract/duration';

/** The user's say in the schedule. */
export interface PollPace {
  /**
   * No two scheduled reads are closer than this, and none comes sooner than this after the cancel.
   */
  minMs: number;
  /** No wait is longer than this, unless the API itself requested a longer one. */
  maxMs: number;
  /** The next wait as a share of the time waited so far. */
  ratio: number;
}

export const DEFAULT_POLL_PACE: PollPace = { minMs: 10 * SECOND_MS, maxMs: 15 * MINUTE_MS, ratio: 0.4 };

/**
 * Cancellations that were started together read for the first time somewhere in a span of this
 * length, and then no closer than this: so a thousand of them make 45 reads a second on average. A
 * user's lower `min` shortens it in proportion.
 */
const SPACING_MS = 22 * SECOND_MS;
/**
 * Until then the wait grows with the time waited; afterwards much slower: the end of a task that
 * takes long comes ever less likely in the next minute, but not in proportion.
 */
const PROPORTIONAL_UNTIL_MS = 106 * SECOND_MS;
const LATER_GROWTH = 1 / 7;
/** Keeps reads apart that an outage or a slow worker brought together. */
const JITTER_SHARE = 0.1;

/**
 * The next read is aimed at this share of what the estimate leaves: before the end, since the
 * estimate is rough.
 */
const ESTIMATE_AIM = 0.75;
/** Whole minutes, the same for many tasks: only a wide jitter keeps their reads apart. */
const ESTIMATE_JITTER_SHARE = 0.3;
/**
 * The estimate is rounded up: the truth is less by half a minute on average, and it is better to be
 * early.
 */
const ESTIMATE_ROUNDING_MINUTES = 0.75;
/**
 * Before so much of it was seen, the pace of the estimate's fall says little: as if it had fallen a
 * minute in a minute, for so long.
 */
const PRESUMED_FALL_MINUTES = 1;
/**
 * Cap on how far an estimate stretches a wait beyond the base pace: 3.6 while it never moved, plus
 * 1 per minute that it fell, at most 12.
 */
const MAX_STRETCH_UNPROVEN = 3.6;
const MAX_STRETCH = 12;

/** The server's estimate, whole minutes, as it was read. It may be stuck, wild or zero. */
export interface Estimate {
  minutes: number;
  /** Since it first was read, or last rose: how long it has been falling, and by how much. */
  falling: { forMs: number; byMinutes: number };
}

export interface PollMoment {
  /**
   * Time since the last accepted cancel; where none was accepted, since the task was first seen. 0:
   * the first read is still to come.
   */
  elapsedMs: number;
  /** Null where the server has none. */
  estimate: Estimate | null;
  /** The rest of the least wait that the API requested; 0 where it requested none. */
  retryAfterMs: number;
}

/**
 * How long to wait before the next status read, in milliseconds.
 *
 * The first read comes at random in a span, which keeps those apart that began together. From then
 * on the wait grows with the time waited, in proportion at first and slower later, never below the
 * span. The server's estimate is a hint: it stretches the wait towards the end that it foretells,
 * within a bound that grows while the estimate falls, or takes it down to the span. `minMs` and
 * `maxMs` hold whatever the estimate says; only a Retry-After may go beyond `maxMs`, and jitter
 * never takes from it.
 *
 * @param random a number in [0, 1): the caller's source, so that the same source gives the same
 * schedule.
 */
export function pollDelayMs(pace: PollPace, moment: PollMoment, random: number): number {
  const delayMs = clamp(unclampedDelayMs(pace, moment, random), pace.minMs, pace.maxMs);
  const floorMs = moment.retryAfterMs * (1 + JITTER_SHARE * random);
  return Math.round(Math.max(delayMs, floorMs));
}

function unclampedDelayMs(pace: PollPace, { elapsedMs, estimate }: PollMoment, random: number): number {
  const spacingMs = SPACING_MS * Math.min(1, pace.minMs / DEFAULT_POLL_PACE.minMs);
  if (elapsedMs <= 0) return pace.minMs + random * Math.min(spacingMs, pace.maxMs - pace.minMs);
  const paceMs = Math.max(pace.ratio * dampedMs(elapsedMs), spacingMs, pace.minMs);
  const signedRandom = 2 * random - 1;
  if (estimate === null) return paceMs + (paceMs - spacingMs) * JITTER_SHARE * signedRandom;
  const stretch = Math.min(MAX_STRETCH_UNPROVEN + estimate.falling.byMinutes, MAX_STRETCH);
  const aimMs = Math.min(ESTIMATE_AIM * remainingMs(estimate), stretch * paceMs);
  return Math.max(aimMs * (1 + ESTIMATE_JITTER_SHARE * signedRandom), spacingMs);
}

function dampedMs(elapsedMs: number): number {
  if (elapsedMs <= PROPORTIONAL_UNTIL_MS) return elapsedMs;
  return PROPORTIONAL_UNTIL_MS * (elapsedMs / PROPORTIONAL_UNTIL_MS) ** LATER_GROWTH;
}

/**
 * What the estimate's minutes are in ours: an estimate that falls a minute in two of ours has twice
 * as far to go.
 */
function remainingMs({ minutes, falling }: Estimate): number {
  const ourMinutes = falling.forMs / MINUTE_MS + PRESUMED_FALL_MINUTES;
  const itsMinutes = falling.byMinutes + PRESUMED_FALL_MINUTES;
  return Math.max(minutes - ESTIMATE_ROUNDING_MINUTES, 0) * (ourMinutes / itsMinutes) * MINUTE_MS;
}

const FIRST_RETRY_MS = 2 * SECOND_MS;
const LAST_RETRY_MS = 60 * SECOND_MS;

/**
 * How long to wait after the n-th cancel in a row (from 1) that brought no answer: 2 s, doubling to
 * a minute. What is left of a Retry-After is the floor, and jitter only adds.
 */
export function retryDelayMs(failuresInARow: number, retryAfterMs: number, random: number): number {
  return Math.round(Math.max(doubledMs(failuresInARow), retryAfterMs) * (1 + JITTER_SHARE * random));
}

/**
 * The same for a status read, which keeps to the pace besides: it comes no sooner than `minMs`, and
 * no later than `maxMs` or the Retry-After.
 */
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

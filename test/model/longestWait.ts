/**
 * The most that the schedule may wait, restated from what docs/polling.md and docs/contract.md
 * promise. Every bound is a generous one: who waits longer breaks a promise.
 */

export interface Pace {
  minMs: number;
  maxMs: number;
  ratio: number;
}

const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;

/** With its report, the longest that one call of ours takes while a worker lives. */
export const CALL_MS = 12 * SECOND_MS;
/** A run ends so soon after its deadline. */
export const GRACE_MS = 15 * SECOND_MS;
/** Jitter only adds, a tenth at most. */
export const JITTER = 1.1;
/** The wait after a call without an answer: doubling to a minute. */
export const LONGEST_RETRY_MS = JITTER * MINUTE_MS;

const USUAL_MIN_MS = 10 * SECOND_MS;
const SPACING_MS = 22 * SECOND_MS;
const SLOWER_AFTER_MS = 106 * SECOND_MS;
const GROWTH = 1 / 7;
/** As far as an estimate stretches a wait, if it was seen to fall for long, and its jitter. */
const LONGEST_STRETCH = 12 * 1.3;
/** Reads are moved to the grid of their organization, and spread there. */
const LONGEST_MOVE_MS = 1.5 * MINUTE_MS + 1_600;

/**
 * From one status read to the next, so long after the cancel was accepted, where the API asked for
 * no longer one.
 */
export function longestWaitMs({ minMs, maxMs, ratio }: Pace, elapsedMs: number): number {
  const spacingMs = SPACING_MS * Math.min(1, minMs / USUAL_MIN_MS);
  const slowed = Math.max(elapsedMs / SLOWER_AFTER_MS, 1) ** (GROWTH - 1);
  const paceMs = Math.max(ratio * elapsedMs * slowed, spacingMs, minMs);
  return Math.min(Math.max(LONGEST_STRETCH * paceMs + LONGEST_MOVE_MS, minMs + spacingMs), maxMs);
}

import { MINUTE_MS } from '../contract/duration';

/**
 * Status reads of one organization can share an answer where they are due at one time. So the
 * schedule moves each to a boundary of the organization's grid: a pure function of its id and the
 * clock, the same for every run and worker. Grids are a minute wide, or a half, a quarter … of
 * that: a boundary of a wide grid is one of every narrower grid, so reads of any pace meet.
 */
const WIDEST_GRID_MS = MINUTE_MS;
/**
 * The width as a share of the time since the cancel. A thousand tasks that were cancelled at once
 * become fewer as their grid becomes wider: at most 120 of them read in one second.
 */
const GRID_SHARE = 1 / 20;
/** A worker may hold a read for this share of the wait, to batch it with others. */
const HOLD_SHARE = 1 / 8;
/**
 * Reads are spread over this time after their boundary, within the hold of the first of them: all
 * in one instant, they would be more than a Temporal server hands out at once.
 */
const SPREAD_MS = 1_600;

export interface DueRead {
  orgId: string;
  /** When the wait began, and how long it is without the grid. */
  fromMs: number;
  waitMs: number;
  /** Since the cancel. */
  elapsedMs: number;
  earliestMs: number;
  latestMs: number;
}

/**
 * When to read, at the boundary nearest to the end of the wait; null if none is within the bounds.
 *
 * @param random a number in [0, 1).
 */
export function alignedAtMs(read: DueRead, random: number): number | null {
  const { orgId, fromMs, waitMs, elapsedMs, earliestMs, latestMs } = read;
  const widthMs = gridMs(Math.min(GRID_SHARE * elapsedMs, waitMs));
  const spreadMs = Math.min(SPREAD_MS, maxHoldMs(waitMs));
  const phaseMs = WIDEST_GRID_MS * hashShare(orgId);
  // Aimed half the spread early: so waits become as often shorter as longer.
  const boundary = Math.round((fromMs + waitMs - spreadMs / 2 - phaseMs) / widthMs);
  return (
    [boundary, boundary - 1, boundary + 1]
      .map((n) => Math.round(n * widthMs + phaseMs + random * spreadMs))
      .find((ms) => ms >= earliestMs && ms <= latestMs) ?? null
  );
}

/** How long a read may be held for others to come, after so long a wait. */
export function maxHoldMs(waitMs: number): number {
  return Math.floor(HOLD_SHARE * waitMs);
}

/** The widest grid whose boundaries are at most this far apart. */
export function gridMs(atMostMs: number): number {
  return WIDEST_GRID_MS / 2 ** Math.max(Math.ceil(Math.log2(WIDEST_GRID_MS / atMostMs)), 0);
}

/** FNV-1a, as a number in [0, 1): organizations do not read in step. */
function hashShare(text: string): number {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0) / 2 ** 32;
}

import * as z from 'zod/mini';
import { MINUTE_MS } from './duration';

/**
 * Status reads of one organisation can share an answer where they come at one time. They are drawn together at the instants of grids a minute wide,
 * or half of one, or a quarter …: an instant of a wide grid is one of every narrower grid, so reads of any pace meet.
 */
export const togetherSchema = z.strictObject({
  /** How wide a grid gathers enough reads at an instant, and not too many. */
  everyMs: z.number(),
  /** How long ago the latest instant of the widest grid was. */
  sinceMs: z.number(),
});

/** What a worker that has others to read for tells with its answer: when a read is best asked for. */
export type Together = z.infer<typeof togetherSchema>;

export const WIDEST_GRID_MS = MINUTE_MS;

/** The widest grid whose instants are at most this far apart. */
export function gridMs(atMostMs: number): number {
  return WIDEST_GRID_MS / 2 ** Math.max(Math.ceil(Math.log2(WIDEST_GRID_MS / atMostMs)), 0);
}

/** From a point that is so long after an instant of the widest grid, how long it is to the next instant of this one. */
export function untilInstantMs(sinceMs: number, everyMs: number): number {
  return everyMs - (sinceMs % everyMs);
}

/** No grid is wider than this share of the wait. More than half: waits of a minute, jitter and all, meet twice in it. */
const WIDEST_GRID_SHARE = 0.7;

/**
 * The wait that ends at the instant nearest to the end of this one. As waits become neither longer nor shorter by it on the average, what is seen with
 * them is seen hardly later. Null: no instant near is within the bounds.
 */
export function drawnWaitMs(
  waitMs: number,
  { everyMs, sinceMs }: Together,
  { minMs, maxMs }: { minMs: number; maxMs: number },
): number | null {
  const stepMs = gridMs(Math.min(everyMs, waitMs * WIDEST_GRID_SHARE));
  const nearestMs = Math.round(Math.round((sinceMs + waitMs) / stepMs) * stepMs - sinceMs);
  return [nearestMs, nearestMs - stepMs, nearestMs + stepMs].find((ms) => ms >= minMs && ms <= maxMs) ?? null;
}

import { MINUTE_MS, SECOND_MS } from '../domain/duration';

const MIN_RETRY_AFTER_MS = SECOND_MS;
const MAX_RETRY_AFTER_MS = 15 * MINUTE_MS;

/** The three forms of RFC 9110, 5.6.7, all of which begin with a day's name; without this, Date.parse finds a date in almost anything. */
const HTTP_DATE = /^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +(\d{1,2}|[a-z]{3})[ -].*\d{2}:\d{2}:\d{2}/i;

/**
 * The delay that a Retry-After header asks for, within 1 s and 15 min; null where there is none or nobody can read it.
 * Source: RFC 9110, 10.2.3: seconds, or an HTTP date.
 */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? '';
  const delayMs = /^\d+$/.test(value) ? Number(value) * SECOND_MS : parseHttpDateMs(value) - nowMs;
  if (Number.isNaN(delayMs)) return null;
  return Math.min(Math.max(delayMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
}

function parseHttpDateMs(value: string): number {
  if (!HTTP_DATE.test(value)) return NaN;
  // The asctime form names no zone, and is in GMT all the same.
  return Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
}

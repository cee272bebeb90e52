import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import { parseHttpDateMs } from './httpDate';

const MIN_RETRY_AFTER_MS = SECOND_MS;
const MAX_RETRY_AFTER_MS = 15 * MINUTE_MS;
/** Whole ones, says the standard; some gateways write a fraction. */
const SECONDS = /^\d+(\.\d*)?$/;

/**
 * The delay that a Retry-After header asks for, within 1 s and 15 min; null where there is none or
 * it cannot be parsed. A fraction of a second is rounded up. Source: RFC 9110, 10.2.3: seconds, or
 * an HTTP date.
 */
export function parseRetryAfterMs(header: string | null, nowMs: number): number | null {
  const value = header?.trim() ?? '';
  const delayMs = SECONDS.test(value) ? Math.ceil(Number(value)) * SECOND_MS : parseHttpDateMs(value) - nowMs;
  if (Number.isNaN(delayMs)) return null;
  return Math.min(Math.max(delayMs, MIN_RETRY_AFTER_MS), MAX_RETRY_AFTER_MS);
}

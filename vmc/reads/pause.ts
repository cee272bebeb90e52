import type { CallFailure, TroubleType } from '../../domain/contract/answers';
import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';

/** The API asked an organisation's reads to wait: by a Retry-After, or by a bare 429, which names no time. */
export interface Pause {
  beganAtMs: number;
  untilMs: number;
  /** Of the failure that asked for it. */
  type: TroubleType;
  bareInARow: number;
}

const FIRST_BARE_PAUSE_MS = 5 * SECOND_MS;
const LAST_BARE_PAUSE_MS = MINUTE_MS;

/** The pause that is in force after a failure: the present one, or a longer or later one. A bare 429 pauses for 5 s, doubling to a minute while they go on. */
export function pauseAfter(
  present: Pause | null,
  { type, httpStatus, retryAfterMs }: CallFailure,
  call: { sentAtMs: number; atMs: number },
): Pause | null {
  if (retryAfterMs === null && httpStatus !== 429) return present;
  // Of many calls in flight each gets its own 429: those sent before the pause began are one with the call that began it.
  const isFurther = present === null || call.sentAtMs > present.beganAtMs;
  if (retryAfterMs === null && !isFurther) return present;
  const bareInARow = (present?.bareInARow ?? 0) + (retryAfterMs === null ? 1 : 0);
  const lengthMs =
    retryAfterMs ?? Math.min(FIRST_BARE_PAUSE_MS * 2 ** Math.min(bareInARow - 1, 20), LAST_BARE_PAUSE_MS);
  return {
    beganAtMs: isFurther ? call.atMs : present.beganAtMs,
    untilMs: Math.max(present?.untilMs ?? -Infinity, call.atMs + lengthMs),
    type,
    bareInARow,
  };
}

/** The API answers again; what is left of a pause stays in force. */
export function answeredIn(present: Pause | null, sentAtMs: number): Pause | null {
  return present !== null && sentAtMs > present.beganAtMs ? { ...present, bareInARow: 0 } : present;
}

/** At most 59 calls begin in a second; see `MAX_IN_FLIGHT` for what that leaves room for. */
const GAP_MS = 17;
const FIRST_GAP_MS = 200;
const GAP_HALVED_EVERY_MS = 5 * SECOND_MS;

/** How far apart two calls of an organisation begin: after a pause 200 ms, half of it every five seconds, until the pace is the full one again. */
export function gapMsAt(pause: Pause | null, atMs: number): number {
  if (pause === null) return GAP_MS;
  const halvings = Math.floor(Math.max(atMs - pause.untilMs, 0) / GAP_HALVED_EVERY_MS);
  return Math.max(FIRST_GAP_MS / 2 ** Math.min(halvings, 20), GAP_MS);
}

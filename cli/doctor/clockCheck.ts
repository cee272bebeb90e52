import { formatDuration, MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import type { ClockReading } from '../../vmc/api/client';
import type { CheckResult } from './check';
import { failed, skipped, passed, warned } from './check';

/** Clocks that the network sets differ by less. */
const WARNED_ABOVE_MS = 5 * SECOND_MS;
/**
 * Beyond this, printed times mislead, and an access token may count as expired or not yet valid.
 */
const FAILED_ABOVE_MS = MINUTE_MS;
const REMEDY = 'Set the clock of this machine (NTP)';

export function clockCheck(readings: readonly ClockReading[]): CheckResult {
  // The shorter the round trip, the more precise the reading.
  const [surest] = readings.toSorted((one, other) => roundTripMs(one) - roundTripMs(other));
  if (surest === undefined) return skipped('clock', 'the VMC API did not report its time');
  const aheadMs = surelyAheadMs(surest);
  const skewMs = Math.abs(aheadMs);
  if (skewMs <= WARNED_ABOVE_MS)
    return passed('clock', `differs from that of the VMC API by no more than ${formatDuration(WARNED_ABOVE_MS)}`);
  const message = `is ${formatDuration(skewMs)} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of the VMC API`;
  return skewMs <= FAILED_ABOVE_MS ? warned('clock', message, REMEDY) : failed('clock', message, REMEDY);
}

function roundTripMs({ askedAtMs, toldAtMs }: ClockReading): number {
  return toldAtMs - askedAtMs;
}

/**
 * The least by which this clock is ahead; negative: behind. The API read its own clock at some
 * instant of the round trip, and its Date header drops the fraction of a second.
 */
export function surelyAheadMs({ apiMs, askedAtMs, toldAtMs }: ClockReading): number {
  const mostAheadMs = toldAtMs - apiMs;
  const leastAheadMs = askedAtMs - (apiMs + SECOND_MS);
  if (leastAheadMs > 0) return leastAheadMs;
  return Math.min(mostAheadMs, 0);
}

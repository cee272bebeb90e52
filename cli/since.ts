import { z } from 'zod';
import { parseDurationMs } from '../domain/contract/duration';

const instant = z.iso.datetime({ offset: true });

/** The beginning of a time span: a duration ago, or an instant; null for a text that is neither. */
export function sinceDate(text: string, nowMs: number): Date | null {
  const agoMs = parseDurationMs(text);
  // No server has run anything before the epoch.
  if (agoMs !== null) return new Date(Math.max(0, nowMs - agoMs));
  return instant.safeParse(text).success ? new Date(text) : null;
}

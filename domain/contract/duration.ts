import humanizeDuration from 'humanize-duration';

/** The contract's form of a duration: a number and a unit, or a plain number of milliseconds. */
export const DURATION_PATTERN = /^\d+(\.\d+)?\s*(ms|s|m|h|d)$/;

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

const UNIT_MS: Record<string, number> = { ms: 1, s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS };

/**
 * Milliseconds of `"90s"`, `"1.5 h"` or `90000`; null for anything else, a negative or endless
 * number included.
 */
export function parseDurationMs(duration: unknown): number | null {
  if (typeof duration === 'number') return Number.isFinite(duration) && duration >= 0 ? Math.round(duration) : null;
  if (typeof duration !== 'string') return null;
  const [, , unit = ''] = DURATION_PATTERN.exec(duration) ?? [];
  const ms = Math.round(Number.parseFloat(duration) * (UNIT_MS[unit] ?? NaN));
  return Number.isFinite(ms) ? ms : null;
}

const shortEnglish = humanizeDuration.humanizer({
  language: 'short',
  languages: {
    short: {
      d: () => 'd',
      h: () => 'h',
      m: () => 'm',
      s: () => 's',
    },
  },
  units: ['d', 'h', 'm', 's'],
  largest: 2,
  round: true,
  spacer: ' ',
  delimiter: ' ',
});

/** Human-readable: `12 s`, `4 m 20 s`, `1 d 2 h`. */
export function formatDuration(ms: number): string {
  return shortEnglish(Math.max(0, ms));
}

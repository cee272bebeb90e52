import * as z from 'zod/mini';
import { formatDuration } from './duration';
import { iso } from './instant';
import type { Parsed } from './input';
import { MAX_DEADLINE_MS, MAX_REASON_CHARACTERS, MAX_REQUESTED_BY_CHARACTERS } from './limits';
import { checked, durationBetween, JSON_OBJECT, textOfAtMost } from './input';

const requestedBy = z.optional(textOfAtMost(MAX_REQUESTED_BY_CHARACTERS));

export const operatorSchema = z.strictObject({ requestedBy }, JSON_OBJECT);
/** The argument of `pollNow` and `reissueCancel`: who asks, if anybody says. */
export type OperatorArgument = z.infer<typeof operatorSchema>;

export const stopMonitoringSchema = z.strictObject(
  { reason: z.optional(textOfAtMost(MAX_REASON_CHARACTERS)), requestedBy },
  JSON_OBJECT,
);
export type StopMonitoringArgument = z.infer<typeof stopMonitoringSchema>;

export const extendDeadlineSchema = z.pipe(
  z.strictObject(
    {
      by: z.optional(durationBetween(1, MAX_DEADLINE_MS)),
      until: z.optional(
        z.pipe(
          z.iso.datetime({ offset: true, error: 'must be an instant such as "2026-01-31T12:00:00Z"' }),
          z.transform((text) => Date.parse(text)),
        ),
      ),
      requestedBy,
    },
    JSON_OBJECT,
  ),
  z.transform(({ by, until, requestedBy }, { value, issues }) => {
    if (by !== undefined && until === undefined) return { name: 'by', ms: by, requestedBy } as const;
    if (until !== undefined && by === undefined) return { name: 'until', ms: until, requestedBy } as const;
    const message = 'needs either by (a duration) or until (an instant), and not both';
    issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  }),
);
export type ExtendDeadlineArgument = z.input<typeof extendDeadlineSchema>;

export interface Extension {
  /** In ms since the epoch. */
  deadlineAtMs: number;
  requestedBy: string | undefined;
}

/**
 * The extension that an argument asks for, or why it cannot be had. The deadline never moves to an
 * earlier instant, and is never clamped.
 */
export function parseExtension(argument: unknown, startedAtMs: number, presentMs: number): Parsed<Extension> {
  const parsed = checked(extendDeadlineSchema, argument);
  if (!parsed.ok) return parsed;
  const { name, ms, requestedBy } = parsed.value;
  const deadlineAtMs = name === 'until' ? ms : presentMs + ms;
  const latestMs = startedAtMs + MAX_DEADLINE_MS;
  if (deadlineAtMs <= presentMs)
    return {
      ok: false,
      problems: [`${name}: must be later than the present deadline ${iso(presentMs)}`],
    };
  if (deadlineAtMs > latestMs)
    return {
      ok: false,
      problems: [
        `${name}: must not be later than ${iso(latestMs)}, ${formatDuration(MAX_DEADLINE_MS)} after the start`,
      ],
    };
  return { ok: true, value: { deadlineAtMs, requestedBy } };
}

import * as z from 'zod/mini';
import { DURATION_PATTERN, HOUR_MS, SECOND_MS, formatDuration, parseDurationMs } from './duration';
import { idSchema } from './ids';
import {
  DEFAULT_DEADLINE,
  DEFAULT_MAX_CANCEL_REQUESTS,
  MAX_DEADLINE_MS,
  MAX_REASON_CHARACTERS,
  MAX_REQUESTED_BY_CHARACTERS,
} from './limits';
import type { PollPace } from '../schedule/pollSchedule';
import { DEFAULT_POLL_PACE } from '../schedule/pollSchedule';
import { plainText, shortened } from '../text/plainText';

export const ON_DECLINED = ['return', 'monitor', 'retry'] as const;
/** What to do when the API declines the cancel of a task that is still `STARTED`. */
export type OnDeclined = (typeof ON_DECLINED)[number];

/** For a value that is no object at all; an unknown field is named. */
export const JSON_OBJECT = { error: 'must be a JSON object' };

/** A text of at most `maxCharacters`, counted as JSON Schema counts them: code points. */
export function textOfAtMost(maxCharacters: number) {
  return z.string({ error: 'must be a text' }).check(
    z.refine((value) => Array.from(value).length <= maxCharacters, {
      error: `must have at most ${maxCharacters} characters`,
    }),
    z.overwrite(plainText),
    z.meta({ maxLength: maxCharacters }),
  );
}

const DURATION_FORM = 'must be a duration such as "90s" or "6h", or a number of milliseconds';

/** A duration as the contract writes it, within limits. Its output is in milliseconds. */
export function durationBetween(minMs: number, maxMs: number) {
  return z.pipe(
    z.union([z.string().check(z.meta({ pattern: DURATION_PATTERN.source })), z.number()], { error: DURATION_FORM }),
    z.transform((value, { issues }): number => {
      const ms = parseDurationMs(value);
      if (ms !== null && ms >= minMs && ms <= maxMs) return ms;
      const message = ms === null ? DURATION_FORM : `must be between ${formatBound(minMs)} and ${formatBound(maxMs)}`;
      issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    }),
  );
}

function formatBound(ms: number): string {
  return ms < SECOND_MS ? `${ms} ms` : formatDuration(ms);
}

const RATIO = { error: 'must be a number from 0.05 to 2' };
const MAX_CANCEL_REQUESTS = { error: 'must be a whole number from 1 to 50' };

const pollSchema = z.pipe(
  z.strictObject(
    {
      min: z.optional(durationBetween(500, HOUR_MS)),
      max: z.optional(durationBetween(500, HOUR_MS)),
      ratio: z.optional(z.number(RATIO).check(z.minimum(0.05, RATIO), z.maximum(2, RATIO))),
    },
    JSON_OBJECT,
  ),
  z.transform(({ min, max, ratio }, { value, issues }): PollPace => {
    const pace = {
      minMs: min ?? DEFAULT_POLL_PACE.minMs,
      maxMs: max ?? DEFAULT_POLL_PACE.maxMs,
      ratio: ratio ?? DEFAULT_POLL_PACE.ratio,
    };
    if (pace.minMs <= pace.maxMs) return pace;
    const message = `min (${formatBound(pace.minMs)}) must not be above max (${formatBound(pace.maxMs)})`;
    issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  }),
);

// The light form of zod: every run evaluates this anew, before its first cancel is sent.
export const cancelTaskInputSchema = z.pipe(
  z
    .strictObject(
      {
        orgId: idSchema,
        taskId: idSchema,
        deadline: z
          .prefault(durationBetween(SECOND_MS, MAX_DEADLINE_MS), DEFAULT_DEADLINE)
          .check(z.describe('How long, from the start, to wait for a verdict')),
        onDeclined: z
          ._default(z.enum(ON_DECLINED, { error: `must be one of ${ON_DECLINED.join(', ')}` }), 'return')
          .check(z.describe('What to do when the API declines and the task is still STARTED')),
        poll: z.optional(pollSchema).check(z.describe('Overrides of the poll schedule')),
        maxCancelRequests: z
          ._default(
            z.int(MAX_CANCEL_REQUESTS).check(z.minimum(1, MAX_CANCEL_REQUESTS), z.maximum(50, MAX_CANCEL_REQUESTS)),
            DEFAULT_MAX_CANCEL_REQUESTS,
          )
          .check(z.describe('The most cancel requests that this run may, of its own accord, have answered')),
        reason: z.optional(textOfAtMost(MAX_REASON_CHARACTERS)),
        requestedBy: z.optional(textOfAtMost(MAX_REQUESTED_BY_CHARACTERS)),
      },
      JSON_OBJECT,
    )
    .check(z.meta({ title: 'CancelTaskInput' })),
  z.transform(({ deadline, poll, reason, requestedBy, ...rest }): CancelTaskSettings => ({
    ...rest,
    deadlineMs: deadline,
    pollPace: poll ?? DEFAULT_POLL_PACE,
    reason: reason ?? null,
    requestedBy: requestedBy ?? null,
  })),
);

/** The one argument of the workflow, as a starter in any language sends it. */
export type CancelTaskInput = z.input<typeof cancelTaskInputSchema>;

/** The input with every default filled in and every duration in milliseconds. */
export interface CancelTaskSettings {
  orgId: string;
  taskId: string;
  deadlineMs: number;
  onDeclined: OnDeclined;
  pollPace: PollPace;
  maxCancelRequests: number;
  reason: string | null;
  requestedBy: string | null;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; problems: string[] };

/** The settings of an input from anywhere, or every problem in it, each naming its field. */
export function parseCancelTaskInput(input: unknown): Parsed<CancelTaskSettings> {
  return checked(cancelTaskInputSchema, input);
}

/**
 * Checks a value from outside against a schema: the value, or one line a problem, each beginning
 * with the field's path. However much is wrong, the problems are few and short: they go into
 * failures, and Temporal takes no large ones.
 */
export function checked<T>(schema: z.core.$ZodType<T>, value: unknown): Parsed<T> {
  const parsed = z.safeParse(schema, isJson(value) ? value : null, { reportInput: true });
  if (parsed.success) return { ok: true, value: parsed.data };
  return { ok: false, problems: firstOf(parsed.error.issues.flatMap(problemsOf)) };
}

/** Bytes, for one, are an object as well, with a field for each of them. */
function isJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  // The root prototype of another realm is not this one's `Object.prototype`.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Worded only when it is read: there may be a hundred thousand. */
type Problem = () => string;

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => () => `${pathText([...path, key])}: unknown field`);
  if (issue.input === undefined && path.length > 0) return [() => `${pathText(path)}: is required`];
  return [() => `${pathText(path) || 'input'}: ${issue.message}`];
}

const MAX_NAME_CHARACTERS = 100;

/** A field's name may be anybody's text, of any length. */
function pathText(path: readonly PropertyKey[]): string {
  return shortened(path.map((key) => plainText(String(key))).join('.'), MAX_NAME_CHARACTERS);
}

const MAX_PROBLEMS = 20;
/**
 * In a failure they stand three times: in its message, its details and its stack trace. Together
 * these stay below 16 kB.
 */
const MAX_PROBLEMS_BYTES = 4_000;

function firstOf(problems: readonly Problem[]): string[] {
  const first: string[] = [];
  let bytes = 0;
  for (const problem of problems.slice(0, MAX_PROBLEMS)) {
    const text = problem();
    bytes += new TextEncoder().encode(JSON.stringify(text)).length;
    if (bytes > MAX_PROBLEMS_BYTES) break;
    first.push(text);
  }
  return first.length === problems.length ? first : [...first, `and ${problems.length - first.length} more`];
}

import * as z from 'zod/mini';
import { canonicalId } from '../contract/ids';
import { plainText, shortened } from '../text/plainText';
import { isKnownStatus } from './taskStatus';

const text = z.nullable(z.string());

/** What is kept of a task, and all that a history ever holds of one: never its `params`. */
export const taskSchema = z.strictObject({
  id: z.string(),
  status: z.string(),
  subStatus: text,
  taskType: text,
  resourceId: text,
  resourceType: text,
  phaseInProgress: text,
  progressPercent: z.nullable(z.number()),
  estimatedRemainingMinutes: z.nullable(z.number()),
  startTime: text,
  endTime: text,
  errorMessage: text,
});

/**
 * A snapshot of an API task. A field is null where the API gave nothing: null, an empty text, or a
 * negative estimate.
 */
export type Task = z.infer<typeof taskSchema>;

/** Far above every value seen; a bound on what a foreign answer may put into a history. */
const MAX_TEXT_CHARACTERS = 1_000;
/** A task has one or two. */
const MAX_SERVICE_ERRORS = 10;

const lenientText = z.catch(z.nullish(z.pipe(z.string(), z.transform(textOrNull))), null);
const lenientNumber = z.catch(z.nullish(z.number()), null);
const nonEmptyText = z.string().check(z.minLength(1));
const serviceErrorSchema = z.object({ localized_message: lenientText, default_message: lenientText });
const apiTaskSchema = z.object({
  id: nonEmptyText.check(z.overwrite(boundedId)),
  status: nonEmptyText.check(z.overwrite(boundedStatus)),
  sub_status: lenientText,
  task_type: lenientText,
  resource_id: lenientText,
  resource_type: lenientText,
  phase_in_progress: lenientText,
  progress_percent: lenientNumber,
  estimated_remaining_minutes: lenientNumber,
  start_time: lenientText,
  end_time: lenientText,
  error_message: lenientText,
  localized_error_message: lenientText,
  customer_error_message: lenientText,
  service_errors: z.catch(z.nullish(z.array(z.unknown())), null),
});

function boundedText(value: string): string {
  return shortened(plainText(value), MAX_TEXT_CHARACTERS);
}

/** An id that is another's only without its controls is not that one: no id has a question mark. */
function boundedId(value: string): string {
  const id = boundedText(value);
  return id === value ? canonicalId(id) : `${id}?`;
}

/** A status that is a known one only without its controls is not that one. */
function boundedStatus(value: string): string {
  const status = boundedText(value);
  return status !== value && isKnownStatus(status) ? `${status}?` : status;
}

function textOrNull(value: string): string | null {
  const text = boundedText(value).trim();
  return text === '' ? null : text;
}

/**
 * What a service behind the API said, where the task itself says nothing: the first of them that
 * says something.
 */
function serviceErrorMessage(serviceErrors: readonly unknown[]): string | null {
  for (const serviceError of serviceErrors.slice(0, MAX_SERVICE_ERRORS)) {
    const { localized_message: localized, default_message: fallback } =
      serviceErrorSchema.safeParse(serviceError).data ?? {};
    const message = localized ?? fallback;
    if (message) return message;
  }
  return null;
}

/**
 * The task in the body of an answer, or null for a body that is no Task. Lenient in all that is not
 * needed: explicit nulls, undocumented fields and statuses and values of another type are
 * common in real answers; only `id` and `status` are required.
 */
export function parseTask(body: unknown): Task | null {
  const parsed = apiTaskSchema.safeParse(body);
  if (!parsed.success) return null;
  const task = parsed.data;
  const estimate = task.estimated_remaining_minutes ?? -1;
  return {
    id: task.id,
    status: task.status,
    subStatus: task.sub_status ?? null,
    taskType: task.task_type ?? null,
    resourceId: task.resource_id ?? null,
    resourceType: task.resource_type ?? null,
    phaseInProgress: task.phase_in_progress ?? null,
    progressPercent: task.progress_percent ?? null,
    estimatedRemainingMinutes: estimate < 0 ? null : estimate,
    startTime: task.start_time ?? null,
    endTime: task.end_time ?? null,
    errorMessage:
      task.error_message ??
      task.localized_error_message ??
      task.customer_error_message ??
      serviceErrorMessage(task.service_errors ?? []),
  };
}

import * as z from 'zod/mini';

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

/** A snapshot of an API task. A field is null where the API gave nothing: null, an empty text, or a negative estimate. */
export type Task = z.infer<typeof taskSchema>;

/** Far above every value seen; a bound on what a foreign answer may put into a history. */
const MAX_TEXT_CHARACTERS = 1_000;

const lenientText = z.catch(z.nullish(z.pipe(z.string(), z.transform(shortenedOrNull))), null);
const lenientNumber = z.catch(z.nullish(z.number()), null);
const apiTaskSchema = z.object({
  id: z.string().check(z.minLength(1), z.maxLength(MAX_TEXT_CHARACTERS)),
  status: z.string().check(z.minLength(1), z.maxLength(MAX_TEXT_CHARACTERS)),
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
});

function shortenedOrNull(value: string): string | null {
  if (value === '') return null;
  return value.length > MAX_TEXT_CHARACTERS ? `${value.slice(0, MAX_TEXT_CHARACTERS - 1)}…` : value;
}

/**
 * The task in the body of an answer, or null for a body that is no Task. Lenient in all that is not needed: explicit nulls, fields and
 * statuses that nobody documented and values of another type are common in real answers; only `id` and `status` are required.
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
    errorMessage: task.error_message ?? task.localized_error_message ?? task.customer_error_message ?? null,
  };
}

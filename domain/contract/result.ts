import * as z from 'zod/mini';
import { refusalSchema, TROUBLE_TYPES } from './answers';
import { taskSchema } from '../cancellation/task';
import { TIMELINE_EVENTS, TIMELINE_LIMIT } from '../cancellation/timeline';

/**
 * The output of a cancellation: its result, and its progress until then. In both, every
 * field is always there.
 */

export const OUTCOMES = ['CANCELED', 'FINISHED', 'FAILED', 'NOT_CANCELABLE', 'DEADLINE_EXCEEDED', 'ABANDONED'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const PHASES = ['REQUESTING', 'MONITORING', 'SETTLED'] as const;
export type Phase = (typeof PHASES)[number];

const instant = z.iso.datetime();
const count = z.int().check(z.minimum(0));

/**
 * An event of the timeline carries what belongs to it beside `at` and `event`: the statuses, the
 * refusal, who requested it.
 */
const timelineEntrySchema = z.looseObject({ at: instant, event: z.enum(TIMELINE_EVENTS) });

const troubleSchema = z.strictObject({
  type: z.enum(TROUBLE_TYPES),
  message: z.string(),
  since: instant,
  failures: count,
});
/**
 * What keeps a cancellation from hearing from the API, since when, and how many calls in a row it
 * has cost.
 */
export type Trouble = z.infer<typeof troubleSchema>;

const common = {
  alreadySettled: z.boolean(),
  orgId: z.string(),
  taskId: z.string(),
  reason: z.nullable(z.string()),
  requestedBy: z.nullable(z.string()),
  startedAt: instant,
  acceptedAt: z.nullable(instant),
  observedAt: z.nullable(instant),
  cancelRequests: count,
  polls: count,
  task: z.nullable(taskSchema),
  declined: z.nullable(refusalSchema),
  timeline: z.array(timelineEntrySchema).check(z.maxLength(TIMELINE_LIMIT)),
};

export const cancelTaskResultSchema = z
  .strictObject({ outcome: z.enum(OUTCOMES), ...common, observedAt: instant })
  .check(z.meta({ title: 'CancelTaskResult' }));
export type CancelTaskResult = z.infer<typeof cancelTaskResultSchema>;

export const cancelTaskProgressSchema = z
  .strictObject({
    phase: z.enum(PHASES),
    ...common,
    deadlineAt: instant,
    nextPollAt: z.nullable(instant),
    trouble: z.nullable(troubleSchema),
  })
  .check(z.meta({ title: 'CancelTaskProgress' }));
export type CancelTaskProgress = z.infer<typeof cancelTaskProgressSchema>;

import * as z from 'zod/mini';
import type { Task } from '../cancellation/task';

/**
 * What can keep a cancellation from hearing from the API. One of these is the type of every failed
 * call.
 */
export const TROUBLE_TYPES = [
  'Unauthorized',
  'Forbidden',
  'TaskNotFound',
  'VmcApiError',
  'RateLimited',
  'Unavailable',
  'Timeout',
  'SignInUnavailable',
] as const;
export type TroubleType = (typeof TROUBLE_TYPES)[number];

/**
 * Why a call brought no answer about the task. The message is for humans and quotes no token and no
 * whole body.
 */
export const callFailureSchema = z.object({
  type: z.enum(TROUBLE_TYPES),
  message: z.string(),
  /** Whether the same call may succeed later without anybody mending anything. */
  retryable: z.boolean(),
  httpStatus: z.nullable(z.number()),
  errorCode: z.nullable(z.string()),
  /**
   * The least wait before the next call that the API requested, already within its bounds; null if
   * it requested none.
   */
  retryAfterMs: z.nullable(z.number()),
  /** What to do about it, where the type does not say it all. */
  remedy: z.optional(z.string()),
});
export type CallFailure = z.infer<typeof callFailureSchema>;

/** The failure of a call that got no answer at all; it may succeed later. */
export function unanswered(type: 'Timeout' | 'Unavailable', message: string): CallFailure {
  return { type, message, retryable: true, httpStatus: null, errorCode: null, retryAfterMs: null };
}

export const refusalSchema = z.strictObject({
  httpStatus: z.number(),
  errorCode: z.nullable(z.string()),
  messages: z.array(z.string()),
});
/**
 * The API understood the cancel and declined it. What that means is for the task's own state to
 * say.
 */
export type Refusal = z.infer<typeof refusalSchema>;

export interface Failed {
  kind: 'failed';
  failure: CallFailure;
}

/**
 * `accepted` promises nothing: the API's cancel is advisory, and the task in the answer says what
 * became of it.
 */
export type CancelAnswer = { kind: 'accepted'; task: Task } | { kind: 'refused'; refusal: Refusal } | Failed;

export type ReadAnswer = { kind: 'task'; task: Task } | Failed;

import * as z from 'zod/mini';
import { ApplicationFailure, defaultPayloadConverter } from '@temporalio/common';
import { callFailureSchema, refusalSchema } from '../../../domain/contract/answers';
import { taskSchema } from '../../../domain/cancellation/task';
import { failureConverter } from '../../../temporal/failureConverter';
import { isFit, stringsIn } from '../../fitText';
import { readableForms } from '../../leaks';
import type { Observed } from './calls';
import { CLIENT_LIMIT_MS } from './calls';
import type { Operation } from './draw';
import type { Expected } from './expected';
import { CANARY } from './secrets';

/** Beyond the client's own limit, on a machine with much to do. */
const GRACE_MS = 3_000;

const MAX_FAILURE_BYTES = 16_000;
/** Of a task, which goes into a history again and again: its ten texts of 1,000 characters. */
const MAX_TASK_BYTES = 60_000;

const failedSchema = z.strictObject({ kind: z.literal('failed'), failure: z.strictObject(callFailureSchema.shape) });
const taskAnswer = (kind: 'accepted' | 'task') => z.strictObject({ kind: z.literal(kind), task: taskSchema });
const ANSWERS: Record<Operation, z.ZodMiniType> = {
  cancel: z.union([
    taskAnswer('accepted'),
    z.strictObject({ kind: z.literal('refused'), refusal: refusalSchema }),
    failedSchema,
  ]),
  get: z.union([taskAnswer('task'), failedSchema]),
  list: z.union([
    z.strictObject({
      kind: z.literal('tasks'),
      tasks: z.array(taskSchema),
      foreignCount: z.int().check(z.nonnegative()),
    }),
    failedSchema,
  ]),
  signIn: z.union([z.strictObject({ kind: z.literal('signedIn') }), failedSchema]),
};

const SECRETS = readableForms(CANARY);

/** Everything that is wrong with what a call came to; `expected` null: nothing in particular is. */
export function problemsOf(observed: Observed, expected: Expected | null): string[] {
  const { operation, client, activity, tookMs } = observed;
  const late = isLate(observed) ? [`took ${Math.round(tookMs)} ms`] : [];
  if (client?.kind === 'threw') return [...late, `the client threw ${shown(client.error)}`];
  const answer = ANSWERS[operation].safeParse(client?.value);
  if (client === null || !answer.success) return [...late, `the client answered ${shown(client?.value)}`];
  return [
    ...late,
    ...textProblems('the answer', client.value),
    ...activityProblems(activity, answer.data as { kind: string }),
    ...unexpected(outcomeOf(observed), expected),
  ];
}

/** The answer's kind, or the type of the failure. */
export function outcomeOf({ operation, activity }: Pick<Observed, 'operation' | 'activity'>): string {
  if (activity.kind === 'threw')
    return activity.error instanceof ApplicationFailure
      ? `${activity.error.type ?? '?'}${activity.error.nonRetryable === true ? '' : ' (retryable)'}`
      : 'untyped';
  switch (operation) {
    case 'cancel':
      return (activity.value as { kind: string }).kind;
    case 'get':
      return 'task';
    case 'list':
      return 'tasks';
    case 'signIn':
      return 'granted';
  }
}

/**
 * What comes of a connection that an answer before has broken off, or left something on: the last
 * is the second answer of a server that gives two, where it arrives after the next request.
 */
const DISTURBED = ['Unavailable (retryable)', 'Timeout (retryable)', 'SignInUnavailable (retryable)', 'VmcApiError'];

/**
 * Whether it may have been the connection or the machine, and not the answer: it is to be repeated
 * alone.
 */
export function isDisturbed(observed: Observed, expected: Expected | null): boolean {
  const outcome = outcomeOf(observed);
  const isOther = expected !== null && outcome !== nameOf(expected) && DISTURBED.includes(outcome);
  return isOther || isLate(observed);
}

function isLate({ tookMs }: Observed): boolean {
  return tookMs > CLIENT_LIMIT_MS + GRACE_MS;
}

function unexpected(outcome: string, expected: Expected | null): string[] {
  if (expected === null || outcome === nameOf(expected)) return [];
  return [`came to ${outcome} and not to ${nameOf(expected)}`];
}

function nameOf(expected: Expected): string {
  return expected.kind === 'failed' ? `${expected.type}${expected.retryable ? ' (retryable)' : ''}` : expected.kind;
}

function activityProblems(activity: Observed['activity'], answer: { kind: string }): string[] {
  if (activity.kind === 'returned')
    return answer.kind === 'failed'
      ? ['the activity made a result of a failure']
      : textProblems('the result', activity.value);
  const { error } = activity;
  if (!(error instanceof ApplicationFailure)) return [`the activity threw ${shown(error)}`];
  const { failure } = failedSchema.safeParse(answer).data ?? {};
  if (failure === undefined) return [`the activity failed on an answer: ${shown(error)}`];
  const isFaithful =
    error.type === failure.type &&
    error.message === failure.message &&
    error.nonRetryable === !failure.retryable &&
    callFailureSchema.safeParse(error.details?.[0]).success;
  const proto = failureConverter.errorToFailure(error, defaultPayloadConverter);
  const text = JSON.stringify([proto.message, proto.stackTrace?.split('\n'), error.details]);
  return [
    ...(isFaithful ? [] : [`the activity's failure is another than the client's: ${shown(error)}`]),
    ...textProblems('the failure', JSON.parse(text)),
    ...(Buffer.byteLength(text) < MAX_FAILURE_BYTES ? [] : [`a failure of ${Buffer.byteLength(text)} bytes`]),
  ];
}

function textProblems(what: string, value: unknown): string[] {
  if (Array.isArray(value) || !isList(value)) return textProblemsOf(what, value);
  return value.tasks.flatMap((task) => textProblemsOf(what, task));
}

function textProblemsOf(what: string, value: unknown): string[] {
  const texts = stringsIn(value);
  const unfit = texts.find((text) => !isFit(text));
  const leaky = texts.find((text) => SECRETS.some((secret) => text.includes(secret)));
  const bytes = Buffer.byteLength(JSON.stringify([value]));
  return [
    ...(unfit === undefined ? [] : [`${what} has a text that is not fit: ${shown(unfit)}`]),
    ...(leaky === undefined ? [] : [`${what} has a secret: ${shown(leaky)}`]),
    ...(bytes <= MAX_TASK_BYTES ? [] : [`${what} has ${bytes} bytes`]),
  ];
}

function isList(value: unknown): value is { tasks: unknown[] } {
  return typeof value === 'object' && value !== null && 'tasks' in value && Array.isArray(value.tasks);
}

const MAX_SHOWN_CHARACTERS = 300;

function shown(value: unknown): string {
  const text = value instanceof Error ? `${value.name}: ${value.message}` : JSON.stringify([value]);
  return text.slice(0, MAX_SHOWN_CHARACTERS);
}

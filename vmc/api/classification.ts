import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { z } from 'zod';
import type {
  CallFailure,
  CancelAnswer,
  Failed,
  ReadAnswer,
  Refusal,
  TroubleType,
} from '../../domain/contract/answers';
import { plainText, shortened } from '../../domain/text/plainText';
import type { Task } from '../../domain/cancellation/task';
import { parseTask } from '../../domain/cancellation/task';
import type { Fault, Unanswered } from './noAnswer';
import { noAnswer } from './noAnswer';
import { parseRetryAfterMs } from './retryAfter';
import type { Exchange } from './transport';

/**
 * Classifies every answer of the API and of its sign-in service. No other code reads an HTTP status
 * or the shape of a body.
 */

/** `foreignCount`: how many items belong to other organizations and were left out. */
export type TasksAnswer = { kind: 'tasks'; tasks: Task[]; foreignCount: number } | Failed;
export type SignInAnswer = { kind: 'signedIn'; accessToken: string; expiresInSeconds: number } | Failed;

/** The service that was called, as the configuration names it, and the time of the answer. */
export interface CallTarget {
  host: string;
  nowMs: number;
}

export type Answered = Extract<Exchange, { kind: 'answered' }>;

const MAX_MESSAGES = 5;
const MAX_QUOTED_CHARACTERS = 300;
/** Of files and their paths, as they are configured. */
const MAX_PROBLEMS_CHARACTERS = 1_000;

const errorResponseSchema = z.object({
  retryable: z.boolean(),
  // The API writes explicit nulls where it has nothing to say.
  error_code: z.nullable(z.string()).transform((code) => truncated(code ?? '') || null),
  error_messages: z
    .nullable(z.array(z.string()))
    .transform((messages) => (messages ?? []).slice(0, MAX_MESSAGES).map(truncated)),
});
type ErrorResponse = z.infer<typeof errorResponseSchema>;

function truncated(text: string): string {
  return shortened(plainText(text).trim(), MAX_QUOTED_CHARACTERS);
}

export function classifyCancel(exchange: Exchange, taskId: string, target: CallTarget): CancelAnswer {
  const task = taskIn(exchange, taskId);
  if (task !== null) return { kind: 'accepted', task };
  const refusal = refusalIn(exchange);
  if (refusal !== null) return { kind: 'refused', refusal };
  return failed(apiFailure(exchange, target, `task ${taskId}`));
}

export function classifyRead(exchange: Exchange, taskId: string, target: CallTarget): ReadAnswer {
  const task = taskIn(exchange, taskId);
  return task === null ? failed(apiFailure(exchange, target, `task ${taskId}`)) : { kind: 'task', task };
}

/** Classifies a long list in slices and yields to the event loop between them. */
export async function classifyList(exchange: Exchange, orgId: string, target: CallTarget): Promise<TasksAnswer> {
  return (await listIn(exchange, orgId)) ?? failed(apiFailure(exchange, target, null));
}

/**
 * A body with another id is no answer about this task, whatever it says. The API may write a UUID
 * in either case.
 */
function taskIn(exchange: Exchange, taskId: string): Task | null {
  if (exchange.kind !== 'answered' || !isSuccess(exchange.httpStatus)) return null;
  const task = parseTask(exchange.body);
  return task?.id.toLowerCase() === taskId.toLowerCase() ? task : null;
}

const ITEMS_IN_ONE_TURN = 1_000;

/** Leaves out non-tasks and items of other organizations. A list of non-tasks only is no list. */
async function listIn(exchange: Exchange, orgId: string): Promise<Exclude<TasksAnswer, Failed> | null> {
  if (exchange.kind !== 'answered' || !isSuccess(exchange.httpStatus) || !Array.isArray(exchange.body)) return null;
  const items: unknown[] = exchange.body;
  const tasks: Task[] = [];
  let foreignCount = 0;
  for (const [index, item] of items.entries()) {
    if (index % ITEMS_IN_ONE_TURN === ITEMS_IN_ONE_TURN - 1) await yieldToOthers();
    const task = taskOf(item);
    if (isForeign(item, orgId)) foreignCount += 1;
    else if (task !== null) tasks.push(task);
  }
  return tasks.length === 0 && foreignCount < items.length ? null : { kind: 'tasks', tasks, foreignCount };
}

function isForeign(item: unknown, orgId: string): boolean {
  return isObject(item) && typeof item.org_id === 'string' && item.org_id.toLowerCase() !== orgId.toLowerCase();
}

/** The schema is slow to refuse, and a list may hold a million non-tasks. */
function taskOf(body: unknown): Task | null {
  return isObject(body) && typeof body.id === 'string' && typeof body.status === 'string' ? parseTask(body) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isSuccess(httpStatus: number): boolean {
  return httpStatus >= 200 && httpStatus < 300;
}

/** Statuses about the caller, the address or the moment: none of them refuses a cancel. */
const NO_REFUSAL = [401, 403, 404, 408, 425, 429];

function refusalIn(exchange: Exchange): Refusal | null {
  if (exchange.kind !== 'answered') return null;
  const { httpStatus } = exchange;
  if (httpStatus < 400 || httpStatus > 499 || NO_REFUSAL.includes(httpStatus)) return null;
  const error = errorResponseIn(exchange);
  if (error === null || error.retryable) return null;
  return { httpStatus, errorCode: error.error_code, messages: error.error_messages };
}

function errorResponseIn(answer: Answered): ErrorResponse | null {
  return errorResponseSchema.safeParse(answer.body).data ?? null;
}

function isTransient(httpStatus: number): boolean {
  return [408, 425, 429].includes(httpStatus) || (httpStatus >= 500 && httpStatus < 600);
}

function apiFailure(exchange: Exchange, { host, nowMs }: CallTarget, subject: string | null): CallFailure {
  switch (exchange.kind) {
    case 'unanswered':
    case 'noTunnel':
    case 'timedOut':
      return withoutAnswer(
        exchange.kind === 'timedOut' ? 'Timeout' : 'Unavailable',
        noAnswer(exchange, { name: 'VMC API', host, variable: 'VMC_API_URL' }),
      );
    case 'answered': {
      const error = errorResponseIn(exchange);
      const { type, retryable, text } = classifyStatus(exchange, error, subject, host);
      return {
        type,
        retryable,
        message:
          error === null
            ? text
            : `${text} (${[error.error_code, ...error.error_messages].filter(Boolean).join(' · ')})`,
        httpStatus: exchange.httpStatus,
        errorCode: error?.error_code ?? null,
        retryAfterMs: parseRetryAfterMs(exchange.retryAfter, nowMs),
      };
    }
  }
}

interface Judgement {
  type: TroubleType;
  retryable: boolean;
  text: string;
}

function classifyStatus(
  { httpStatus, body }: Answered,
  error: ErrorResponse | null,
  subject: string | null,
  host: string,
): Judgement {
  const said = `The VMC API at ${host} answered ${httpStatus}`;
  if (httpStatus === 401)
    return {
      type: 'Unauthorized',
      retryable: false,
      text: `${said} to a fresh access token: are these the credentials of this organization?`,
    };
  if (httpStatus === 403)
    return {
      type: 'Forbidden',
      retryable: false,
      text: `${said}: the credentials may not do this in this organization`,
    };
  if (error === null ? isTransient(httpStatus) : error.retryable)
    return { type: httpStatus === 429 ? 'RateLimited' : 'Unavailable', retryable: true, text: said };
  if (error === null && isSuccess(httpStatus))
    return { type: 'Unavailable', retryable: true, text: `${said} ${mismatchText(body)}` };
  if (error !== null && httpStatus === 404 && subject !== null)
    return { type: 'TaskNotFound', retryable: false, text: `${said}: it knows no ${subject}` };
  const text = error === null ? `${said} as the VMC API would not: is VMC_API_URL right?` : said;
  return { type: 'VmcApiError', retryable: false, text };
}

function mismatchText(body: unknown): string {
  return isTask(body)
    ? 'with another task than was requested'
    : 'with something else than was requested: is VMC_API_URL right?';
}

/** A 2xx without the requested content. It may pass; at a wrong address it never does. */
export function isUnexpectedSuccess({ httpStatus, errorCode }: CallFailure): boolean {
  return httpStatus !== null && isSuccess(httpStatus) && errorCode === null;
}

function isTask(body: unknown): boolean {
  return taskOf(body) !== null;
}

/** Items of a list that are checked. */
const FIRST_ITEMS = 100;

/** Whether the API, or a gateway before it, may have written this, rather than a wrong address. */
export function isPlausibleApiAnswer(answer: Answered): boolean {
  const { httpStatus, body } = answer;
  if (isSuccess(httpStatus))
    return Array.isArray(body) ? body.length === 0 || body.slice(0, FIRST_ITEMS).some(isTask) : isTask(body);
  return errorResponseIn(answer) !== null || [401, 403].includes(httpStatus) || isTransient(httpStatus);
}

const DEFAULT_EXPIRES_IN_SECONDS = 300;

const accessTokenSchema = z.object({
  // What a header can carry.
  access_token: z.string().regex(/^[\x21-\x7e]+$/),
  expires_in: z.coerce.number().positive().catch(DEFAULT_EXPIRES_IN_SECONDS),
});

/** Whatever the result, the call itself was never sent. */
export function classifySignIn(exchange: Exchange, { host, nowMs }: CallTarget): SignInAnswer {
  switch (exchange.kind) {
    case 'unanswered':
    case 'noTunnel':
    case 'timedOut':
      return classifyNoSignIn(exchange, host);
    case 'answered': {
      const { httpStatus } = exchange;
      const token = isSuccess(httpStatus) ? accessTokenSchema.safeParse(exchange.body).data : undefined;
      if (token !== undefined)
        return { kind: 'signedIn', accessToken: token.access_token, expiresInSeconds: token.expires_in };
      const retryable = isTransient(httpStatus) || httpStatus === 409 || isSuccess(httpStatus);
      return failed({
        type: retryable ? 'SignInUnavailable' : 'Unauthorized',
        message: `The sign-in service at ${host} answered ${httpStatus}${signInHint(httpStatus)}`,
        retryable,
        httpStatus,
        errorCode: null,
        retryAfterMs: parseRetryAfterMs(exchange.retryAfter, nowMs),
      });
    }
  }
}

function signInHint(httpStatus: number): string {
  if (isSuccess(httpStatus)) return ' without an access token: is VMC_CSP_URL right?';
  if ([400, 401, 403].includes(httpStatus))
    return ': is the API token or the client secret right, and has it not expired?';
  if (httpStatus === 404) return ': are the credentials right, and is VMC_CSP_URL?';
  if (httpStatus === 409 || isTransient(httpStatus)) return '';
  return ' as a sign-in service would not: is VMC_CSP_URL right?';
}

/** The sign-in service did not answer within the call's time limit. */
export function classifyNoSignIn(exchange: Unanswered, host: string): Failed {
  const fault = noAnswer(exchange, { name: 'sign-in service', host, variable: 'VMC_CSP_URL' });
  return failed(withoutAnswer('SignInUnavailable', fault));
}

/** No usable secret, or none that could be read in time. */
export function classifyMissingSecret(problems: readonly string[], mayPass: boolean): Failed {
  const type = mayPass ? 'SignInUnavailable' : 'Unauthorized';
  return failed({
    ...withoutAnswer(type, { message: shortened(plainText(problems.join('; ')), MAX_PROBLEMS_CHARACTERS) }),
    retryable: mayPass,
  });
}

function withoutAnswer(type: TroubleType, fault: Fault): CallFailure {
  return { type, retryable: true, httpStatus: null, errorCode: null, retryAfterMs: null, ...fault };
}

function failed(failure: CallFailure): Failed {
  return { kind: 'failed', failure };
}

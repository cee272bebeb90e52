import type { Answer, Operation } from './draw';
import { TASK_ID } from './draw';
import { echoed, NO_TOKEN, sentBy } from './secrets';

/**
 * What the contract makes of an answer, written down a second time: nothing here is of the
 * classification that it is held against.
 */
export type Expected =
  | { kind: 'accepted' | 'task' | 'tasks' | 'granted' | 'refused' }
  | { kind: 'failed'; type: string; retryable: boolean };

const HARMLESS = [
  'retry-after',
  'date',
  'content-type',
  'x-echo',
  'www-authenticate',
  'location',
  'set-cookie',
  'server',
];
const GOOD_FRAMINGS = ['length', 'chunked', 'untilClose'];
/** Some headers, and a body that no limit is near: whatever reads HTTP reads this. */
const MAX_HEADERS = 50;
const MAX_BODY_BYTES = 60_000;

/** Null where it depends on the reader of HTTP what is made of it. */
export function expectedOf(answer: Answer, operation: Operation): Expected | null {
  const status = Number(/^HTTP\/1\.1 ([2-5]\d\d) Drawn$/.exec(answer.statusLine)?.[1] ?? NaN);
  if (Number.isNaN(status) || !isHonest(answer)) return null;
  // The repetition with another token may meet the connection before it is closed.
  if (status === 401 && answer.ending === 'close') return null;
  // They have no body.
  if (status === 204 || status === 304) return null;
  const body = answer.body.make();
  if (body.length > MAX_BODY_BYTES) return null;
  const json = parsed(echoed(body.toString('utf8').replace(/^\ufeff/, ''), sentBy(0, NO_TOKEN)));
  return operation === 'signIn' ? ofSignIn(status, json) : ofApi(operation, status, json);
}

function isHonest({ headers, framing, ending, body }: Answer): boolean {
  return (
    headers.length < MAX_HEADERS &&
    headers.every(([name, value]) => HARMLESS.includes(name.toLowerCase()) && /^[\t\x20-\x7e]{0,2000}$/.test(value)) &&
    GOOD_FRAMINGS.includes(framing) &&
    (ending === 'keep' || ending === 'close') &&
    body.bombMib === undefined
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function ofApi(operation: Exclude<Operation, 'signIn'>, status: number, json: unknown): Expected {
  const isGood = status < 300;
  if (isGood && operation === 'list' && isListOfTasks(json)) return { kind: 'tasks' };
  if (isGood && operation !== 'list' && isTask(json) && json.id.toLowerCase() === TASK_ID)
    return { kind: operation === 'cancel' ? 'accepted' : 'task' };
  const failed = (type: string, retryable: boolean): Expected => ({ kind: 'failed', type, retryable });
  if (status === 401) return failed('Unauthorized', false);
  if (status === 403) return failed('Forbidden', false);
  const isTransient = [408, 425, 429].includes(status) || status >= 500;
  const retryable = isErrorResponse(json) ? json.retryable : isTransient || isGood;
  if (retryable)
    return failed(status === 429 && (isErrorResponse(json) || isTransient) ? 'RateLimited' : 'Unavailable', true);
  const isRefusal = status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status) && isErrorResponse(json);
  if (operation === 'cancel' && isRefusal) return { kind: 'refused' };
  const isUnknown = status === 404 && isErrorResponse(json) && operation !== 'list';
  return failed(isUnknown ? 'TaskNotFound' : 'VmcApiError', false);
}

function ofSignIn(status: number, json: unknown): Expected {
  const isGood = status < 300;
  const token: unknown = isObject(json) ? json.access_token : null;
  if (isGood && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return { kind: 'granted' };
  const retryable = isGood || [408, 409, 425, 429].includes(status) || status >= 500;
  return { kind: 'failed', type: retryable ? 'SignInUnavailable' : 'Unauthorized', retryable };
}

function isListOfTasks(json: unknown): boolean {
  if (!Array.isArray(json)) return false;
  const items: unknown[] = json;
  const isForeign = (item: unknown) => isObject(item) && typeof item.org_id === 'string';
  return items.every(isForeign) || items.some((item) => isTask(item) && !isForeign(item));
}

function isTask(value: unknown): value is { id: string; status: string } {
  return isObject(value) && isText(value.id) && isText(value.status);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isErrorResponse(value: unknown): value is { retryable: boolean } {
  if (!isObject(value)) return false;
  const { retryable, error_code: code, error_messages: messages } = value;
  return (
    typeof retryable === 'boolean' &&
    (code === null || typeof code === 'string') &&
    (messages === null || (Array.isArray(messages) && messages.every((one) => typeof one === 'string')))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

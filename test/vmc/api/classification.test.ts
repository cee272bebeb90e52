import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CallFailure } from '../../../domain/contract/answers';
import { callFailureSchema } from '../../../domain/contract/answers';
import {
  classifyCancel,
  classifyList,
  classifyRead,
  classifySignIn,
  isPlausibleApiAnswer,
  isUnexpectedSuccess,
} from '../../../vmc/api/classification';
import { countTurns } from '../reads/turns';
import type { Exchange } from '../../../vmc/api/transport';
import { errorBody, ORG_ID, TASK_ID, taskBody } from '../world';

const ASKED = { host: 'api.example', nowMs: Date.UTC(2026, 0, 31, 12) };

function answered(httpStatus: number, body?: unknown, retryAfter: string | null = null) {
  return { kind: 'answered' as const, httpStatus, body, retryAfter, date: null };
}

function cancel(exchange: Exchange) {
  return classifyCancel(exchange, TASK_ID, ASKED);
}

function read(exchange: Exchange) {
  return classifyRead(exchange, TASK_ID, ASKED);
}

function list(exchange: Exchange) {
  return classifyList(exchange, ORG_ID, ASKED);
}

function signIn(exchange: Exchange) {
  return classifySignIn(exchange, ASKED);
}

function failureOf(answer: { kind: string } | { kind: 'failed'; failure: CallFailure }): CallFailure {
  if (!('failure' in answer)) throw new Error(`Expected a failure, got ${answer.kind}`);
  return answer.failure;
}

const FINAL = errorBody(false);
const PASSING = errorBody(true);

describe('an answer of the API', () => {
  it.each<[number, unknown, CallFailure['type'], boolean]>([
    [401, undefined, 'Unauthorized', false],
    [401, PASSING, 'Unauthorized', false],
    [403, { error: 'Forbidden' }, 'Forbidden', false],
    [403, PASSING, 'Forbidden', false],
    [404, FINAL, 'TaskNotFound', false],
    [404, PASSING, 'Unavailable', true],
    [404, undefined, 'VmcApiError', false],
    [408, undefined, 'Unavailable', true],
    [425, undefined, 'Unavailable', true],
    [429, undefined, 'RateLimited', true],
    [429, PASSING, 'RateLimited', true],
    [408, FINAL, 'VmcApiError', false],
    [425, FINAL, 'VmcApiError', false],
    [429, FINAL, 'VmcApiError', false],
    [400, undefined, 'VmcApiError', false],
    [400, { error: 'Bad Request' }, 'VmcApiError', false],
    [400, PASSING, 'Unavailable', true],
    [409, undefined, 'VmcApiError', false],
    [409, PASSING, 'Unavailable', true],
    [418, '<html>', 'VmcApiError', false],
    [500, undefined, 'Unavailable', true],
    [500, PASSING, 'Unavailable', true],
    [500, FINAL, 'VmcApiError', false],
    [502, '<html>', 'Unavailable', true],
    [503, { error: 'busy' }, 'Unavailable', true],
    [503, FINAL, 'VmcApiError', false],
    [504, undefined, 'Unavailable', true],
    [302, undefined, 'VmcApiError', false],
    [302, taskBody(), 'VmcApiError', false],
    [200, undefined, 'Unavailable', true],
    [200, '<html>', 'Unavailable', true],
    [200, { id: TASK_ID }, 'Unavailable', true],
    [200, taskBody('CANCELED', 'another'), 'Unavailable', true],
    [200, PASSING, 'Unavailable', true],
    [200, FINAL, 'VmcApiError', false],
    [204, undefined, 'Unavailable', true],
    [600, undefined, 'VmcApiError', false],
  ])('%d with %j is %s, retryable: %s, to both a read and a cancel', (httpStatus, body, type, retryable) => {
    for (const classify of [read, cancel])
      expect(failureOf(classify(answered(httpStatus, body)))).toMatchObject({ type, retryable, httpStatus });
  });

  const bare = { ...FINAL, error_code: null, error_messages: [' twice\n', 'and again'] };
  it.each<[number, unknown, string]>([
    [401, undefined, '401 to a fresh access token: are these the credentials of this organization?'],
    [403, FINAL, '403: the credentials may not do this in this organization (some.code · because)'],
    [404, bare, `404: it knows no task ${TASK_ID} (twice · and again)`],
    [404, undefined, '404 as the VMC API would not: is VMC_API_URL right?'],
    [500, FINAL, '500 (some.code · because)'],
    [503, undefined, '503'],
    [200, taskBody('CANCELED', 'another'), '200 with another task than was requested'],
    [204, undefined, '204 with something else than was requested: is VMC_API_URL right?'],
    [300, taskBody(), '300 as the VMC API would not: is VMC_API_URL right?'],
    [199, taskBody(), '199 as the VMC API would not: is VMC_API_URL right?'],
  ])('%d with %j is told in plain words: %s', (httpStatus, body, said) => {
    for (const classify of [read, cancel])
      expect(failureOf(classify(answered(httpStatus, body))).message).toBe(
        `The VMC API at api.example answered ${said}`,
      );
  });

  it('is unexpected where it is a success that the API did not write', () => {
    const isUnexpected = (httpStatus: number, body?: unknown) =>
      isUnexpectedSuccess(failureOf(read(answered(httpStatus, body))));
    expect([isUnexpected(200), isUnexpected(200, FINAL), isUnexpected(503)]).toEqual([true, false, false]);
    expect(isUnexpectedSuccess({ ...failureOf(read(answered(200))), httpStatus: null })).toBe(false);
  });

  const noTasks = (count: number) => Array.from({ length: count }, () => ({}));
  it.each<[number, unknown, boolean]>([
    [200, taskBody(), true],
    [200, [], true],
    [200, [{}, taskBody()], true],
    [200, [...noTasks(99), taskBody()], true],
    [200, [...noTasks(100), taskBody()], false],
    [200, noTasks(2), false],
    [200, {}, false],
    [300, taskBody(), false],
    [400, FINAL, true],
    [400, undefined, false],
    [401, undefined, true],
    [403, undefined, true],
    [404, undefined, false],
    [503, undefined, true],
  ])('%d with a body may be of the API or not', (httpStatus, body, isPlausible) => {
    expect(isPlausibleApiAnswer(answered(httpStatus, body))).toBe(isPlausible);
  });

  it.each([400, 402, 409, 412, 422, 499])(
    '%d with a final ErrorResponse is a refusal of a cancel, and no answer to a read',
    (httpStatus) => {
      expect(cancel(answered(httpStatus, FINAL))).toEqual({
        kind: 'refused',
        refusal: { httpStatus, errorCode: 'some.code', messages: ['because'] },
      });
      expect(failureOf(read(answered(httpStatus, FINAL)))).toMatchObject({
        type: 'VmcApiError',
        retryable: false,
        errorCode: 'some.code',
      });
    },
  );

  it.each([200, 202])('%d with the task is the answer, whatever its status says', (httpStatus) => {
    for (const status of ['STARTED', 'CANCELED', 'NEVER_HEARD_OF']) {
      const exchange = answered(httpStatus, taskBody(status));
      expect(cancel(exchange)).toMatchObject({ kind: 'accepted', task: { id: TASK_ID, status } });
      expect(read(exchange)).toMatchObject({ kind: 'task', task: { id: TASK_ID, status } });
    }
  });

  it.each([
    ['no retryable', { ...FINAL, retryable: undefined }],
    ['a retryable that is a text', { ...FINAL, retryable: 'false' }],
    ['no error_code', { ...FINAL, error_code: undefined }],
    ['messages that are no list', { ...FINAL, error_messages: 'because' }],
    ['messages that are no texts', { ...FINAL, error_messages: [1] }],
  ])('with %s is not taken for an ErrorResponse', (_, body) => {
    expect(failureOf(cancel(answered(400, body)))).toMatchObject({ type: 'VmcApiError', errorCode: null });
  });

  it('is an ErrorResponse without status and path too, and with explicit nulls', () => {
    expect(cancel(answered(400, { ...FINAL, status: null, path: undefined })).kind).toBe('refused');
    expect(cancel(answered(400, { ...FINAL, error_code: null, error_messages: null }))).toEqual({
      kind: 'refused',
      refusal: { httpStatus: 400, errorCode: null, messages: [] },
    });
  });

  it('asks whether VMC_API_URL is right, naming the host, where nothing says that the API wrote it', () => {
    for (const exchange of [
      answered(400),
      answered(302),
      answered(404),
      { kind: 'unanswered', code: 'ENOTFOUND', proxy: null } as const,
    ]) {
      const { message } = failureOf(read(exchange));
      expect(message).toContain('api.example');
      expect(message).toContain('VMC_API_URL');
    }
    expect(failureOf(read(answered(404, FINAL))).message).not.toContain('VMC_API_URL');
  });

  it('is quoted in part only: its code and the first messages, shortened', () => {
    const endless = { ...FINAL, error_code: 'c'.repeat(1_000), error_messages: Array(50).fill('m'.repeat(1_000)) };
    const answer = cancel(answered(400, endless));
    if (answer.kind !== 'refused') throw new Error(answer.kind);
    expect(answer.refusal.messages).toHaveLength(5);
    for (const text of [...answer.refusal.messages, answer.refusal.errorCode]) expect(text).toHaveLength(300);
    expect(failureOf(read(answered(400, endless))).message.length).toBeLessThan(2_500);
    expect(failureOf(read(answered(500, 'a whole body'))).message).not.toContain('a whole body');
  });

  it('brings its Retry-After along, read at the time of the answer', () => {
    expect(failureOf(read(answered(503, undefined, '7'))).retryAfterMs).toBe(7_000);
    expect(failureOf(read(answered(429, PASSING, 'Sat, 31 Jan 2026 12:00:30 GMT'))).retryAfterMs).toBe(30_000);
    expect(failureOf(read(answered(503))).retryAfterMs).toBeNull();
  });

  it('that never comes is Unavailable with its cause, or Timeout', () => {
    const unanswered = failureOf(cancel({ kind: 'unanswered', code: 'ECONNREFUSED', proxy: null }));
    expect(unanswered).toMatchObject({ type: 'Unavailable', retryable: true, httpStatus: null });
    expect(unanswered.message).toContain('ECONNREFUSED');
    expect(failureOf(cancel({ kind: 'timedOut', proxy: null }))).toMatchObject({ type: 'Timeout', retryable: true });
  });
});

describe('an answer to a list', () => {
  it('holds every task', async () => {
    const answer = await list(answered(200, [taskBody('STARTED', 'a'), taskBody('FAILED', 'b')]));
    expect(answer).toMatchObject({ kind: 'tasks', tasks: [{ id: 'a' }, { id: 'b' }], foreignCount: 0 });
    expect(await list(answered(200, []))).toEqual({ kind: 'tasks', tasks: [], foreignCount: 0 });
  });

  it('leaves out what is no task', async () => {
    const body = [{ id: 'no status' }, null, 'text', taskBody('STARTED', 'a')];
    expect(await list(answered(200, body))).toMatchObject({ kind: 'tasks', tasks: [{ id: 'a' }] });
  });

  it("leaves out another organization's tasks, and counts them", async () => {
    const body = [
      { ...taskBody('STARTED', 'a'), org_id: ORG_ID },
      { ...taskBody('STARTED', 'b'), org_id: 'org-2' },
    ];
    expect(await list(answered(200, body))).toMatchObject({ kind: 'tasks', tasks: [{ id: 'a' }], foreignCount: 1 });
  });

  it.each([[{ tasks: [] }], [[{ id: 'no status' }, null]]])('that is no list of tasks is retried: %j', async (body) => {
    expect(failureOf(await list(answered(200, body)))).toMatchObject({ type: 'Unavailable', retryable: true });
  });

  it('speaks of no task where the organization is unknown', async () => {
    expect(failureOf(await list(answered(404, FINAL))).type).toBe('VmcApiError');
  });

  it('is looked through in turns, however many things it holds that are no tasks', async () => {
    const stop = countTurns();
    await list(
      answered(
        200,
        Array.from({ length: 100_000 }, () => ({})),
      ),
    );
    expect(stop()).toBeGreaterThanOrEqual(90);
  });
});

describe('an answer of the sign-in service', () => {
  it.each<[number, unknown, CallFailure['type'], boolean]>([
    [400, undefined, 'Unauthorized', false],
    [401, undefined, 'Unauthorized', false],
    [403, undefined, 'Unauthorized', false],
    [404, undefined, 'Unauthorized', false],
    [400, PASSING, 'Unauthorized', false],
    [408, undefined, 'SignInUnavailable', true],
    [409, undefined, 'SignInUnavailable', true],
    [425, undefined, 'SignInUnavailable', true],
    [429, undefined, 'SignInUnavailable', true],
    [500, undefined, 'SignInUnavailable', true],
    [503, undefined, 'SignInUnavailable', true],
    [200, undefined, 'SignInUnavailable', true],
    [200, { access_token: '' }, 'SignInUnavailable', true],
    [200, { access_token: 'a b\r\nc' }, 'SignInUnavailable', true],
    [302, undefined, 'Unauthorized', false],
    [405, undefined, 'Unauthorized', false],
  ])('%d with %j is %s, retryable: %s', (httpStatus, body, type, retryable) => {
    expect(failureOf(signIn(answered(httpStatus, body, '5')))).toMatchObject({
      type,
      retryable,
      httpStatus,
      retryAfterMs: 5_000,
    });
  });

  it.each([302, 404, 405])('asks with a %d whether VMC_CSP_URL is right', (httpStatus) => {
    expect(failureOf(signIn(answered(httpStatus))).message).toMatch(/api\.example.*VMC_CSP_URL/);
  });

  it('that never comes is retried', () => {
    for (const exchange of [
      { kind: 'unanswered', code: 'ECONNREFUSED', proxy: null },
      { kind: 'timedOut', proxy: null },
    ] as const)
      expect(failureOf(signIn(exchange))).toMatchObject({
        type: 'SignInUnavailable',
        retryable: true,
        httpStatus: null,
      });
  });

  it.each([
    [1799, 1799],
    ['1799', 1799],
    [2, 2],
    [0, 300],
    [null, 300],
    [undefined, 300],
    [{ valueOf: 1, toString: 1 }, 300],
  ])('with a token that expires in %j s is believed for %d s', (expires_in, expiresInSeconds) => {
    expect(signIn(answered(200, { access_token: 't', expires_in }))).toEqual({
      kind: 'signedIn',
      accessToken: 't',
      expiresInSeconds,
    });
  });
});

describe('whatever comes', () => {
  const body = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        id: fc.oneof(fc.constant(TASK_ID), fc.jsonValue()),
        status: fc.oneof(fc.constant('CANCELED'), fc.jsonValue()),
        retryable: fc.oneof(fc.boolean(), fc.jsonValue()),
        error_code: fc.oneof(fc.string(), fc.jsonValue()),
        error_messages: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
        access_token: fc.jsonValue(),
        expires_in: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );
  const exchange: fc.Arbitrary<Exchange> = fc.oneof(
    fc.record({
      kind: fc.constant('answered' as const),
      httpStatus: fc.integer({ min: 100, max: 999 }),
      body,
      date: fc.option(fc.string()),
      retryAfter: fc.option(fc.string()),
    }),
    fc.record({ kind: fc.constant('unanswered' as const), code: fc.option(fc.string()), proxy: fc.constant(null) }),
    fc.constant({ kind: 'timedOut' as const, proxy: null }),
  );

  it('there is exactly one answer, well-formed, and a task in it is the one that was asked for', async () => {
    await fc.assert(
      fc.asyncProperty(exchange, async (any) => {
        for (const answer of [cancel(any), read(any), await list(any), signIn(any)]) {
          if (answer.kind === 'failed') expect(callFailureSchema.safeParse(answer.failure).success).toBe(true);
          if ('task' in answer) expect(answer.task.id).toBe(TASK_ID);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('a well-formed ErrorResponse decides by its own word, save with a 401 or 403', () => {
    const statuses = fc.integer({ min: 300, max: 599 }).filter((status) => status !== 401 && status !== 403);
    fc.assert(
      fc.property(statuses, fc.boolean(), (httpStatus, retryable) => {
        expect(failureOf(read(answered(httpStatus, errorBody(retryable)))).retryable).toBe(retryable);
      }),
    );
  });
});

it.each<[number, string]>([
  [200, ' without an access token: is VMC_CSP_URL right?'],
  [400, ': is the API token or the client secret right, and has it not expired?'],
  [401, ': is the API token or the client secret right, and has it not expired?'],
  [403, ': is the API token or the client secret right, and has it not expired?'],
  [404, ': are the credentials right, and is VMC_CSP_URL?'],
  [409, ''],
  [503, ''],
  [302, ' as a sign-in service would not: is VMC_CSP_URL right?'],
])('a sign-in that is answered %d says what to look at', (httpStatus, hint) => {
  expect(failureOf(signIn(answered(httpStatus))).message).toBe(
    `The sign-in service at api.example answered ${httpStatus}${hint}`,
  );
});

import { describe, expect, it } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import type { CallFailure } from '../../domain/contract/answers';
import { shownTask } from '../../bench/kit/shownTask';
import type { Observed } from './answers/calls';
import { CLIENT_LIMIT_MS } from './answers/calls';
import type { Answer } from './answers/draw';
import { drawnAnswer } from './answers/draw';
import { expectedOf } from './answers/expected';
import { problemsOf } from './answers/judge';
import { CANARY } from './answers/secrets';
import { checkDocument, typeOf } from './inputs/checks';
import { drawnInput } from './inputs/draw';
import { growthProblem } from './memory';

const FAILURE: CallFailure = {
  type: 'Unavailable',
  message: 'The VMC API answered 503',
  retryable: true,
  httpStatus: 503,
  errorCode: null,
  retryAfterMs: null,
};

function applicationFailure(failure: CallFailure, changed: { nonRetryable?: boolean; type?: string } = {}) {
  const { type, message, retryable } = failure;
  return ApplicationFailure.create({ type, message, nonRetryable: !retryable, details: [failure], ...changed });
}

function failed(failure: CallFailure, error: unknown = applicationFailure(failure)): Observed {
  return {
    operation: 'get',
    client: { kind: 'returned', value: { kind: 'failed', failure } },
    activity: { kind: 'threw', error },
    tookMs: 5,
  };
}

function read(fields: object, operation: 'get' | 'list' = 'get'): Observed {
  const task = { ...shownTask({ id: 'task-1', status: 'STARTED', estimatedRemainingMinutes: null }), ...fields };
  const value = operation === 'get' ? { kind: 'task', task } : { kind: 'tasks', tasks: [task], foreignCount: 0 };
  return {
    operation,
    client: { kind: 'returned', value },
    activity: { kind: 'returned', value: operation === 'get' ? task : undefined },
    tookMs: 5,
  };
}

describe('the judge of answers', () => {
  it('finds nothing in what is as it should be', () => {
    expect(problemsOf(failed(FAILURE), { kind: 'failed', type: 'Unavailable', retryable: true })).toEqual([]);
    for (const operation of ['get', 'list'] as const) expect(problemsOf(read({}, operation), null)).toEqual([]);
  });

  const base64 = Buffer.from(`app:${CANARY}`).toString('base64');
  it.each<[string, Observed, RegExp]>([
    ['an untyped throw of the client', { ...read({}), client: { kind: 'threw', error: new TypeError('x') } }, /threw/],
    ['an untyped throw of the activity', failed(FAILURE, new TypeError('x')), /the activity threw TypeError/],
    ['an answer of no known kind', { ...read({}), client: { kind: 'returned', value: {} } }, /the client answered/],
    ['no call', { ...read({}), client: null }, /the client answered/],
    ['a field that is no task’s', read({ params: {} }), /the client answered/],
    ['a failure that became a result', { ...failed(FAILURE), activity: read({}).activity }, /a result of a failure/],
    ['another retryability', failed(FAILURE, applicationFailure(FAILURE, { nonRetryable: true })), /another than/],
    ['another type', failed(FAILURE, applicationFailure(FAILURE, { type: 'Timeout' })), /another than/],
    ['a secret in a failure', failed({ ...FAILURE, message: `for ${CANARY}` }), /the failure has a secret/],
    ['a secret in a task', read({ subStatus: `x${CANARY}-1` }), /the answer has a secret/],
    ['a secret in a list', read({ id: CANARY }, 'list'), /the answer has a secret/],
    ['a secret in base64', read({ errorMessage: base64 }), /the result has a secret/],
    ['a control', read({ errorMessage: '\u001b[31m' }), /not fit/],
    ['half a character', read({ errorMessage: '\ud800' }), /not fit/],
    ['a task without bounds', read({ errorMessage: 'x'.repeat(70_000) }), /bytes/],
    ['a failure without bounds', failed({ ...FAILURE, errorCode: 'x'.repeat(20_000) }), /a failure of \d+ bytes/],
    ['a call that hangs', { ...read({}), tookMs: 2 * CLIENT_LIMIT_MS + 10_000 }, /took/],
  ])('finds %s', (_, observed, problem) => {
    expect(problemsOf(observed, null).join('; ')).toMatch(problem);
  });

  it('finds an outcome that the contract does not have for this answer', () => {
    const problems = problemsOf(failed(FAILURE), { kind: 'failed', type: 'Forbidden', retryable: false });
    expect(problems).toEqual(['came to Unavailable (retryable) and not to Forbidden']);
  });
});

describe('what the contract makes of an answer', () => {
  const task = '{"id":"task-1","status":"STARTED"}';
  const refusal = '{"retryable":false,"error_code":null,"error_messages":null}';
  const answerOf = (status: number, body: string, more: Partial<Answer> = {}): Answer => ({
    statusLine: `HTTP/1.1 ${status} Drawn`,
    headers: [],
    body: { kind: 'JSON', make: () => Buffer.from(body) },
    packed: null,
    framing: 'length',
    ending: 'keep',
    ...more,
  });

  it.each([
    [200, task, { kind: 'accepted' }],
    [200, '{}', { kind: 'failed', type: 'Unavailable', retryable: true }],
    [400, refusal, { kind: 'refused' }],
    [400, task, { kind: 'failed', type: 'VmcApiError', retryable: false }],
    [403, refusal, { kind: 'failed', type: 'Forbidden', retryable: false }],
    [404, refusal, { kind: 'failed', type: 'TaskNotFound', retryable: false }],
    [429, '', { kind: 'failed', type: 'RateLimited', retryable: true }],
    [503, '', { kind: 'failed', type: 'Unavailable', retryable: true }],
  ])('of a %d to a cancel with %s is %j', (status, body, expected) => {
    expect(expectedOf(answerOf(status, body), 'cancel')).toEqual(expected);
  });

  it('is not known of one that a reader of HTTP may refuse', () => {
    expect(expectedOf(answerOf(200, task, { framing: 'twoLengths' }), 'get')).toBeNull();
    expect(expectedOf(answerOf(200, task, { headers: [['Content-Encoding', 'gzip']] }), 'get')).toBeNull();
  });
});

describe('the checks of inputs', () => {
  it.each([
    ['a secret', `x${CANARY}`, /secret/],
    ['a control', 'x\u0007', /not fit/],
    ['no bound', 'x'.repeat(600_000), /bytes/],
  ])('find %s in a progress and in a failure', (_, text, problem) => {
    expect(() => {
      checkDocument({ reason: text });
    }).toThrow(problem);
    expect(() => typeOf({ message: text })).toThrow(problem);
    const details = { payloads: [{ data: Buffer.from(text) }] };
    expect(() => typeOf({ applicationFailureInfo: { type: 'InvalidInput', details } })).toThrow(problem);
  });

  it('name the type of a failure, and one that has none', () => {
    expect(typeOf({ message: 'm', applicationFailureInfo: { type: 'InvalidInput' } })).toBe('InvalidInput');
    expect(typeOf({ message: 'm' })).toBe('untyped');
  });
});

it('growth beyond its bound is a finding', () => {
  const memory = { what: 'live', beforeBytes: 1_000_000, maxGrowthBytes: 500_000 };
  expect(growthProblem({ ...memory, afterBytes: 1_500_000 })).toBeNull();
  expect(growthProblem({ ...memory, afterBytes: 1_500_001 })).toMatch(/^live has grown by 0.5 MiB/);
});

it('a case is the same whenever it is drawn again, and another with another seed', () => {
  const shown = (seed: number) =>
    JSON.stringify([drawnInput(seed, 7), drawnAnswer(seed, 7), drawnAnswer(seed, 7).body.make().toString('hex')]);
  expect(shown(1)).toBe(shown(1));
  expect(shown(1)).not.toBe(shown(2));
});

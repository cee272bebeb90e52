import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { version } from '../../../package.json';
import type { VmcClient } from '../../../vmc/api/client';
import type { Call, Reply } from '../scriptedServer';
import { countTurns } from '../reads/turns';
import type { World } from '../world';
import {
  API_TOKEN,
  createWorld,
  errorBody,
  IDS,
  limits,
  ORG_ID,
  startServer,
  TASK_PATH,
  taskBody,
  until,
} from '../world';

/** Answers the calls to the API one after the other, the last reply again and again. */
function inTurn({ api }: World, ...replies: Reply[]): void {
  let turn = 0;
  api.script = () => replies[Math.min(turn++, replies.length - 1)] ?? {};
}

const never = new Promise(() => undefined);

describe('a cancel', () => {
  it('is one POST without a body, with the access token and our name', async () => {
    const { api, client } = await createWorld();
    expect(await client.cancelTask(IDS, limits())).toMatchObject({ kind: 'accepted', task: { status: 'STARTED' } });
    expect(api.calls).toMatchObject([{ method: 'POST', url: `${TASK_PATH}?action=cancel`, body: '' }]);
    expect(api.calls[0]?.headers).toMatchObject({
      'csp-auth-token': 'canary-access-1',
      'user-agent': `vmc-cancel/${version}`,
      'content-length': '0',
    });
  });

  it('that is declined is a refusal', async () => {
    const { client } = await createWorld({ api: { status: 400, body: errorBody(false) } });
    expect(await client.cancelTask(IDS, limits())).toEqual({
      kind: 'refused',
      refusal: { httpStatus: 400, errorCode: 'some.code', messages: ['because'] },
    });
  });

  it.each([400, 404, 429, 500, 503])('is sent once and never again on a %d', async (status) => {
    const { api, client } = await createWorld({ api: { status } });
    await client.cancelTask(IDS, limits());
    expect(api.calls).toHaveLength(1);
  });
});

describe('a read', () => {
  it('is one GET, and keeps nothing of what is sensitive', async () => {
    const { api, client } = await createWorld();
    const answer = await client.getTask(IDS, limits());
    expect(answer).toMatchObject({ kind: 'task', task: { id: 'task-1', progressPercent: 4 } });
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(api.calls).toMatchObject([{ method: 'GET', url: TASK_PATH }]);
  });

  it('encodes the ids, so that neither can change the path', async () => {
    const { api, client } = await createWorld();
    await client.getTask({ orgId: 'a/b', taskId: '../c?d#e' }, limits());
    expect(api.calls[0]?.url).toBe('/vmc/api/orgs/a%2Fb/tasks/..%2Fc%3Fd%23e');
  });

  it('reads a compressed answer, a byte order mark, and JSON under any content type', async () => {
    const body = gzipSync(`\uFEFF${JSON.stringify(taskBody('CANCELING'))}`);
    const { client } = await createWorld({
      api: { body, headers: { 'Content-Encoding': 'gzip', 'Content-Type': 'text/html' } },
    });
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task', task: { status: 'CANCELING' } });
  });

  it.each([
    ['no JSON under its content type', { body: '<html>', headers: { 'Content-Type': 'application/json' } }],
    ['half a task', { body: '{"id":"task-1","status":"CAN' }],
    ['nested without end', { body: '['.repeat(500_000) }],
    ['nothing', {}],
    ['another task', { body: taskBody('CANCELED', 'task-2') }],
    ['compressed by its own word only', { body: 'x', headers: { 'Content-Encoding': 'gzip' } }],
    ['larger than any task', { body: JSON.stringify({ ...taskBody(), x: 'x'.repeat(1024 * 1024) }) }],
    [
      'larger than any task once unpacked',
      { body: gzipSync('x'.repeat(8_000_000)), headers: { 'Content-Encoding': 'gzip' } },
    ],
    ['cut off', { body: '{}', headers: { 'Content-Length': '100', Connection: 'close' } }],
    ['a dropped connection', { drop: true }],
  ])('answered with %s is Unavailable and may be repeated', async (_, reply) => {
    const { client } = await createWorld({ api: reply });
    expect(await client.getTask(IDS, limits())).toMatchObject({
      kind: 'failed',
      failure: { type: 'Unavailable', retryable: true },
    });
  });

  it('of an API that nobody serves is Unavailable, and the message says whom and why', async () => {
    const { api, client } = await createWorld();
    const { port } = api;
    await api.stop();
    const answer = await client.getTask(IDS, limits());
    expect(answer).toMatchObject({ kind: 'failed', failure: { type: 'Unavailable', retryable: true } });
    expect(JSON.stringify(answer)).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*ECONNREFUSED.*VMC_API_URL`));
  });

  it('turns a Retry-After date into a delay by the clock it was given', async () => {
    const { client, clock } = await createWorld({
      api: { status: 503, headers: { 'Retry-After': 'Sat, 31 Jan 2026 12:00:30 GMT' } },
    });
    clock.nowMs = Date.UTC(2026, 0, 31, 12, 0, 10);
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { retryAfterMs: 20_000 } });
  });

  it('does not follow a redirect, so that the token stays with the host that was configured', async () => {
    const elsewhere = await startServer(() => ({ body: taskBody() }));
    const { client } = await createWorld({
      api: { status: 302, headers: { Location: `${elsewhere.url}${TASK_PATH}` } },
    });
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { type: 'VmcApiError', httpStatus: 302 } });
    expect(elsewhere.calls).toHaveLength(0);
  });
});

describe('a list', () => {
  it('holds every task of the organization', async () => {
    const { api, client } = await createWorld({ api: { body: [taskBody(), taskBody('FAILED', 'task-2')] } });
    const answer = await client.listTasks({ orgId: 'org-1' }, limits());
    expect(answer).toMatchObject({ kind: 'tasks', tasks: [{ id: 'task-1' }, { id: 'task-2' }] });
    expect(api.calls[0]?.url).toBe('/vmc/api/orgs/org-1/tasks');
  });

  it('sends its filter encoded', async () => {
    const { api, client } = await createWorld({ api: { body: [] } });
    const filter = "(status eq 'STARTED') and user_name eq 'a+b & c''d'";
    await client.listTasks({ orgId: 'org-1', filter }, limits());
    const url = api.calls[0]?.url ?? '';
    expect(url).not.toMatch(/[ &'+]{2}|[ &+]/);
    expect(new URL(url, api.url).searchParams.get('$filter')).toBe(filter);
  });

  it('may be larger than a task', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => ({
      ...taskBody('STARTED', `t${index}`),
      x: 'x'.repeat(1_000),
    }));
    const { client } = await createWorld({ api: { body: many } });
    const answer = await client.listTasks({ orgId: 'org-1' }, limits());
    expect(answer.kind === 'tasks' && answer.tasks.length).toBe(3_000);
  });
});

describe('a 401', () => {
  it('costs one new token and one repetition', async () => {
    const world = await createWorld();
    inTurn(world, { status: 401 }, { body: taskBody('CANCELING') });
    expect(await world.client.cancelTask(IDS, limits())).toMatchObject({ kind: 'accepted' });
    expect(world.api.calls.map(({ headers }) => headers['csp-auth-token'])).toEqual([
      'canary-access-1',
      'canary-access-2',
    ]);
    expect(world.csp.calls).toHaveLength(2);
  });

  it('twice in a row is Unauthorized', async () => {
    const { api, csp, client } = await createWorld({ api: { status: 401 } });
    expect(await client.getTask(IDS, limits())).toMatchObject({
      kind: 'failed',
      failure: { type: 'Unauthorized', retryable: false, httpStatus: 401 },
    });
    expect(api.calls).toHaveLength(2);
    expect(csp.calls).toHaveLength(2);
  });

  it('uses the token that another call has got meanwhile', async () => {
    const { api, client, tokenCount } = await createWorld();
    let refuseLate = (): void => undefined;
    const late = new Promise<void>((resolve) => (refuseLate = resolve));
    api.script = ({ headers, url }) => {
      if (headers['csp-auth-token'] !== 'canary-access-1') return { body: taskBody('STARTED', url.slice(-6)) };
      return { status: 401, ...(url.endsWith('task-1') && { hold: late }) };
    };
    const slow = client.getTask(IDS, limits());
    await until(() => api.calls.length === 1);
    expect(await client.getTask({ ...IDS, taskId: 'task-2' }, limits())).toMatchObject({ kind: 'task' });
    refuseLate();
    expect(await slow).toMatchObject({ kind: 'task', task: { id: 'task-1' } });
    expect(tokenCount()).toBe(2);
  });

  it('to fifty calls at once costs one new token', async () => {
    const { api, client, tokenCount } = await createWorld();
    api.script = ({ headers }) =>
      headers['csp-auth-token'] === 'canary-access-1' ? { status: 401 } : { body: taskBody() };
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.getTask(IDS, limits())));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['task']));
    expect(tokenCount()).toBe(2);
  });

  it('followed by a sign-in that fails is told as that sign-in', async () => {
    const { api, csp, client } = await createWorld();
    api.script = () => {
      csp.script = () => ({ status: 503 });
      return { status: 401 };
    };
    expect(await client.cancelTask(IDS, limits())).toMatchObject({
      failure: { type: 'SignInUnavailable', retryable: true },
    });
    expect(api.calls).toHaveLength(1);
  });
});

it('a page in place of a sign-in is no answer to the call, which was not sent', async () => {
  const { api, client } = await createWorld({ csp: { status: 200, body: '<!doctype html>' } });
  expect(await client.cancelTask(IDS, limits())).toMatchObject({
    failure: { type: 'SignInUnavailable', retryable: true, httpStatus: null },
  });
  expect(api.calls).toHaveLength(0);
});

describe('the limits of a call', () => {
  it('end it as Timeout when the API does not answer', async () => {
    const { client } = await createWorld({ api: { hold: never } });
    await client.signIn(null, limits());
    expect(await client.cancelTask(IDS, limits(100))).toMatchObject({
      kind: 'failed',
      failure: { type: 'Timeout', retryable: true },
    });
  });

  it('hold for the repetition after a 401 too', async () => {
    const world = await createWorld();
    inTurn(world, { status: 401 }, { hold: never });
    expect(await world.client.cancelTask(IDS, limits(1_500))).toMatchObject({ failure: { type: 'Timeout' } });
    expect(world.api.calls).toHaveLength(2);
  });

  it('end it as SignInUnavailable while signing in, with nothing sent to the API', async () => {
    const { api, client } = await createWorld({ csp: { hold: never } });
    expect(await client.cancelTask(IDS, limits(100))).toMatchObject({
      failure: { type: 'SignInUnavailable', retryable: true },
    });
    expect(api.calls).toHaveLength(0);
  });

  it('reject with the reason of the caller’s abort, and let the connection go', async () => {
    const { api, client } = await createWorld({ api: { hold: never } });
    const controller = new AbortController();
    const call = client.getTask(IDS, limits(10_000, controller.signal));
    await until(() => api.calls.length === 1);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('reject at once, with nothing sent, when the caller aborted before', async () => {
    const { api, csp, client } = await createWorld();
    const reason = new Error('never mind');
    await expect(client.getTask(IDS, limits(10_000, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect([...api.calls, ...csp.calls]).toHaveLength(0);
  });

  it('leave no listener on the caller’s signal', async () => {
    const { client } = await createWorld();
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners--;
      remove(...args);
    };
    await client.getTask(IDS, limits(10_000, signal));
    expect(listeners).toBe(0);
  });
});

describe('connections', () => {
  it('are kept for the calls that follow', async () => {
    const { api, csp, client } = await createWorld();
    for (let call = 0; call < 5; call++) await client.getTask(IDS, limits());
    expect(api.calls).toHaveLength(5);
    expect(api.connections).toBe(1);
    expect(csp.connections).toBe(1);
  });

  it('are dropped by close, and what was under way ends as Unavailable', async () => {
    const { api, client } = await createWorld({ api: { hold: never } });
    const call = client.getTask(IDS, limits());
    await until(() => api.calls.length === 1);
    client.close();
    expect(await call).toMatchObject({ kind: 'failed', failure: { type: 'Unavailable' } });
  });
});

describe('secrets', () => {
  /** Says everything again that it was sent, as some gateways do. */
  const echo = (call: Call) => ({
    ...errorBody(false),
    error_code: String(call.headers['csp-auth-token']),
    error_messages: [JSON.stringify(call.headers), `for ${API_TOKEN}`, encodeURIComponent(API_TOKEN)],
  });

  it.each([400, 401, 403, 404, 409, 429, 500])(
    'that an API echoes with a %d are in no answer of ours',
    async (status) => {
      const { api, client } = await createWorld();
      api.script = (call) => ({ status, body: echo(call) });
      for (const answer of [await client.cancelTask(IDS, limits()), await client.getTask(IDS, limits())]) {
        expect(JSON.stringify(answer)).toContain('[secret]');
        expect(JSON.stringify(answer)).not.toContain('canary');
      }
    },
  );

  it('that were refused are in no answer of ours, though a cache before the API repeats its first refusal', async () => {
    const { api, client } = await createWorld();
    api.script = () => ({ status: 401, body: { ...errorBody(false), error_messages: ['refused canary-access-1'] } });
    expect(await client.getTask(IDS, limits())).toMatchObject({
      failure: { type: 'Unauthorized', message: expect.stringContaining('refused [secret]') },
    });
    expect(api.calls).toHaveLength(2);
  });

  it('that an API echoes within a task are in no answer of ours', async () => {
    const { client } = await createWorld({ api: { body: { ...taskBody(), error_message: 'canary-access-1' } } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ task: { errorMessage: '[secret]' } });
  });

  it.each([
    ['refused', { status: 400, body: { message: 'invalid canary-api-token+/=' } }],
    ['broken', { body: { token: 'canary-api-token+/=' } }],
    ['dropped', { drop: true }],
  ])('are in no failure of a sign-in that is %s', async (_, csp) => {
    const { client } = await createWorld({ csp });
    expect(JSON.stringify(await client.getTask(IDS, limits()))).not.toContain('canary');
  });
});

describe('a long list', () => {
  const MEBIBYTE = 1024 * 1024;
  const LIST = { orgId: ORG_ID, maxAnswerBytes: 8 * MEBIBYTE };
  const listOf = (bytes: number) => `[${`${JSON.stringify({ ...taskBody(), org_id: ORG_ID })},`.repeat(bytes / 150)}0]`;
  const told = async (client: VmcClient) => {
    const answer = await client.listTasks(LIST, limits(60_000));
    return answer.kind === 'failed' ? answer.failure.type : answer.kind;
  };

  it('is answered up to the bytes that the caller takes, and not beyond', async () => {
    const { api, client } = await createWorld();
    api.script = () => ({ body: listOf(7 * MEBIBYTE) });
    expect(await told(client)).toBe('tasks');
    api.script = () => ({ body: listOf(9 * MEBIBYTE) });
    expect(await told(client)).toBe('Unavailable');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', (text: string) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ])('is bounded by what it is without its compression (%s)', async (encoding, compress) => {
    const [good, bomb] = [compress(listOf(7 * MEBIBYTE)), compress('[1,'.repeat(16 * MEBIBYTE))];
    expect(bomb.length).toBeLessThan(MEBIBYTE);
    const { api, client } = await createWorld();
    const headers = { 'content-encoding': encoding };
    api.script = () => ({ headers, body: good });
    expect(await told(client)).toBe('tasks');
    api.script = () => ({ headers, body: bomb });
    expect(await told(client)).toBe('Unavailable');
    expect(api.calls).toHaveLength(2);
  });

  it('leaves the event loop to others, many at a time as well', async () => {
    const { api, client } = await createWorld();
    const body = Buffer.from(listOf(7 * MEBIBYTE));
    api.script = () => ({ body });
    const stop = countTurns();
    const answers = await Promise.all([told(client), told(client), told(client), told(client)]);
    expect(answers).toEqual(['tasks', 'tasks', 'tasks', 'tasks']);
    // One turn for 64 KiB that are parsed, or for 1,000 items that are looked at.
    expect(stop()).toBeGreaterThan((4 * body.length) / (70 * 1024));
  });
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../domain/contract/names';
import type { NewFault } from '../../development/simulatorControls';
import type { World } from './world';
import { createWorld, errorResponse, failureOf } from './world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

type Answer = Omit<NewFault, 'operation' | 'taskId' | 'times'>;

const NO_ERROR_RESPONSE = { error: 'from some gateway' };

describe('on the first contact, the run fails at once as', () => {
  const rows: [string, string, Answer][] = [
    ['Unauthorized', 'a 401 that a fresh token does not mend', { status: 401, body: { error: 'Unauthorized' } }],
    ['Forbidden', 'a 403', { status: 403, body: NO_ERROR_RESPONSE }],
    ['Forbidden', 'a 403 that calls itself retryable', { status: 403, body: errorResponse(403, true) }],
    ['VmcApiError', 'a 400 that no API wrote', { status: 400, body: NO_ERROR_RESPONSE }],
    ['VmcApiError', 'a 404 that no API wrote', { status: 404, body: '<html>nginx</html>' }],
    ['VmcApiError', 'a 409 that no API wrote', { status: 409, body: NO_ERROR_RESPONSE }],
    ['VmcApiError', 'a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/elsewhere' } }],
    ['VmcApiError', 'a 503 that the API calls final', { status: 503, body: errorResponse(503, false) }],
    ['VmcApiError', 'a 429 that the API calls final', { status: 429, body: errorResponse(429, false) }],
  ];

  it.each(rows)('%s, for %s', async (type, _, answer) => {
    const ids = await world.addTask();
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 2, ...answer });
    const handle = await world.start(ids);
    expect(await failureOf(handle.result())).toMatchObject({ type });
    const { startTime, closeTime } = await handle.describe();
    expect((closeTime?.getTime() ?? Infinity) - startTime.getTime()).toBeLessThan(20_000);
  });

  it('TaskNotFound, after asking three times within ten seconds', async () => {
    const ids = { orgId: 'org-1', taskId: randomUUID() };
    expect(await failureOf(world.run(ids))).toMatchObject({ type: 'TaskNotFound' });
    const cancels = await world.callsOf(ids, 'cancelTask');
    expect(cancels).toHaveLength(3);
    expect(Date.parse(cancels[2]?.at ?? '') - Date.parse(cancels[0]?.at ?? '')).toBeLessThanOrEqual(10_000);
  });

  it('Unauthorized, when the sign-in is refused', async () => {
    await world.settings({ apiTokens: ['another-token'], accessTokenTtlSeconds: 1 });
    const ids = await world.addTask();
    try {
      await world.environment.sleep('40m'); // beyond the life of every access token so far
      expect(await failureOf(world.run(ids))).toMatchObject({ type: 'Unauthorized' });
      expect(await world.callsOf(ids)).toEqual([]);
    } finally {
      await world.settings({ apiTokens: null, accessTokenTtlSeconds: 1799 });
    }
  });

  it('what names the setting, when the URL is not that of the API', async () => {
    const ids = await world.addTask();
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, status: 404, body: '<html>' });
    const { type, message } = await failureOf(world.run(ids));
    expect(type).toBe('VmcApiError');
    expect(message).toMatch(/^The VMC API at 127\.0\.0\.1:\d+ answered 404 .*is VMC_API_URL right\?$/);
  });

  it('what the read after a refusal is refused with', async () => {
    const ids = await world.addTask({ onCancel: 'decline' });
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 1, status: 403, body: NO_ERROR_RESPONSE });
    expect(await failureOf(world.run(ids))).toMatchObject({ type: 'Forbidden' });
  });
});

describe('on the first contact, what may pass is tried again:', () => {
  const rows: [string, string, Answer][] = [
    ['Unavailable', 'a 503', { status: 503, body: NO_ERROR_RESPONSE }],
    ['Unavailable', 'a 500 with a retryable ErrorResponse', { status: 500, body: errorResponse(500, true) }],
    ['Unavailable', 'a 400 that the API calls retryable', { status: 400, body: errorResponse(400, true) }],
    ['Unavailable', 'a 404 that the API calls retryable', { status: 404, body: errorResponse(404, true) }],
    ['Unavailable', 'a 408', { status: 408, body: '' }],
    ['Unavailable', 'a 425', { status: 425, body: '' }],
    ['RateLimited', 'a 429', { status: 429, body: '' }],
    ['Unavailable', 'a dropped connection', { drop: true }],
    ['Unavailable', 'a 200 whose body is no task', { status: 200, body: { ok: true } }],
    ['Unavailable', 'a 200 about another task', { status: 200, body: { id: 'another', status: 'CANCELED' } }],
    ['Unavailable', 'a 200 that is not JSON', { status: 200, body: '<html></html>' }],
  ];

  it.each(rows)('%s: %s', async (type, _, answer) => {
    const ids = await world.addTask({ settlesAfterMs: 0 });
    await world.addFault({ operation: 'cancelTask', taskId: ids.taskId, times: 1, ...answer });
    const result = await world.run(ids);
    expect(result).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
    expect(result.timeline).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'troubleBegan', type }),
        expect.objectContaining({ event: 'troubleEnded', type }),
      ]),
    );
    const cancels = await world.callsOf(ids, 'cancelTask');
    expect(cancels).toHaveLength(2);
    expect(Date.parse(cancels[1]?.at ?? '') - Date.parse(cancels[0]?.at ?? '')).toBeGreaterThanOrEqual(2_000);
  });

  it('SignInUnavailable: a sign-in service that is away', async () => {
    await world.environment.sleep('40m');
    const ids = await world.addTask({ endsAfterMs: 0 });
    await world.addFault({ operation: 'authorize', times: 3, status: 503, body: '' });
    const result = await world.run(ids);
    expect(result).toMatchObject({ outcome: 'FINISHED', alreadySettled: true });
    expect(result.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'troubleBegan', type: 'SignInUnavailable' })]),
    );
  });

  it('a Retry-After is the least wait', async () => {
    const ids = await world.addTask({ settlesAfterMs: 0 });
    await world.addFault({
      operation: 'cancelTask',
      taskId: ids.taskId,
      times: 1,
      status: 429,
      headers: { 'retry-after': '120' },
      body: '',
    });
    await world.run(ids);
    const [first, second] = await world.callsOf(ids, 'cancelTask');
    expect(Date.parse(second?.at ?? '') - Date.parse(first?.at ?? '')).toBeGreaterThanOrEqual(120_000);
  });
});

describe('once the task was seen, nothing that a read is answered with ends the watch:', () => {
  const rows: [string, Answer][] = [
    ['Unauthorized', { status: 401, body: NO_ERROR_RESPONSE }],
    ['Forbidden', { status: 403, body: NO_ERROR_RESPONSE }],
    ['VmcApiError', { status: 400, body: errorResponse(400, false) }],
    ['VmcApiError', { status: 404, body: '<html>nginx</html>' }],
    ['TaskNotFound', { status: 404, body: errorResponse(404, false) }],
    ['RateLimited', { status: 429, body: '' }],
    ['Unavailable', { status: 503, body: errorResponse(503, true) }],
    ['Unavailable', { drop: true }],
  ];

  it.each(rows)('%s is trouble, shown and outlived (%j)', async (type, answer) => {
    const ids = await world.addTask({ settlesAfterMs: 10 * 60_000 });
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 4, ...answer });
    const result = await world.run(ids);
    expect(result.outcome).toBe('CANCELED');
    expect(result.timeline).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ event: 'troubleBegan', type }),
        expect.objectContaining({ event: 'troubleEnded', type }),
      ]),
    );
  });

  it('a task that is gone for good is TaskVanished, after five such answers over a minute', async () => {
    const ids = await world.addTask({ vanishesAfterMs: 5 * 60_000, settlesAfterMs: 60 * 60_000 });
    expect(await failureOf(world.run(ids))).toMatchObject({ type: 'TaskVanished' });
    const gone = (await world.callsOf(ids, 'getTask')).filter(({ status }) => status === 404);
    const spreadMs = Date.parse(gone.at(-1)?.at ?? '') - Date.parse(gone[0]?.at ?? '');
    expect(gone.length).toBeGreaterThanOrEqual(5);
    expect(gone.length).toBeLessThanOrEqual(6);
    expect(spreadMs).toBeGreaterThanOrEqual(60_000);
    expect(spreadMs).toBeLessThanOrEqual(90_000);
  });

  it('an outage of six hours is outlived, with at most one call a minute', async () => {
    const ids = await world.addTask({ settlesAfterMs: 5 * 60_000 });
    // An outage is met by the read that comes next.
    const handle = await world.start(ids, { poll: { max: '1m' } });
    await world.environment.sleep('30s');
    await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 360, status: 503, body: '' });
    await world.environment.sleep('1m');
    expect(await handle.query('progress')).toMatchObject({ phase: 'MONITORING', trouble: { type: 'Unavailable' } });
    await world.environment.sleep('3h');
    expect(await handle.query('progress')).toMatchObject({ trouble: { type: 'Unavailable' } });
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
    const calls = await world.callsOf(ids, 'getTask');
    const hours = (Date.parse(calls.at(-1)?.at ?? '') - Date.parse(calls[0]?.at ?? '')) / 3_600_000;
    expect(hours).toBeGreaterThan(5.5);
  });
});

describe('an input that no starter should have sent fails the run as InvalidInput:', () => {
  it.each([
    [[]],
    [[null]],
    [['text']],
    [[{}]],
    [[{ orgId: 'o', taskId: '../x' }]],
    [[{ orgId: 'o', taskId: 't', deadline: 'tomorrow', poll: { min: 1 }, color: 'red' }]],
    [[{ orgId: 'o', taskId: 't' }, { startedAtMs: 0 }]],
    [[{ orgId: 'o', taskId: 't' }, undefined]],
    [[{ orgId: 'o', taskId: 't' }, null]],
    [[{ orgId: 'o', taskId: 't' }, undefined, 'x']],
  ])('%j', async (args) => {
    const handle = await world.environment.client.workflow.start(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: randomUUID(),
      args,
    });
    expect(await failureOf(handle.result())).toMatchObject({ type: 'InvalidInput' });
  });

  it.each([
    ['json/plain', '{broken'],
    ['json/of-another-world', '{}'],
    ['binary/plain', 'abc'],
  ])('a payload that is no JSON (%s)', async (encoding, data) => {
    const { connection, client } = world.environment;
    const workflowId = randomUUID();
    await connection.workflowService.startWorkflowExecution({
      namespace: 'default',
      workflowId,
      workflowType: { name: WORKFLOW_TYPE },
      taskQueue: { name: DEFAULT_TASK_QUEUE },
      requestId: randomUUID(),
      input: { payloads: [{ metadata: { encoding: Buffer.from(encoding) }, data: Buffer.from(data) }] },
    });
    expect(await failureOf(client.workflow.getHandle(workflowId).result())).toMatchObject({ type: 'InvalidInput' });
  });

  it('every problem is named at once', async () => {
    const { message } = await failureOf(
      world.run({ orgId: 'o/', taskId: 't' }, { deadline: '1ms', maxCancelRequests: 0 }),
    );
    for (const field of ['orgId', 'deadline', 'maxCancelRequests']) expect(message).toContain(field);
  });
});

import { describe, expect, it } from '@jest/globals';
import { ORG, send, useRig } from './rig';

/** Longer than any test: an answer that comes is not the delayed one. */
const FOR_EVER_MS = 3_600_000;

describe('faults', () => {
  const rig = useRig();

  const fault = async (settings: object) => {
    expect(await rig.control('POST', '/faults', settings)).toMatchObject({
      status: 201,
      body: { id: expect.stringMatching(/./) },
    });
  };
  const statusesOf = async (operation: string) =>
    (await rig.calls()).filter((call) => call.operation === operation).map(({ status }) => status);

  it('answer the next calls of an operation, so many times, and no other operation', async () => {
    const id = await rig.addTask();
    await fault({
      operation: 'getTask',
      times: 2,
      status: 503,
      headers: { 'Retry-After': '7' },
      body: { why: [1, null] },
    });
    expect((await rig.list()).status).toBe(200);
    for (const reply of [await rig.get(id), await rig.get(id)]) {
      expect(reply).toMatchObject({ status: 503, body: { why: [1, null] } });
      expect(reply.headers.get('retry-after')).toBe('7');
      expect(reply.headers.get('content-type')).toBe('application/json');
    }
    expect((await rig.get(id)).status).toBe(200);
  });

  it.each([
    ['authorize', () => rig.signInWithApiToken('t')],
    ['getTask', () => rig.get('t')],
    ['listTasks', () => rig.list()],
    ['cancelTask', () => rig.cancel('t')],
  ])('reach %s by its name', async (operation, call) => {
    await rig.list();
    await fault({ operation, times: 1, status: 418 });
    expect((await call()).status).toBe(418);
  });

  it('reach any operation without a name', async () => {
    await rig.list();
    await fault({ times: 4, status: 502 });
    const replies = [await rig.signInWithApiToken('t'), await rig.get('t'), await rig.list(), await rig.cancel('t')];
    expect(replies.map(({ status }) => status)).toEqual([502, 502, 502, 502]);
    expect((await rig.list()).status).toBe(200);
  });

  it('with a taskId meet only calls that name it', async () => {
    const [met, spared] = [await rig.addTask(), await rig.addTask()];
    await fault({ taskId: met, times: 1, status: 500 });
    expect((await rig.list()).status).toBe(200);
    expect((await rig.get(spared)).status).toBe(200);
    expect((await rig.get(met)).status).toBe(500);
  });

  it('are used up in the order in which they were added', async () => {
    await rig.list();
    await fault({ operation: 'listTasks', times: 1, status: 500 });
    await fault({ times: 1, status: 429 });
    expect([(await rig.list()).status, (await rig.list()).status, (await rig.list()).status]).toEqual([500, 429, 200]);
  });

  it('stand before the token check, as a gateway does', async () => {
    await fault({ operation: 'listTasks', times: 1, status: 504 });
    expect((await rig.apiAs('no-token', 'GET', `/orgs/${ORG}/tasks`)).status).toBe(504);
  });

  it('send a text as it is, nothing where there is no body, and null as JSON', async () => {
    await rig.list();
    await fault({ times: 1, status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>Bad Gateway</h1>' });
    await fault({ times: 1, status: 502, body: 'Bad Gateway' });
    await fault({ times: 1, status: 502 });
    await fault({ times: 1, status: 200, body: null });
    const replies = [await rig.get('t'), await rig.get('t'), await rig.get('t'), await rig.get('t')];
    expect(replies.map(({ text, headers }) => [text, headers.get('content-type')])).toEqual([
      ['<h1>Bad Gateway</h1>', 'text/html'],
      ['Bad Gateway', 'text/plain'],
      ['', null],
      ['null', 'application/json'],
    ]);
  });

  it('answer with 200 where there is only a body', async () => {
    const id = await rig.addTask();
    await rig.list();
    await fault({ operation: 'getTask', times: 1, body: { id, status: 'PAUSED' } });
    expect(await rig.get(id)).toMatchObject({ status: 200, body: { id, status: 'PAUSED' } });
  });

  it('keep a cancel that they answer from the task', async () => {
    const id = await rig.addTask();
    await fault({ operation: 'cancelTask', times: 1, status: 200, body: 'no task' });
    expect((await rig.cancel(id)).text).toBe('no task');
    expect((await rig.get(id)).body).toMatchObject({ status: 'STARTED' });
  });

  it('drop the connection, keep a dropped cancel from the task, and log it without a status', async () => {
    const id = await rig.addTask();
    await rig.list();
    await fault({ operation: 'cancelTask', times: 1, drop: true });
    await expect(rig.cancel(id)).rejects.toThrow();
    expect((await rig.get(id)).body).toMatchObject({ status: 'STARTED' });
    expect(await statusesOf('cancelTask')).toEqual([null]);
  });

  it('delay the answer of a fault, or its drop', async () => {
    const id = await rig.addTask();
    await rig.list();
    await fault({ operation: 'getTask', times: 1, status: 503, delayMs: 40 });
    await fault({ operation: 'getTask', times: 1, drop: true, delayMs: 40 });
    const beganMs = performance.now();
    expect((await rig.get(id)).status).toBe(503);
    const answeredMs = performance.now();
    await expect(rig.get(id)).rejects.toThrow();
    // A timer may fire a moment early.
    expect(answeredMs - beganMs).toBeGreaterThan(38);
    expect(performance.now() - answeredMs).toBeGreaterThan(38);
  });

  it('that only delay leave the answer as it is, and the cancel reaches the task', async () => {
    const id = await rig.addTask();
    await fault({ operation: 'cancelTask', times: 1, delayMs: 40 });
    const beganMs = performance.now();
    expect(await rig.cancel(id)).toMatchObject({ status: 200, body: { status: 'CANCELING' } });
    expect(performance.now() - beganMs).toBeGreaterThan(38);
  });

  it('that delay for longer than the client waits do no harm: the cancel was heard, and is logged without a status', async () => {
    const id = await rig.addTask();
    await rig.list();
    await fault({ operation: 'cancelTask', times: 1, delayMs: FOR_EVER_MS });
    const client = new AbortController();
    const answer = rig.cancel(id, { signal: client.signal });
    while ((await statusesOf('cancelTask')).length === 0);
    client.abort();
    await expect(answer).rejects.toThrow();
    expect((await rig.get(id)).body).toMatchObject({ status: 'CANCELING' });
    expect(await statusesOf('cancelTask')).toEqual([null]);
  });

  it('that delay do not hold up the closing of the simulator', async () => {
    await fault({ operation: 'authorize', times: 1, delayMs: FOR_EVER_MS });
    const answer = rig.signInWithApiToken('t').catch(() => 'dropped');
    while ((await statusesOf('authorize')).length === 0);
    await rig.stop();
    expect(await answer).toBe('dropped');
    await rig.start();
  });

  it('never meet the controls', async () => {
    await fault({ times: 1, status: 500 });
    expect((await rig.control('GET', '/calls')).status).toBe(200);
    expect((await send(`${rig.simulator.apiUrl}/orgs/${ORG}/tasks`)).status).toBe(500);
  });
});

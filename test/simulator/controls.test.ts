import { describe, expect, it } from '@jest/globals';
import { ORG, send, useRig } from './rig';

describe('the controls', () => {
  const rig = useRig();

  const refusal = (...problems: (string | RegExp)[]) => ({
    status: 400,
    body: { problems: problems.map((problem) => expect.stringMatching(problem)) },
  });

  describe('POST /tasks', () => {
    it('answers 201 with the task as the API shows it', async () => {
      const reply = await rig.control('POST', '/tasks', { orgId: ORG, taskId: 'mine', script: {} });
      expect(reply).toMatchObject({ status: 201, body: { id: 'mine', org_id: ORG, task_type: 'SDDC-PROVISION' } });
      expect(reply.body).toEqual((await rig.get('mine')).body);
    });

    it('makes up an id where none is given, each time another', async () => {
      expect(await rig.addTask()).not.toBe(await rig.addTask());
    });

    it('needs no script', async () => {
      expect((await rig.control('POST', '/tasks', { orgId: ORG })).status).toBe(201);
    });

    it('refuses an id that the organization has, and takes it for another organization', async () => {
      await rig.control('POST', '/tasks', { orgId: ORG, taskId: 'mine', script: {} });
      expect((await rig.control('POST', '/tasks', { orgId: ORG, taskId: 'mine', script: {} })).status).toBe(409);
      expect((await rig.control('POST', '/tasks', { orgId: 'another', taskId: 'mine', script: {} })).status).toBe(201);
    });

    it('names every problem of a body', async () => {
      const body = { taskId: '', color: 'red', script: { onCancel: 'explode', settlesAfterMs: '3s', settlesAt: 1 } };
      expect(await rig.control('POST', '/tasks', body)).toMatchObject(
        refusal(
          /^orgId: /,
          /^taskId: /,
          /^script\.onCancel: /,
          /^script\.settlesAfterMs: /,
          /^script: .*settlesAt/,
          /color/,
        ),
      );
      expect(await rig.listedIds()).toEqual([]);
    });
  });

  describe('POST /faults', () => {
    it('gives each fault an id of its own', async () => {
      const fault = { times: 1, status: 503 };
      const [first, second] = [
        await rig.control('POST', '/faults', fault),
        await rig.control('POST', '/faults', fault),
      ];
      expect(first).toMatchObject({ status: 201, body: { id: expect.any(String) } });
      expect(second.body).not.toEqual(first.body);
    });

    it.each([
      [{ status: 503 }, /^times: /],
      [{ times: 0, status: 503 }, /^times: /],
      [{ times: 1 }, /^body: needs a status, a body, a delayMs or a drop/],
      [{ times: 1, drop: false }, /^body: needs a status/],
      [{ times: 1, drop: true, status: 503 }, /^drop: /],
      [{ times: 1, headers: { 'Retry-After': 5 } }, /^headers: need a status or a body/],
      [{ times: 1, status: 99 }, /^status: /],
      [{ times: 1, status: 503, headers: { 'a b': '1' } }, /^headers: /],
      [{ times: 1, status: 503, headers: { a: 'line\nbreak' } }, /^headers: /],
      [{ times: 1, status: 503, operation: 'deleteTask' }, /^operation: /],
      [{ times: 1, status: 503, delay: 5 }, /delay/],
    ])('refuses %j', async (fault, problem) => {
      expect(await rig.control('POST', '/faults', fault)).toMatchObject(refusal(problem));
      expect((await rig.list()).status).toBe(200);
    });
  });

  describe('GET /calls', () => {
    it('tells every API and sign-in call in order, the refused ones as well, and no control', async () => {
      const id = await rig.addTask();
      const token = await rig.accessToken();
      await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks?$filter=version%20eq%201`);
      await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks/${id}`);
      rig.nowMs += 1_500;
      await rig.apiAs(token, 'POST', `/orgs/${ORG}/tasks/${id}?action=cancel`);
      await rig.apiAs('wrong', 'POST', `/orgs/${ORG}/tasks/nowhere?action=stop`);
      const [at, later] = ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:01.500Z'];
      const tasks = `/vmc/api/orgs/${ORG}/tasks`;
      expect((await rig.control('GET', '/calls')).body).toEqual([
        {
          at,
          operation: 'authorize',
          method: 'POST',
          path: '/csp/gateway/am/api/auth/api-tokens/authorize',
          orgId: null,
          taskId: null,
          status: 200,
        },
        {
          at,
          operation: 'listTasks',
          method: 'GET',
          path: `${tasks}?$filter=version%20eq%201`,
          orgId: ORG,
          taskId: null,
          status: 200,
        },
        { at, operation: 'getTask', method: 'GET', path: `${tasks}/${id}`, orgId: ORG, taskId: id, status: 200 },
        {
          at: later,
          operation: 'cancelTask',
          method: 'POST',
          path: `${tasks}/${id}?action=cancel`,
          orgId: ORG,
          taskId: id,
          status: 200,
        },
        {
          at: later,
          operation: 'cancelTask',
          method: 'POST',
          path: `${tasks}/nowhere?action=stop`,
          orgId: ORG,
          taskId: 'nowhere',
          status: 401,
        },
      ]);
    });

    it('keeps no token, wherever the client put it', async () => {
      const url = `${rig.simulator.cspUrl}/csp/gateway/am/api/auth/api-tokens/authorize?refresh_token=in-the-query`;
      await send(url, { method: 'POST', body: new URLSearchParams({ refresh_token: 'in-the-form' }) });
      const token = await rig.accessToken();
      await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks`);
      const { text } = await rig.control('GET', '/calls');
      for (const secret of ['in-the-query', 'in-the-form', token]) expect(text).not.toContain(secret);
    });

    it('is an empty list at first', async () => {
      expect((await rig.control('GET', '/calls')).body).toEqual([]);
    });
  });

  describe('PATCH /settings', () => {
    it('changes what it names, leaves the rest, and answers with all of them', async () => {
      await rig.control('PATCH', '/settings', { accessTokenTtlSeconds: 60 });
      expect(await rig.control('PATCH', '/settings', { apiTokens: ['a'] })).toMatchObject({
        status: 200,
        body: { accessTokenTtlSeconds: 60, apiTokens: ['a'], latencyMs: 0 },
      });
    });

    it('slows every answer down by latencyMs, a sign-in and a fault too', async () => {
      await rig.control('PATCH', '/settings', { latencyMs: 30 });
      await rig.control('POST', '/faults', { operation: 'listTasks', times: 1, status: 503 });
      const beganMs = performance.now();
      expect((await rig.list()).status).toBe(503);
      // Two answers; a timer may fire a moment early.
      expect(performance.now() - beganMs).toBeGreaterThan(56);
    });

    it('names every problem and changes nothing', async () => {
      const bad = { accessTokenTtlSeconds: 0, apiTokens: 'a', latencyMs: -1, pace: 'slow' };
      expect(await rig.control('PATCH', '/settings', bad)).toMatchObject(
        refusal(/^accessTokenTtlSeconds: /, /^apiTokens: /, /^latencyMs: /, /pace/),
      );
      expect((await rig.control('PATCH', '/settings', {})).body).toEqual({
        accessTokenTtlSeconds: 1_799,
        apiTokens: null,
        latencyMs: 0,
      });
    });
  });

  describe('DELETE', () => {
    it('forgets tasks, calls, faults and settings', async () => {
      await rig.addTask();
      await rig.control('PATCH', '/settings', { apiTokens: ['only-this'] });
      await rig.signInWithApiToken('only-this');
      await rig.control('POST', '/faults', { times: 9, status: 500 });
      expect((await rig.control('DELETE', '')).status).toBe(200);
      expect((await rig.control('GET', '/calls')).body).toEqual([]);
      expect(await rig.list()).toMatchObject({ status: 200, body: [] });
    });

    it('takes no access token back: a client that is signed in goes on', async () => {
      const token = await rig.accessToken();
      await rig.control('DELETE', '');
      expect((await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks`)).status).toBe(200);
    });
  });

  it.each(['{', '"text"', '[]'])('refuse the body %j', async (body) => {
    const reply = await send(`${rig.simulator.url}/_simulator/tasks`, { method: 'POST', body });
    expect(reply).toMatchObject(refusal(/^body: /));
  });

  it('read a body as JSON whatever its type, so that curl -d is enough', async () => {
    const reply = await send(`${rig.simulator.url}/_simulator/tasks`, {
      method: 'POST',
      body: JSON.stringify({ orgId: ORG, script: {} }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(reply.status).toBe(201);
  });
});

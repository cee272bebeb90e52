import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '../stage/until';
import type { Disturbance, Rule } from './proxy';
import { markOf, Proxy } from './proxy';

const TASK = '/vmc/api/orgs/org-1/tasks/task-1';
const ANSWER = { id: 'task-1', status: 'STARTED' };
const ALL: Rule['operations'] = ['authorize', 'getTask', 'listTasks', 'cancelTask'];
const LONG_MS = 60_000;

let api: Server;
let heard: string[];
let proxy: Proxy;
let url: string;
beforeEach(async () => {
  heard = [];
  api = createServer((request, response) => {
    heard.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
  }).listen(0, '127.0.0.1');
  await once(api, 'listening');
  proxy = new Proxy('p', { host: '127.0.0.1', port: (api.address() as AddressInfo).port });
  url = await proxy.listen();
});
afterEach(async () => {
  await proxy.close();
  api.closeAllConnections();
  api.close();
});

function disturb(disturbance: Disturbance, more: Partial<Rule> = {}): () => void {
  return proxy.disturb({ operations: ALL, share: 1, random: () => 0.25, disturbance: () => disturbance, ...more });
}

async function call(path = TASK, init: RequestInit = {}): Promise<unknown> {
  return await (await fetch(`${url}${path}`, init)).json();
}

function marks(): (string | null)[] {
  return heard.map((line) => markOf(line.split(' ')[1] ?? ''));
}

describe('the proxy of a campaign', () => {
  it('passes a call and its answer on, and marks the call in the log of the API', async () => {
    expect(await call(`${TASK}?action=cancel`, { method: 'POST', body: '{}' })).toEqual(ANSWER);
    expect(heard).toEqual([`POST ${TASK}?action=cancel&proxied=p-1`]);
    const ids = { orgId: 'org-1', taskId: 'task-1' };
    expect(proxy.calls).toMatchObject([{ mark: 'p-1', operation: 'cancelTask', ...ids, isAnswered: true }]);
  });

  it.each([
    ['POST', `${TASK}?action=cancel`, 'cancelTask'],
    ['GET', TASK, 'getTask'],
    ['GET', "/vmc/api/orgs/org-1/tasks?$filter=status eq 'STARTED'", 'listTasks'],
    ['POST', '/csp/gateway/am/api/auth/api-tokens/authorize', 'authorize'],
  ])('knows %s %s as %s', async (method, path, operation) => {
    await call(path, { method });
    expect(proxy.calls).toMatchObject([{ operation }]);
  });

  it('disturbs the calls that a rule concerns, in their share, until the rule ends', async () => {
    const end = disturb({ kind: 'cut', isSent: false }, { operations: ['getTask'], share: 0.3 });
    await expect(call()).rejects.toThrow();
    expect(await call(TASK, { method: 'POST' })).toEqual(ANSWER);
    end();
    expect(await call()).toEqual(ANSWER);
    disturb({ kind: 'cut', isSent: false }, { share: 0.2 });
    expect(await call()).toEqual(ANSWER);
  });

  it('answers in the place of the API, which does not hear of the call', async () => {
    disturb({ kind: 'answer', status: 429, headers: { 'retry-after': '3' }, body: '{}' });
    const answer = await fetch(`${url}${TASK}`);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '3']);
    expect(heard).toEqual([]);
    expect(proxy.calls).toMatchObject([{ forgedStatus: 429 }]);
  });

  it.each(['cut', 'reset'] as const)('ends the connection (%s), before or after the API has heard', async (kind) => {
    const end = disturb({ kind, isSent: false });
    await expect(call()).rejects.toThrow();
    expect(heard).toEqual([]);
    end();
    disturb({ kind, isSent: true });
    await expect(call()).rejects.toThrow();
    expect(marks()).toEqual(['p-2']);
    expect(proxy.calls).toMatchObject([{ isAnswered: false }, { isAnswered: false }]);
  });

  it('sends a part of an answer', async () => {
    disturb({ kind: 'truncate' });
    const answer = await fetch(`${url}${TASK}`);
    expect(answer.status).toBe(200);
    await expect(answer.text()).rejects.toThrow();
    expect(proxy.calls).toMatchObject([{ isAnswered: false }]);
  });

  it('leaves a call without an answer until the rule ends', async () => {
    const end = disturb({ kind: 'hang', isSent: true });
    const unanswered = call().catch(() => 'ended');
    await until(() => heard.length === 1);
    end();
    expect(await unanswered).toBe('ended');
  });

  it('sends a call twice, and gives one answer', async () => {
    disturb({ kind: 'duplicate' });
    expect(await call()).toEqual(ANSWER);
    expect(marks()).toEqual(['p-2', 'p-1']);
    expect(proxy.calls).toMatchObject([{ mark: 'p-1', copyMark: 'p-2', isAnswered: true }]);
  });

  it('holds a call until another one was answered', async () => {
    const end = disturb({ kind: 'hold', mostMs: LONG_MS }, { operations: ['getTask'] });
    const held = call();
    await until(() => proxy.calls.length === 1);
    await call(TASK, { method: 'POST' });
    expect(await held).toEqual(ANSWER);
    expect(marks()).toEqual(['p-2', 'p-1']);
    end();
  });

  it('sends an answer in pieces', async () => {
    disturb({ kind: 'slow', forMs: 50 });
    expect(await call()).toEqual(ANSWER);
  });

  it('records no answer for a caller that left, and forwards its call all the same', async () => {
    disturb({ kind: 'delay', mostMs: 400 });
    const leaving = new AbortController();
    const left = call(TASK, { signal: leaving.signal }).catch(() => 'left');
    await until(() => proxy.calls.length === 1);
    leaving.abort();
    expect(await left).toBe('left');
    await until(() => heard.length === 1);
    expect(proxy.calls).toMatchObject([{ isAnswered: false }]);
  });

  it('ends the connection where the API is away', async () => {
    api.close();
    api.closeAllConnections();
    await expect(call()).rejects.toThrow();
  });

  it('knows what was presented, and quotes an access token where a rule says so', async () => {
    await call('/csp/gateway/am/api/auth/api-tokens/authorize', {
      method: 'POST',
      body: new URLSearchParams({ refresh_token: 'canary-api' }),
    });
    disturb({ kind: 'echo' });
    const echo = (await call(TASK, { headers: { 'csp-auth-token': 'canary-access' } })) as object;
    expect([...proxy.secrets]).toEqual(['canary-api', 'canary-access']);
    expect(JSON.stringify(echo)).toContain('canary-access');
    expect(echo).toMatchObject({ retryable: true, status: 503 });
    expect(proxy.calls.at(-1)).toMatchObject({ forgedStatus: 503 });
  });

  it('shows a task as over before it is', async () => {
    disturb({ kind: 'premature' });
    expect(await call()).toEqual({ ...ANSWER, status: 'FAILED' });
    expect(heard).toHaveLength(1);
  });

  it('disturbs one organization alone where the rule names it', async () => {
    disturb({ kind: 'premature' }, { orgId: 'org-2' });
    expect(await call()).toEqual(ANSWER);
    expect(await call(TASK.replace('org-1', 'org-2'))).toEqual({ ...ANSWER, status: 'FAILED' });
  });
});

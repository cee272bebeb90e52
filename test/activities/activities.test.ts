import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { VmcPort } from '../../activities/port';
import type { VmcClient } from '../../vmc/api/client';
import { createVmcClient } from '../../vmc/api/client';
import type { Reply } from '../vmc/scriptedServer';
import { ScriptedServer } from '../vmc/scriptedServer';

const IDS = { orgId: 'org-1', taskId: 'task-1' };
const TASK_PATH = '/vmc/api/orgs/org-1/tasks/task-1';
const TASK = { id: 'task-1', status: 'CANCELING', params: { password: 'canary-of-params' } };
const API_TOKEN = 'canary-api-token';
const ACCESS_TOKEN = 'canary-access-token';

let server: ScriptedServer;
let vmc: VmcClient;
let reply: Reply;
let logged: unknown[];

beforeEach(async () => {
  reply = { body: TASK };
  logged = [];
  server = await ScriptedServer.start(({ url }) =>
    url.includes('/auth/') ? { body: { access_token: ACCESS_TOKEN, expires_in: 1799 } } : reply,
  );
  vmc = createVmcClient({
    configuration: {
      apiUrl: `${server.url}/vmc/api`,
      cspUrl: server.url,
      credentials: { path: null, content: { default: { apiToken: API_TOKEN } } },
    },
  });
});

afterEach(async () => {
  vmc.close();
  await server.stop();
});

function environment(startToCloseTimeoutMs = 30_000): MockActivityEnvironment {
  const logger = new DefaultLogger('TRACE', (entry) => logged.push(entry));
  return new MockActivityEnvironment({ startToCloseTimeoutMs }, { logger });
}

function activities(port: VmcPort = vmc) {
  return createActivities(port);
}

/** The failure as the workflow sees it, plain. */
async function failureOf(run: Promise<unknown>): Promise<unknown> {
  const outcome = await run.then(
    (value: unknown) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if (!('error' in outcome)) throw new Error(`expected a failure, got ${JSON.stringify(outcome.value)}`);
  return outcome.error;
}

function refusal(httpStatus: number, retryable: boolean): Reply {
  const body = {
    status: httpStatus,
    path: '/x',
    retryable,
    error_code: 'task.cancel',
    error_messages: ['cannot cancel'],
  };
  return { status: httpStatus, body };
}

describe('requestCancel', () => {
  it('posts the cancel once and returns the task of the answer, without its params', async () => {
    const answer = await environment().run(activities().requestCancel, IDS);
    expect(answer).toMatchObject({ kind: 'accepted', task: { id: 'task-1', status: 'CANCELING' } });
    expect(JSON.stringify(answer)).not.toContain('canary');
    expect(server.callsTo(TASK_PATH).map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${TASK_PATH}?action=cancel`,
    ]);
  });

  it('returns a refusal as an answer', async () => {
    reply = refusal(400, false);
    expect(await environment().run(activities().requestCancel, IDS)).toEqual({
      kind: 'refused',
      refusal: { httpStatus: 400, errorCode: 'task.cancel', messages: ['cannot cancel'] },
    });
  });

  it('makes one call and fails retryably, with the failure whole in its details, when the API is unavailable', async () => {
    reply = { status: 503, headers: { 'retry-after': '7' } };
    const failure = await failureOf(environment().run(activities().requestCancel, IDS));
    expect(failure).toMatchObject({
      name: 'ApplicationFailure',
      type: 'Unavailable',
      nonRetryable: false,
      category: 'BENIGN',
    });
    expect(failure).toHaveProperty('details', [
      expect.objectContaining({ type: 'Unavailable', retryable: true, httpStatus: 503, retryAfterMs: 7_000 }),
    ]);
    expect(server.callsTo(TASK_PATH)).toHaveLength(1);
  });
});

describe('getTaskStatus', () => {
  it('returns the task', async () => {
    expect(await environment().run(activities().getTaskStatus, IDS)).toMatchObject({
      id: 'task-1',
      status: 'CANCELING',
    });
    expect(server.callsTo(TASK_PATH)[0]?.method).toBe('GET');
  });

  it('says to the port whether it is to go out alone', async () => {
    const asked: unknown[] = [];
    const port: VmcPort = {
      ...vmc,
      getTask: (read, limits) => {
        asked.push(read);
        return vmc.getTask(read, limits);
      },
    };
    for (const read of [IDS, { ...IDS, alone: true }]) await environment().run(activities(port).getTaskStatus, read);
    expect(asked).toEqual([IDS, { ...IDS, alone: true }]);
  });

  it('fails not retryably when credentials are refused', async () => {
    reply = { status: 403 };
    expect(await failureOf(environment().run(activities().getTaskStatus, IDS))).toMatchObject({
      type: 'Forbidden',
      nonRetryable: true,
    });
  });

  it('gives up on an API that does not answer before its own time is over', async () => {
    reply = { hold: new Promise(() => undefined) };
    const startedAtMs = Date.now();
    const failure = await failureOf(environment(1_200).run(activities().getTaskStatus, IDS));
    expect(failure).toMatchObject({ type: 'Timeout', nonRetryable: false });
    expect(Date.now() - startedAtMs).toBeLessThan(1_200);
  });
});

describe('the time limit of a call', () => {
  it.each([
    [30_000, 29_000],
    [1_500, 750],
    [100, 50],
  ])('is below the %i ms that the activity has: %i ms', async (startToCloseTimeoutMs, expectedMs) => {
    let timeLimitMs = NaN;
    const port: VmcPort = {
      ...vmc,
      getTask: (ids, limits) => {
        ({ timeLimitMs } = limits);
        // What is looked at is the limit; a loaded machine has not to keep to it.
        return vmc.getTask(ids, { ...limits, timeLimitMs: 30_000 });
      },
    };
    await environment(startToCloseTimeoutMs).run(activities(port).getTaskStatus, IDS);
    expect(timeLimitMs).toBe(expectedMs);
  });
});

it('ends as cancelled when the activity is cancelled during the call', async () => {
  reply = { hold: new Promise(() => undefined) };
  const running = environment();
  const failure = failureOf(running.run(activities().requestCancel, IDS));
  await until(() => server.callsTo(TASK_PATH).length === 1);
  running.cancel('CANCELLED');
  expect(await failure).toMatchObject({ name: 'CancelledFailure' });
});

it('tells nothing of an error that nobody foresaw but that there was one, and logs it', async () => {
  const unforeseen = Object.assign(new Error('boom'), { config: { headers: { 'csp-auth-token': ACCESS_TOKEN } } });
  const port: VmcPort = { cancelTask: () => Promise.reject(unforeseen), getTask: () => Promise.reject(unforeseen) };
  const failure = await failureOf(environment().run(activities(port).requestCancel, IDS));
  expect(failure).toMatchObject({ name: 'ApplicationFailure', type: 'Unavailable', nonRetryable: false });
  expect(failure).toHaveProperty('details', [expect.objectContaining({ type: 'Unavailable', retryable: true })]);
  expect(failure).not.toHaveProperty('message', expect.stringContaining('boom'));
  expect(failure).not.toHaveProperty('cause', expect.anything());
  const log = JSON.stringify(logged, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  expect(log).toContain('boom');
  expect(log).not.toContain(ACCESS_TOKEN);
});

async function until(condition: () => boolean): Promise<void> {
  const giveUpAtMs = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > giveUpAtMs) throw new Error('the condition was not met within 10 s');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

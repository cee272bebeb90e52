import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { SENSITIVE_MARK } from '../../simulator/taskDocument';
import { progressQuery } from '../../workflows/contract';
import type { Handle, World } from './world';
import { createWorld, errorResponse, failureOf, TEST_API_TOKEN } from './world';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.tearDown());

/** A history, and what its payloads hold: they are base64 in it. */
async function historyOf(handle: Handle): Promise<string> {
  const json = historyToJSON(await handle.fetchHistory());
  const texts: string[] = [];
  JSON.parse(json, (key, value: unknown) => {
    if (key === 'data' && typeof value === 'string') texts.push(Buffer.from(value, 'base64').toString());
    return value;
  });
  return [json, ...texts].join('\n');
}

it('no token and none of the params of a task are in a history, a result or a progress, whatever the API answers', async () => {
  const ids = await world.addTask({ settlesAfterMs: 30 * 60_000 });
  const { taskId } = ids;
  const leak = {
    ...errorResponse(503, true),
    error_messages: [`token ${TEST_API_TOKEN} is busy`],
    params: SENSITIVE_MARK,
  };
  await world.addFault({ operation: 'cancelTask', taskId, times: 1, status: 503, body: leak });
  await world.addFault({ operation: 'cancelTask', taskId, times: 1, status: 429, body: `plain ${TEST_API_TOKEN}` });
  const handle = await world.start(ids);
  await world.environment.sleep('1m');
  await world.addFault({ operation: 'getTask', taskId, times: 1, status: 401, body: { error: TEST_API_TOKEN } });
  await world.addFault({ operation: 'getTask', taskId, times: 1, status: 400, body: { ...leak, retryable: false } });
  await world.addFault({
    operation: 'getTask',
    taskId,
    times: 1,
    status: 200,
    body: { id: taskId, status: `X${TEST_API_TOKEN}`, params: SENSITIVE_MARK },
  });
  await world.environment.sleep('5m');
  const progress = await handle.query(progressQuery);
  const result = await handle.result();
  const everything = [await historyOf(handle), JSON.stringify(result), JSON.stringify(progress)].join('\n');
  expect(everything).toContain(taskId);
  expect(everything).toContain('is busy');
  expect(everything).not.toContain(TEST_API_TOKEN);
  expect(everything).not.toContain(SENSITIVE_MARK);
  expect(everything).not.toMatch(/csp-auth-token|authorization: /i);
});

it('no token is in the failure of a run whose task has vanished', async () => {
  const ids = await world.addTask({ settlesAfterMs: 30 * 60_000 });
  const body = { ...errorResponse(404, false), error_messages: [`token ${TEST_API_TOKEN} sees nothing`] };
  const handle = await world.start(ids);
  await world.environment.sleep('1m');
  await world.addFault({ operation: 'getTask', taskId: ids.taskId, times: 10, status: 404, body });
  expect(await failureOf(handle.result())).toMatchObject({
    type: 'TaskVanished',
    message: expect.stringContaining('token [secret] sees nothing'),
  });
  expect(await historyOf(handle)).not.toContain(TEST_API_TOKEN);
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { progressQuery } from '../../workflows/contract';
import type { cancelTask } from '../../workflows';
import type { DevServerEnvironment } from '../environment/temporal';
import { devServerEnvironment } from '../environment/temporal';
import type { World } from './world';
import { createWorld } from './world';

const SUGGESTED_EVENTS = 300;

let server: DevServerEnvironment;
let world: World;
beforeAll(async () => {
  server = await devServerEnvironment({
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': SUGGESTED_EVENTS },
  });
  world = await createWorld(server.environment, false);
});
afterAll(async () => {
  await world.tearDown();
  await server.teardown();
});

it('operators whose calls always overlap keep a run from continuing as new only up to twice the suggested events', async () => {
  const ids = await world.addTask({ onCancel: 'ignore' });
  // Each call takes long enough for the next one to begin within it.
  await world.addFault({ taskId: ids.taskId, times: 10_000, delayMs: 100 });
  const { workflowId } = await world.start(ids);
  const { client } = server.environment;
  const handle = client.workflow.getHandle<typeof cancelTask>(workflowId);
  const { runId } = await handle.describe();
  let refusals = 0;
  let accepted = 0;
  let continued = false;
  const operate = async (update: string) => {
    while (!continued) {
      try {
        await handle.executeUpdate(update);
        accepted += 1;
      } catch (error) {
        if (!(error instanceof WorkflowUpdateFailedError)) throw error;
        expect(error.cause?.message).toContain('send it again in a moment');
        refusals += 1;
      }
      continued = (await handle.describe()).runId !== runId;
    }
  };
  await Promise.all(['pollNow', 'reissueCancel', 'reissueCancel', 'pollNow', 'reissueCancel'].map(operate));

  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  expect(events?.length).toBeGreaterThan(1.8 * SUGGESTED_EVENTS);
  // The run notes the suggestion at its next call, and the calls in flight still end.
  expect(events?.length).toBeLessThan(2.5 * SUGGESTED_EVENTS);
  expect(refusals).toBeGreaterThan(0);
  // Every accepted cancel was sent: nothing is lost on the way.
  const { cancelRequests } = await handle.query(progressQuery);
  expect(cancelRequests).toBe((await world.callsOf(ids, 'cancelTask')).length);
  expect(accepted).toBeGreaterThan(10);
  await handle.executeUpdate('stopMonitoring');
});

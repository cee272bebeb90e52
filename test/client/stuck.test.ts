import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { NoWorkerError, StuckError } from '../../client';
import { startOtherBuild } from '../stage/otherBuild/worker';
import { Stage } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin({
    dynamicConfig: { 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 100 },
  });
}, 180_000);
afterAll(() => stage.end());

it('a run at which a worker fails is stuck before Temporal reports it, and not without a worker', async () => {
  const stopOtherBuild = await startOtherBuild(stage.server.address);
  const { workflowId } = await stage.started();
  await until(async () => (await stage.temporal('workflow', 'show', '-w', workflowId)).includes('TimerStarted'));
  await stopOtherBuild();
  await expect(stage.client.progress(workflowId)).rejects.toBeInstanceOf(NoWorkerError);

  await stage.startWorker();
  await stage.temporal('workflow', 'signal', '-w', workflowId, '--name', 'any');
  let error: unknown;
  await until(async () => {
    error = await stage.client.progress(workflowId).catch((thrown: unknown) => thrown);
    return error instanceof StuckError;
  });
  expect(error).toMatchObject({ workflowId, message: expect.stringMatching(/task failed.*log of the worker/) });
  expect(await stage.client.describe(workflowId)).not.toHaveProperty('halted');
}, 120_000);

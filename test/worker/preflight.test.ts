import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { ORG, Stage } from '../stage/stage';
import { ChildProcess } from '../stage/childProcess';
import { until } from '../stage/until';
import { TemporalConnection, settingsOf } from '../../temporal/connection';

const BUILD = { deploymentName: 'cancellations', buildId: 'b1' };

let stage: Stage;
let temporal: TemporalConnection;
let count = 0;
beforeAll(async () => {
  stage = await Stage.begin();
  temporal = await TemporalConnection.open(await settingsOf({ address: stage.server.address, env: {} }));
}, 180_000);
afterEach(async () => {
  await ChildProcess.killAll();
  await stage.controls.reset();
});
afterAll(async () => {
  await temporal.close();
  await stage.end();
});

/** As a controller starts it: on the build that is to be promoted. Null: it passed. */
async function preflight(...args: unknown[]): Promise<{ type: unknown; message: string } | null> {
  count += 1;
  const handle = await temporal.client.workflow.start('preflight', {
    args,
    taskQueue: temporal.taskQueue,
    workflowId: `preflight-${count}`,
    versioningOverride: { pinnedTo: BUILD },
  });
  try {
    await handle.result();
    return null;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { type, message } = error.cause as ApplicationFailure;
    return { type, message };
  }
}

async function startBuild(environment: Record<string, string> = {}): Promise<void> {
  const { deploymentName, buildId } = BUILD;
  const build = { TEMPORAL_DEPLOYMENT_NAME: deploymentName, TEMPORAL_WORKER_BUILD_ID: buildId };
  await stage.startWorker({ ...build, ...environment });
  // Temporal knows a build once it polls.
  const version = ['--deployment-name', deploymentName, '--build-id', buildId];
  await until(() =>
    stage.temporal('worker', 'deployment', 'describe-version', ...version).then(
      (text) => text.includes(temporal.taskQueue),
      () => false,
    ),
  );
}

describe('a preflight', () => {
  it('passes on a build that signs in and may read, before it is promoted', async () => {
    await startBuild();
    expect(await preflight({ orgId: ORG })).toBeNull();
    expect(await preflight()).toBeNull();
    expect(await preflight(null)).toBeNull();
    const calls = await stage.controls.calls();
    expect(calls.filter(({ operation }) => operation === 'cancelTask')).toEqual([]);
    expect(calls.filter(({ operation }) => operation === 'listTasks')).toHaveLength(1);
  });

  it.each([
    [401, 'Unauthorized'],
    [403, 'Forbidden'],
    [503, 'Unavailable'],
  ])('fails, by the name of the trouble, where the API answers %d', async (status, type) => {
    await startBuild();
    await stage.controls.addFault({ operation: 'listTasks', times: 20, status, body: '' });
    expect(await preflight({ orgId: ORG })).toMatchObject({ type });
  });

  it('fails where the sign-in is refused, with an organization and without', async () => {
    await startBuild();
    await stage.controls.changeSettings({ apiTokens: ['another'] });
    expect(await preflight()).toMatchObject({ type: 'Unauthorized' });
    expect(await preflight({ orgId: ORG })).toMatchObject({ type: 'Unauthorized' });
  });

  it('goes on after an answer that says to try again', async () => {
    await startBuild();
    await stage.controls.addFault({ operation: 'listTasks', times: 1, status: 503, body: '' });
    expect(await preflight({ orgId: ORG })).toBeNull();
  });

  it.each([[{ orgId: '../x' }], [{ orgId: 7 }], [{ org: ORG }], ['x'], [[]]])('refuses the input %j', async (input) => {
    await startBuild();
    expect(await preflight(input)).toMatchObject({ type: 'InvalidInput' });
  });
});

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { built } from '../environment/build';
import { ChildProcess } from '../stage/childProcess';
import { startOtherBuild } from '../stage/otherBuild/worker';
import { FAST, Stage } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterAll(() => stage.end());

async function replayed() {
  return await new ChildProcess([process.execPath, built('worker/replay.js')], stage.environment).ended;
}

async function openRuns(): Promise<number> {
  return (await stage.client.list({ status: 'running' })).length;
}

it('a build replays the open runs of the namespace, and names those that it would leave stuck', async () => {
  expect(await replayed()).toMatchObject({ code: 0, stdout: '0 open runs replayed, 0 failed\n', stderr: '' });

  const worker = await stage.startWorker();
  const runs = await Promise.all(Array.from({ length: 3 }, () => stage.started({ onCancel: 'ignore' }, FAST)));
  for (const ids of runs) await stage.untilProgress(ids, ({ polls }) => polls >= 2);
  const over = await stage.started({ settlesAfterMs: 0 });
  await stage.client.result(over.workflowId);
  await until(async () => (await openRuns()) === 3);
  expect(await replayed()).toMatchObject({ code: 0, stdout: '3 open runs replayed, 0 failed\n', stderr: '' });

  // Anybody can make a history large, also by signals that no run heeds.
  const connection = await Connection.connect({ address: stage.server.address });
  const [signalled] = runs;
  const handle = new Client({ connection }).workflow.getHandle(signalled?.workflowId ?? '');
  for (let megabytes = 0; megabytes < 6; megabytes += 1) await handle.signal('unknown', 'x'.repeat(1_000_000));
  await connection.close();
  expect(await replayed()).toMatchObject({ code: 0, stdout: '3 open runs replayed, 0 failed\n', stderr: '' });
  worker.signal('SIGTERM');
  await worker.ended;

  const stopOtherBuild = await startOtherBuild(stage.server.address);
  const foreign = await stage.started();
  await until(async () =>
    (await stage.temporal('workflow', 'show', '-w', foreign.workflowId)).includes('TimerStarted'),
  );
  await stopOtherBuild();
  await until(async () => (await openRuns()) === 4);
  const { code, stdout, stderr } = await replayed();
  expect({ code, stdout }).toEqual({ code: 1, stdout: '4 open runs replayed, 1 failed\n' });
  expect(stderr).toMatch(new RegExp(`^${foreign.workflowId} does not replay: .*[Nn]ondeterminism`));
}, 120_000);

it('without Temporal, the replay says so and exits 1', async () => {
  const replay = new ChildProcess([process.execPath, built('worker/replay.js')], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(await replay.ended).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^error: Temporal cannot be reached/),
  });
});

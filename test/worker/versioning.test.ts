import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { documents, ORG, Stage } from '../stage/stage';
import { NoWorkerError } from '../../client';
import { ChildProcess } from '../stage/childProcess';
import { until } from '../stage/until';
import { WorkerProcess } from '../stage/workerProcess';

const DEPLOYMENT = 'cancellations';
const COUNT = 50;

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
}, 180_000);
afterEach(() => ChildProcess.killAll());
afterAll(() => stage.end());

function buildOf(buildId: string) {
  return { TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, TEMPORAL_WORKER_BUILD_ID: buildId };
}

async function workerCheck() {
  const { code, stdout } = await stage.run('doctor', '--json');
  const check = documents(stdout).find(({ check }) => check === 'worker');
  return { code, message: String(check?.message), remedy: String(check?.remedy) };
}

/** Carries out the command of a text. Temporal refuses it until the build polls all queues. */
async function promoteAsTold(text: string): Promise<void> {
  const [, args = ''] =
    /temporal (worker deployment set-current-version [\w-]+ \S+ --build-id [\w.-]+)/.exec(text) ?? [];
  await until(() =>
    stage.temporal(...args.split(' '), '--yes').then(
      () => true,
      (error: unknown) => {
        if (/missing active task queues|not found/.test(String(error))) return false;
        throw error;
      },
    ),
  );
}

describe('worker versioning', () => {
  it('brings 50 runs right from one build to the next under load, and back', async () => {
    const first = await stage.startWorker(buildOf('b1'));
    await until(async () => (await workerCheck()).message.includes('build "b1" polls'));
    const unpromoted = await workerCheck();
    expect(unpromoted).toMatchObject({ code: 1, message: expect.stringContaining('not the current version') });
    const { taskId } = await stage.task();
    const started = await stage.run('start', taskId);
    expect(started).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: no worker answers .*build "b1"/),
    });
    const status = await stage.run('status', taskId);
    expect(status).toMatchObject({ code: 1, stderr: expect.stringContaining('set-current-version') });

    await promoteAsTold(unpromoted.remedy);
    await until(async () => (await workerCheck()).code === 0);
    expect((await workerCheck()).message).toContain('is polled, build b1');
    const runs = await Promise.all(
      Array.from({ length: COUNT }, () =>
        stage.started({ settlesAfterMs: 25_000 }, { poll: { min: '1s', max: '3s' } }),
      ),
    );
    for (const ids of runs) await stage.untilProgress(ids, ({ phase }) => phase === 'MONITORING');

    await stage.startWorker(buildOf('b2'));
    await promoteAsTold(unpromoted.remedy.replaceAll('b1', 'b2'));
    first.signal('SIGTERM');
    expect(await first.exitCode).toBe(0);
    await until(async () => (await workerCheck()).message.includes('build b2'));

    const third = await stage.startWorker(buildOf('b1'));
    await promoteAsTold(unpromoted.remedy);
    const results = await Promise.all(runs.map((ids) => stage.client.result(ids)));
    expect(results.map(({ outcome }) => outcome)).toEqual(runs.map(() => 'CANCELED'));
    expect(results.map(({ cancelRequests }) => cancelRequests)).toEqual(runs.map(() => 1));
    third.signal('SIGTERM');
    await third.ended;

    // A current version takes all tasks: a worker without a build gets none.
    await stage.startWorker();
    const { taskId: late } = await stage.task();
    await stage.client.start({ orgId: ORG, taskId: late });
    await expect(stage.client.progress({ orgId: ORG, taskId: late })).rejects.toBeInstanceOf(NoWorkerError);
  }, 180_000);

  it.each([
    [{ TEMPORAL_DEPLOYMENT_NAME: 'a' }, /set both/],
    [{ TEMPORAL_WORKER_BUILD_ID: 'a' }, /set both/],
    [{ TEMPORAL_DEPLOYMENT_NAME: 'a b', TEMPORAL_WORKER_BUILD_ID: '1' }, /TEMPORAL_DEPLOYMENT_NAME: must have/],
    [{ TEMPORAL_DEPLOYMENT_NAME: 'a', TEMPORAL_WORKER_BUILD_ID: '.1' }, /TEMPORAL_WORKER_BUILD_ID: must have/],
  ])('is refused with half of its names, or bad ones: %j', async (environment, problem) => {
    const worker = new WorkerProcess({ ...stage.vmcEnvironment(), ...environment });
    expect(await worker.exitCode).toBe(1);
    expect(worker.stderr).toMatch(problem);
  });
});

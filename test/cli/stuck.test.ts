import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StuckError } from '../../client';
import {
  checkDocumentSchema,
  errorDocumentSchema,
  listingDocumentSchema,
  stuckDocumentSchema,
} from '../../cli/documents';
import { cliOnTerminal } from '../stage/cli';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { startOtherBuild } from '../stage/otherBuild/worker';
import { until } from '../stage/until';

let stage: Stage;
const NOTHING_TO_STOP = () => Promise.resolve();
let stopOtherBuild: () => Promise<void> = NOTHING_TO_STOP;
beforeAll(async () => {
  stage = await Stage.begin({
    dynamicConfig: { 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 1 },
  });
}, 180_000);
afterAll(async () => {
  await stopOtherBuild();
  await stage.end();
});

/** Runs that a worker began, and that do not replay on the build which polls in its place. */
async function stuckRuns(count: number, script: object) {
  const worker = await stage.startWorker();
  const runs = await Promise.all(Array.from({ length: count }, () => stage.started(script, FAST)));
  for (const ids of runs) await stage.untilProgress(ids, ({ phase }) => phase === 'MONITORING');
  worker.signal('SIGTERM');
  await worker.ended;
  const stop = await startOtherBuild(stage.server.address);
  stopOtherBuild = async () => {
    stopOtherBuild = NOTHING_TO_STOP;
    await stop();
  };
  for (const { workflowId } of runs) {
    await stage.temporal('workflow', 'signal', '-w', workflowId, '--name', 'any');
    await until(async () => (await haltOf(workflowId)) instanceof StuckError);
  }
  return runs;
}

async function haltOf(workflowId: string) {
  const state = await stage.client.describe(workflowId);
  return state.status === 'running' ? state.halted : undefined;
}

async function doctorsCheck() {
  const { code, stdout } = await stage.run('doctor', '--json');
  const checks = documents(stdout).map((document) => checkDocumentSchema.parse(document));
  const found = checks.find(({ check }) => check === 'stuckRuns');
  if (found === undefined) throw new Error('doctor has no such check');
  return { code, ...found };
}

describe('a cancellation whose history does not replay', () => {
  it('is told apart from a missing worker by every command, and goes on under the former build', async () => {
    const runs = await stuckRuns(2, { onCancel: 'ignore' });
    const [one = '', other = ''] = runs.map(({ taskId }) => taskId);
    const message =
      /^the cancellation is stuck \(NonDeterministicError\): .*temporal workflow reset --namespace default/;

    const programs = await stage.run('status', '--json', one);
    expect(programs).toMatchObject({ code: 0, stderr: '' });
    expect(stuckDocumentSchema.parse(documents(programs.stdout)[0])).toMatchObject({
      taskId: one,
      status: 'running',
      stuck: { type: 'Stuck', message: expect.stringMatching(message) },
    });
    expect((await stage.run('status', one)).stdout).toMatch(/^STUCK {2}task /);
    expect((await stage.run('status', one, other)).stdout).toMatch(new RegExp(`^${one} +STUCK`, 'm'));

    for (const command of [['poll'], ['extend', '--by', '1h'], ['reissue'], ['stop']]) {
      const { code, stdout, tookMs } = await stage.run(...command, '--json', one);
      expect(code).toBe(1);
      expect(errorDocumentSchema.parse(documents(stdout)[0]).error.type).toBe('Stuck');
      expect(tookMs).toBeLessThan(5_000);
    }

    const listed = async () => documents((await stage.run('list', '--json')).stdout);
    await until(async () => (await listed()).filter(({ stuck }) => stuck).length === 2);
    for (const listing of await listed()) listingDocumentSchema.parse(listing);
    expect((await stage.run('list')).stdout).toMatch(new RegExp(`^${one} +${ORG} +stuck +STARTED`, 'm'));

    const joining = await stage.run('start', one);
    expect(joining).toMatchObject({ code: 0, stderr: expect.stringMatching(/^warning: the cancellation is stuck/) });

    const check = await doctorsCheck();
    expect(check).toMatchObject({ code: 1, ok: false, message: expect.stringContaining('2 runs are stuck') });
    for (const { workflowId } of runs) expect(check.message).toContain(`${workflowId} (NonDeterministicError)`);

    const waiting = ['watch', 'result'].map((command) => stage.start(command, one));
    const onTerminal = cliOnTerminal(['watch', one], stage.environment);
    for (const command of waiting) await command.printed('waiting: the cancellation is stuck', 'stderr');
    await onTerminal.printed('! stuck');

    await stopOtherBuild();
    const worker = await stage.startWorker();
    for (const { workflowId } of runs) {
      await until(async () => (await haltOf(workflowId)) === undefined);
      await stage.client.stopMonitoring(workflowId);
    }
    for (const command of waiting) expect(await command.ended).toMatchObject({ code: 14 });
    expect(await onTerminal.exitCode).toBe(14);
    await until(async () => (await doctorsCheck()).message === 'none');
    expect(await doctorsCheck()).toMatchObject({ code: 0, ok: true });
    worker.signal('SIGTERM');
    await worker.ended;
  }, 120_000);

  it('is cured by the command that doctor prints, and has its cancel sent again', async () => {
    const runs = await stuckRuns(2, { settlesAfterMs: 600_000 });
    await until(async () => (await doctorsCheck()).message.startsWith('2 runs are stuck'));
    const remedy = (await doctorsCheck()).remedy ?? '';
    const [, query = ''] = /temporal workflow reset --namespace default --query "([^"]+)"/.exec(remedy) ?? [];
    expect(remedy.endsWith(`--query "${query}" --type FirstWorkflowTask --reason stuck --yes`)).toBe(true);

    await stopOtherBuild();
    await stage.temporal(
      ...['workflow', 'reset', '--namespace', 'default', '--query', query],
      ...['--type', 'FirstWorkflowTask', '--reason', 'stuck', '--yes'],
    );
    await stage.startWorker();
    for (const { workflowId, taskId } of runs) {
      await until(async () => (await stage.controls.calls({ taskId, operation: 'cancelTask' })).length === 2);
      await stage.untilProgress(workflowId, ({ phase }) => phase === 'MONITORING');
      await stage.client.stopMonitoring(workflowId);
      expect(await stage.client.result(workflowId)).toMatchObject({ outcome: 'ABANDONED', cancelRequests: 1 });
    }
  }, 120_000);
});

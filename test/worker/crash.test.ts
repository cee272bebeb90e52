import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { ChildProcess } from '../stage/childProcess';
import { ORG, Stage } from '../stage/stage';
import { until } from '../stage/until';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
});
afterEach(() => ChildProcess.killAll());
afterAll(() => stage.end());

const EVERY_SECOND = { poll: { min: '1s', max: '1s' } };

async function callsOf(taskId: string, operation: 'cancelTask' | 'getTask'): Promise<unknown[]> {
  return await stage.controls.calls({ taskId, operation });
}

describe('a worker that is killed', () => {
  it('in the middle of a wait, and started again, still brings the verdict, with one cancel', async () => {
    const first = await stage.startWorker();
    const { taskId } = await stage.started({ settlesAfterMs: 6_000 }, EVERY_SECOND);
    await until(async () => (await callsOf(taskId, 'getTask')).length >= 2);
    first.signal('SIGKILL');
    expect(await first.exitCode).toBeNull();
    const second = await stage.startWorker();
    expect(await stage.client.result({ orgId: ORG, taskId })).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
    expect(await callsOf(taskId, 'cancelTask')).toHaveLength(1);
    second.signal('SIGTERM');
    expect(await second.exitCode).toBe(0);
  }, 180_000);

  it('while a cancel is in flight sends it again, and does not call the task settled beforehand', async () => {
    const first = await stage.startWorker();
    const ids = await stage.task({ settlesAfterMs: 0 });
    const { taskId } = ids;
    await stage.controls.addFault({ operation: 'cancelTask', taskId, times: 1, delayMs: 60_000 });
    await stage.client.start({ ...ids, ...EVERY_SECOND });
    await until(async () => (await callsOf(taskId, 'cancelTask')).length === 1);
    first.signal('SIGKILL');
    await first.exitCode;
    await stage.startWorker();
    const result = await stage.client.result(ids);
    expect(result).toMatchObject({ outcome: 'CANCELED', alreadySettled: false, cancelRequests: 1 });
    expect(result.timeline).toEqual(
      expect.arrayContaining([expect.objectContaining({ event: 'troubleBegan', type: 'Timeout' })]),
    );
    expect(await callsOf(taskId, 'cancelTask')).toHaveLength(2);
  }, 180_000);
});

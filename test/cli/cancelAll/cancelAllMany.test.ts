import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { draws } from '../../environment/draws';
import { Cli } from '../../stage/cli';
import { Stage } from '../../stage/stage';
import { until } from '../../stage/until';

const ORG = 'org-of-many';
const COUNT = draws(200, 500);
const TASK_IDS = Array.from({ length: COUNT }, (_, index) => `task-${String(index).padStart(3, '0')}`);

/**
 * Their cancel's own answer is the verdict: what is looked at here is the command, and each status
 * read would cost the machine its time.
 */
const AT_ONCE = { settlesAfterMs: 0 };
/**
 * Few, for whose sake the watch goes on when all others are over: some of them are started by the
 * first call, and outlast it.
 */
const LATER = { settlesAfterMs: 30_000 };
const OTHERWISE = { settlesAfterMs: 0, settlesAs: 'FINISHED' };

function scriptOf(index: number): object {
  if (index === 0 || index === COUNT - 1) return OTHERWISE;
  return index % 20 === 0 ? LATER : AT_ONCE;
}

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.begin();
  await Promise.all(
    TASK_IDS.map((taskId, index) => stage.controls.addTask({ orgId: ORG, taskId, script: scriptOf(index) })),
  );
}, 180_000);
afterAll(() => stage.end());

/**
 * The command needs less for 500 tasks. Keeping every answer would take some 100 KiB a task more,
 * and the process would abort.
 */
const MAX_HEAP_MIB = 48;

describe(`cancel-all over ${COUNT} tasks`, () => {
  it('interrupted half-way and given again loses none and cancels none twice, within a small heap', async () => {
    const environment = stage.vmcEnvironment(ORG);
    await stage.startWorker();
    const first = new Cli(['cancel-all', '--yes'], environment);
    await first.printed(`Started  vmc-cancel:${ORG}:${TASK_IDS[COUNT / 2] ?? ''}\n`, 'output');
    first.interrupt();
    expect(await first.exitCode).toBe(130);
    const startedCount = first.output.match(/^Started /gm)?.length ?? 0;
    expect(startedCount).toBeLessThan(COUNT);
    expect(first.output).toContain(`Interrupted: ${startedCount} of ${COUNT} are started or joined, and go on.`);

    // Most that the first call started are CANCELING or over by now: the second starts the others.
    const confined = { ...environment, NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MIB}` };
    const second = new Cli(['cancel-all', '--yes'], confined);
    await second.printed(`To cancel: ${COUNT - startedCount} (`, 'output');
    expect(await second.exitCode).toBe(10);
    expect(second.output.match(/^Started /gm)).toHaveLength(COUNT - startedCount);
    // It joins those that the busy worker has not yet sent the cancel for.
    const joinedCount = second.output.match(/^Joined /gm)?.length ?? 0;
    const [, canceled, finished] = /^VERDICT +TASKS\nCANCELED +(\d+)\nFINISHED +(\d+)\n\n/m.exec(second.output) ?? [];
    expect(Number(canceled) + Number(finished)).toBe(COUNT - startedCount + joinedCount);
    expect(second.output).toMatch(new RegExp(`^${TASK_IDS.at(-1) ?? ''} +FINISHED +SDDC-PROVISION `, 'm'));

    await until(async () => (await stage.client.list({ orgId: ORG, status: 'running', limit: 1 })).length === 0);
    const third = new Cli(['cancel-all', '--yes'], environment);
    expect(await third.exitCode).toBe(0);
    expect(third.output).toContain('Nothing to do');

    const cancelled = (await stage.controls.calls({ orgId: ORG, operation: 'cancelTask' })).map(({ taskId }) => taskId);
    expect(cancelled.toSorted()).toEqual(TASK_IDS);
    const runs = await stage.client.list({ orgId: ORG });
    expect(runs.map(({ taskId }) => taskId).toSorted()).toEqual(TASK_IDS);
  }, 300_000);
});

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forEachItem } from '../../cli/forEachItem';
import { CallCounter } from './callCounter';
import { CommandRun } from '../stage/commandRun';
import { ORG, Stage, documents } from '../stage/stage';

/** One status read each is all the load that they make: whoever asks then is told the verdict. */
const SOON = { poll: { min: '4s', max: '8s' } };
const CANCELED = 120;
const FINISHED = 35;
const FAILED = 5;
const ALL = CANCELED + FINISHED + FAILED;

let stage: Stage;
let counter: CallCounter;
let taskIds: string[];
beforeAll(async () => {
  stage = await Stage.begin();
  counter = await CallCounter.before(stage.server.address);
  const scripts = [
    ...Array.from({ length: CANCELED }, () => ({ settlesAfterMs: 0 })),
    ...Array.from({ length: FINISHED }, () => ({ settlesAfterMs: 0, settlesAs: 'FINISHED' })),
  ];
  const known = await forEachItem(scripts, async (script) => (await stage.started(script, SOON)).taskId);
  const unknown = Array.from({ length: FAILED }, (_, index) => `not-at-the-api-${index}`);
  await forEachItem(unknown, (taskId) => stage.client.start({ orgId: ORG, taskId }));
  taskIds = [...unknown, ...known];
}, 120_000);
afterAll(async () => {
  await counter.end();
  await stage.end();
});

function watching(): CommandRun {
  return new CommandRun(['watch', '--json', ...taskIds], { ...stage.environment, TEMPORAL_ADDRESS: counter.address });
}

describe(`a watch of ${ALL}`, () => {
  it('detaches promptly, and names the list instead of all the ids', async () => {
    const watch = watching();
    await watch.printed('no worker answers', 'stderr');
    const interruptedAtMs = Date.now();
    watch.interrupt();
    const { code, stderr } = await watch.ended;
    expect(Date.now() - interruptedAtMs).toBeLessThan(3_000);
    const detached = `Detached. ${ALL} cancellations go on; see them with: vmc-cancel list --org ${ORG} --limit ${ALL}`;
    expect({ code, told: stderr.trim().split('\n').at(-1) }).toEqual({ code: 130, told: detached });
  }, 180_000);

  it('tells each end once and an outage once, with few calls at once and few questions a second', async () => {
    const watch = watching();
    await watch.printed('no worker answers', 'stderr');
    await stage.startWorker();
    const { code, stdout, stderr } = await watch.ended;
    expect(code).toBe(1);
    const told = documents(stdout).filter((document) => 'outcome' in document || 'failure' in document);
    expect(told).toHaveLength(ALL);
    expect(new Set(told.map(({ taskId }) => taskId))).toEqual(new Set(taskIds));
    const counts = new Map<unknown, number>();
    for (const { outcome } of told) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ CANCELED, FINISHED, undefined: FAILED });
    expect(stderr.split('waiting: no worker answers')).toHaveLength(2);

    // Ten a second and what a second left over; where no worker answers, one question may become
    // two, and is heard of to its end a little late.
    expect(counter.mostWithin(1_000, 'QueryWorkflow')).toBeLessThanOrEqual(32);
    expect(counter.mostWithin(10_000, 'QueryWorkflow')).toBeLessThanOrEqual(140);
    expect(counter.mostAtOnceOf('QueryWorkflow')).toBeLessThanOrEqual(16);
    expect(counter.mostAtOnceOf('GetWorkflowExecutionHistory')).toBeLessThanOrEqual(16);
    expect(counter.mostAtOnceOf('DescribeWorkflowExecution')).toBeLessThanOrEqual(24);
  }, 180_000);
});

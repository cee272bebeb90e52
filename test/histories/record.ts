import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import type { CancelTaskInput } from '../../domain/contract/input';
import { devServerEnvironment } from '../environment/temporal';
import provideTemporal from '../environment/globalSetup';
import type { Handle, Ids, World } from '../workflows/world';
import { createWorld, errorResponse } from '../workflows/world';

/**
 * Records the histories that `replay.test.ts` replays: `npm run record:histories -- NAME`. They
 * were all recorded anew once, before 1.0. From then on a recorded one is never changed, and only
 * removed together with the last run that could look like it: a change of the workflow that breaks
 * it would break cancellations under way. To record for a new behavior, add a scene.
 */
interface Scene {
  script: Record<string, unknown>;
  input?: Partial<CancelTaskInput>;
  /** What is wrong with the API before the run starts. */
  before?: (world: World, ids: Ids) => Promise<unknown>;
  act?: (handle: Handle, world: World, ids: Ids) => Promise<unknown>;
  /** Recorded on a server that skips time: for what would take minutes. */
  skipsTime?: boolean;
}

const QUICK: Partial<CancelTaskInput> = { poll: { min: '500ms', max: '1s' } };

async function pollsReach(handle: Handle, polls: number): Promise<void> {
  while ((await handle.query<{ polls: number }>('progress')).polls < polls) await new Promise(setImmediate);
}

export const SCENES: Record<string, Scene> = {
  canceled: { script: { settlesAfterMs: 3_000 }, input: { ...QUICK, reason: 'recorded', requestedBy: 'recorder' } },
  'already-settled': { script: { endsAfterMs: 0 } },
  'not-cancelable': { script: { onCancel: 'decline' } },
  'declined-then-retried': { script: { cancelableAfterMs: 8_000, settlesAfterMs: 1_000 }, input: { ...QUICK, onDeclined: 'retry' } },
  'declined-and-monitored': {
    script: { onCancel: 'decline', endsAs: 'FAILED', endsAfterMs: 3_000 },
    input: { ...QUICK, onDeclined: 'monitor' },
  },
  'deadline-exceeded': { script: { settlesAfterMs: 60_000 }, input: { ...QUICK, deadline: '3s' } },
  'outage-at-first-contact': {
    script: { settlesAfterMs: 1_000 },
    input: QUICK,
    before: (world, { taskId }) => world.addFault({ operation: 'cancelTask', taskId, times: 2, status: 503 }),
  },
  'refusal-in-doubt': {
    script: { settlesAfterMs: 0 },
    skipsTime: true,
    before: async (world, { taskId }) => {
      await world.addFault({ operation: 'cancelTask', taskId, times: 1, drop: true });
      await world.addFault({ operation: 'cancelTask', taskId, times: 1, status: 400, body: errorResponse(400, false) });
    },
  },
  'unreadable-answer': {
    script: { settlesAfterMs: 60_000 },
    skipsTime: true,
    before: (world, { taskId }) => world.addFault({ operation: 'cancelTask', taskId, times: 1, status: 204, body: '' }),
  },
  'outage-while-watching': {
    script: { settlesAfterMs: 5_000 },
    input: QUICK,
    act: async (handle, world, { taskId }) => {
      await pollsReach(handle, 1);
      await world.addFault({ operation: 'getTask', taskId, times: 3, status: 503 });
    },
  },
  'every-update': {
    script: { onCancel: 'ignore' },
    input: { poll: { min: '5s', max: '5s' } },
    act: async (handle) => {
      await handle.executeUpdate('pollNow', { args: [{ requestedBy: 'recorder' }] });
      await Promise.all([handle.executeUpdate('pollNow'), handle.executeUpdate('pollNow')]);
      await handle.executeUpdate('reissueCancel', { args: [{ requestedBy: 'recorder' }] });
      await handle.executeUpdate('extendDeadline', { args: [{ by: '1h' }] });
      await handle.executeUpdate('stopMonitoring', { args: [{ reason: 'recorded' }] });
    },
  },
  'workflow-cancelled': {
    script: {},
    input: QUICK,
    act: async (handle) => {
      await pollsReach(handle, 2);
      await handle.cancel();
    },
  },
  'task-not-found': { script: { vanishesAfterMs: 0 } },
  'invalid-input': { script: {}, input: { deadline: 'soon' } },
  'continued-as-new': { script: { settlesAfterMs: 9_000 }, input: QUICK },
  'continued-as-new-with-memo': { script: { settlesAfterMs: 12_000 }, input: { poll: { min: '500ms', max: '500ms' } } },
  'default-pace': { script: { settlesAfterMs: 1_200_000, estimate: 'good' }, skipsTime: true },
  'default-pace-without-estimate': { script: { settlesAfterMs: 300_000, estimate: 'none' }, skipsTime: true },
};

/** A worker's own task queue, named after its process and host. */
const STICKY_QUEUE = /^\d+@/;

/** The machine that recorded, and the paths on it, are nobody's business. */
function withoutMachine(json: string): string {
  const anonymous = (key: string, value: unknown) =>
    key === 'identity' || (key === 'name' && STICKY_QUEUE.test(String(value)))
      ? 'recorder'
      : key === 'stackTrace' || key === 'binaryChecksum'
        ? ''
        : value;
  return `${JSON.stringify(JSON.parse(json, anonymous))}\n`;
}

/** Every run of the chain, from its last back to its first. */
async function writeChain(name: string, workflowId: string, client: Client): Promise<void> {
  let run: WorkflowHandle | null = client.workflow.getHandle(workflowId);
  for (let runsBefore = 0; run !== null; runsBefore += 1) {
    const history: History = await run.fetchHistory();
    const suffix = runsBefore === 0 ? '' : `-${runsBefore}-before`;
    await writeFile(path.join(__dirname, `${name}${suffix}.json`), withoutMachine(historyToJSON(history)));
    const before = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId;
    run = before ? client.workflow.getHandle(workflowId, before) : null;
  }
}

async function record(world: World, scenes: readonly [string, Scene][]): Promise<void> {
  await Promise.all(
    scenes.map(async ([name, scene]) => {
      const { script, input = {}, before, act } = scene;
      const ids = await world.addTask(script);
      await before?.(world, ids);
      const handle = await world.start(ids, input);
      await act?.(handle, world, ids);
      await handle.result().catch(() => undefined);
      await writeChain(name, handle.workflowId, world.environment.client);
      console.log('recorded', name);
    }),
  );
}

async function main(): Promise<void> {
  await provideTemporal();
  const wanted = process.argv.slice(2);
  const scenes = Object.entries(SCENES).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  const server = await devServerEnvironment({
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 80 },
  });
  const world = await createWorld(server.environment, false);
  await record(
    world,
    scenes.filter(([, { skipsTime = false }]) => !skipsTime),
  );
  await world.tearDown();
  await server.teardown();
  const skippingWorld = await createWorld();
  // One after the other: a server skips time only while somebody waits for a result, and for all of
  // its runs.
  for (const scene of scenes.filter(([, { skipsTime = false }]) => skipsTime)) await record(skippingWorld, [scene]);
  await skippingWorld.tearDown();
}

if (require.main === module) void main();

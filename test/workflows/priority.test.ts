import { readFileSync } from 'node:fs';
import path from 'node:path';
import { temporal } from '@temporalio/proto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Worker } from '@temporalio/worker';
import { parse } from 'yaml';
import { z } from 'zod';
import { createActivities } from '../../activities';
import type { VmcPort } from '../../activities/port';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowId } from '../../domain/contract/names';
import type { Task } from '../../domain/cancellation/task';
import type { cancelTask } from '../../workflows';
import type { DevServerEnvironment } from '../environment/temporal';
import { devServerEnvironment, runSinks } from '../environment/temporal';
import { built } from '../environment/build';
import { until } from '../stage/until';

/** One partition, so that there is one order; and the backlog is told as it is now. */
const ONE_QUEUE = {
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
  'matching.TaskQueueInfoByBuildIdTTL': '1ms',
};

/** What the server of the compose file is set to. */
function composeConfig(): Record<string, unknown> {
  const text = readFileSync(path.join(__dirname, '../../deploy/temporal/dynamic-config.yaml'), 'utf8');
  const settings = z.record(z.string(), z.tuple([z.object({ value: z.unknown() })])).parse(parse(text));
  return Object.fromEntries(Object.entries(settings).map(([key, [{ value }]]) => [key, value]));
}

let onDevServer: DevServerEnvironment;
const running: { worker: Worker; run: Promise<void> }[] = [];
afterEach(async () => {
  for (const { worker, run } of running.splice(0)) await stop(worker, run);
  await onDevServer.teardown();
});

async function stop(worker: Worker, run: Promise<void>): Promise<void> {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await run;
}

/** Calls that end in CANCELING, in the order in which they came. */
function recordingPort(): { port: VmcPort; calls: { kind: 'cancel' | 'read'; orgId: string }[] } {
  const calls: { kind: 'cancel' | 'read'; orgId: string }[] = [];
  const canceling = (id: string): Task => ({
    ...{ id, status: 'CANCELING', subStatus: null, taskType: null, resourceId: null, resourceType: null },
    ...{ phaseInProgress: null, progressPercent: null, estimatedRemainingMinutes: null },
    ...{ startTime: null, endTime: null, errorMessage: null },
  });
  return {
    calls,
    port: {
      cancelTask: ({ orgId, taskId }) => {
        calls.push({ kind: 'cancel', orgId });
        return Promise.resolve({ kind: 'accepted', task: canceling(taskId) });
      },
      getTask: ({ orgId, taskId }) => {
        calls.push({ kind: 'read', orgId });
        return Promise.resolve({ kind: 'task', task: canceling(taskId) });
      },
    },
  };
}

async function onServer(dynamicConfig: Record<string, unknown> = {}): Promise<void> {
  onDevServer = await devServerEnvironment({ dynamicConfig: { ...ONE_QUEUE, ...dynamicConfig } });
}

async function runWorker(options: { port: VmcPort; slots: number } | 'workflows only'): Promise<() => Promise<void>> {
  const { environment } = onDevServer;
  const common = {
    connection: environment.nativeConnection,
    namespace: environment.namespace ?? 'default',
    taskQueue: DEFAULT_TASK_QUEUE,
  };
  const worker = await Worker.create(
    options === 'workflows only'
      ? { ...common, workflowBundle: { codePath: built('worker/workflow-bundle.js') }, sinks: runSinks() }
      : {
          ...common,
          activities: createActivities(options.port),
          maxConcurrentActivityTaskExecutions: options.slots,
          maxConcurrentActivityTaskPolls: 1,
        },
  );
  const run = worker.run();
  running.push({ worker, run });
  return () => stop(worker, run);
}

async function start(orgId: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const ids = { orgId, taskId: `task-${n}` };
    await onDevServer.environment.client.workflow.start<typeof cancelTask>(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: workflowId(ids),
      args: [{ ...ids, poll: { min: '2s', max: '2s' } }],
    });
  }
}

async function untilBacklogIs(count: number): Promise<void> {
  const { connection, namespace } = onDevServer.environment;
  await until(async () => {
    const { stats } = await connection.workflowService.describeTaskQueue({
      namespace: namespace ?? 'default',
      taskQueue: { name: DEFAULT_TASK_QUEUE },
      taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      reportStats: true,
    });
    return Number(stats?.approximateBacklogCount) >= count;
  });
}

describe('calls that wait for a worker', () => {
  it('go in the order cancels before reads, whichever were there first', async () => {
    await onServer();
    await runWorker('workflows only');
    const before = recordingPort();
    const stopBefore = await runWorker({ port: before.port, slots: 20 });
    await start('early', 10);
    await until(() => before.calls.length >= 10);
    await stopBefore();
    await untilBacklogIs(10);
    await start('late', 10);
    await untilBacklogIs(20);
    const after = recordingPort();
    await runWorker({ port: after.port, slots: 1 });
    await until(() => after.calls.length >= 20);
    const kinds = after.calls.slice(0, 11).map(({ kind }) => kind);
    // One read may be on its way to the worker already.
    expect(kinds.filter((kind) => kind === 'cancel').length).toBeGreaterThanOrEqual(9);
  });

  it.each([
    ['an organization with few waits for one with many on a server that nobody set', {}, false],
    ['an organization with few gets its share with what the compose file sets', composeConfig(), true],
  ])('%s', async (_, dynamicConfig, isFair) => {
    await onServer(dynamicConfig);
    await runWorker('workflows only');
    await start('many', 30);
    await untilBacklogIs(30);
    await start('few', 3);
    await untilBacklogIs(33);
    const { port, calls } = recordingPort();
    await runWorker({ port, slots: 1 });
    await until(() => calls.length >= 33);
    const cancels = calls.filter(({ kind }) => kind === 'cancel').map(({ orgId }) => orgId);
    expect(cancels.lastIndexOf('few') < 15).toBe(isFair);
  });
});

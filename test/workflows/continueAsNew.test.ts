import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { tsToMs } from '@temporalio/common/lib/time';
import { newCancellation } from '../../domain/cancellation/state';
import { parseCancelTaskInput } from '../../domain/contract/input';
import type { DevServerEnvironment } from '../environment/temporal';
import { devServerEnvironment } from '../environment/temporal';
import {
  DEFAULT_TASK_QUEUE,
  SEARCH_ATTRIBUTE_NAMES,
  STARTED_AT_MEMO,
  WORKFLOW_TYPE,
  workflowId,
} from '../../domain/contract/names';
import { progressQuery } from '../../workflows/contract';
import type { cancelTask } from '../../workflows';
import type { Handle, World } from './world';
import { createWorld } from './world';
import { until } from '../stage/until';

let server: DevServerEnvironment;
let world: World;
beforeAll(async () => {
  server = await devServerEnvironment({ dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': 40 } });
  world = await createWorld(server.environment, false);
});
afterAll(async () => {
  await world.tearDown();
  await server.teardown();
});

const POLL = { min: '500ms', max: '500ms' };

function handleOf(workflowId: string, runId?: string): Handle {
  return server.environment.client.workflow.getHandle<typeof cancelTask>(workflowId, runId);
}

async function currentDetails(handle: Handle): Promise<string> {
  return (await handle.query<{ currentDetails: string }>('__temporal_workflow_metadata')).currentDetails;
}

async function nextRun(handle: Pick<Handle, 'describe'>, firstRunId: string): Promise<string> {
  let runId = firstRunId;
  await until(async () => {
    ({ runId } = await handle.describe());
    return runId !== firstRunId;
  });
  return runId;
}

describe('when a run continues as new', () => {
  it('the deadline, the counters and the timeline go along, the details are set again, and no second cancel is sent', async () => {
    const ids = await world.addTask({ settlesAfterMs: 8_000 });
    const { orgId, taskId } = ids;
    const started = await world.start(ids, { poll: POLL, deadline: '10m', reason: 'carried along' });
    const firstRunId = (await started.describe()).runId;
    const before = await started.query(progressQuery);
    const handle = handleOf(started.workflowId);
    const secondRunId = await nextRun(handle, firstRunId);
    const second = handleOf(started.workflowId, secondRunId);

    const progress = await second.query(progressQuery);
    expect(progress).toMatchObject({
      ...ids,
      phase: 'MONITORING',
      deadlineAt: before.deadlineAt,
      startedAt: before.startedAt,
      cancelRequests: 1,
    });
    expect(progress.polls).toBeGreaterThan(0);
    expect(progress.timeline.map(({ event }) => event).slice(0, 2)).toEqual(['requested', 'accepted']);
    const details = await currentDetails(second);
    expect(details).toContain(`Cancel task ${taskId} in org ${orgId}`);
    expect(details).toContain('carried along');

    const result = await handle.result();
    const reads = await world.callsOf(ids, 'getTask');
    expect(result).toMatchObject({
      outcome: 'CANCELED',
      cancelRequests: 1,
      polls: reads.length,
      startedAt: before.startedAt,
    });
    expect(await world.callsOf(ids, 'cancelTask')).toHaveLength(1);
    const { typedSearchAttributes } = await handle.describe();
    expect(Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]))).toMatchObject(
      {
        VmcOrgId: orgId,
        VmcTaskId: taskId,
        VmcTaskStatus: 'CANCELED',
        VmcCancelOutcome: 'CANCELED',
      },
    );
  });

  it('its memo tells when the cancellation began, beside what a starter put there, of which not a byte changes', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60_000 });
    const { client, connection } = server.environment;
    const fields = {
      ticket: {
        metadata: { encoding: Buffer.from('json/plain'), by: Buffer.from('ann') },
        data: Buffer.from(' 4711 '),
      },
      large: { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('12345678901234567890') },
      sealed: { metadata: { encoding: Buffer.from('binary/encrypted') }, data: Buffer.from([0xed, 0xa0, 0x80]) },
      bare: { metadata: {}, data: Buffer.from('{') },
    };
    await connection.workflowService.startWorkflowExecution({
      namespace: 'default',
      requestId: randomUUID(),
      workflowId: workflowId(ids),
      workflowType: { name: WORKFLOW_TYPE },
      taskQueue: { name: DEFAULT_TASK_QUEUE },
      input: { payloads: [defaultPayloadConverter.toPayload({ ...ids, poll: POLL })] },
      memo: { fields },
    });
    const described = async () => {
      const { workflowExecutionInfo: info } = await connection.workflowService.describeWorkflowExecution({
        namespace: 'default',
        execution: { workflowId: workflowId(ids) },
      });
      if (!info?.memo?.fields) throw new Error('the run has no memo');
      return { runId: info.execution?.runId, startTimeMs: tsToMs(info.startTime), memo: info.memo.fields };
    };
    const first = await described();
    let last = first;
    const runs = new Set<unknown>();
    await until(async () => {
      last = await described();
      runs.add(last.runId);
      return runs.size >= 3 && STARTED_AT_MEMO in last.memo;
    });
    const { [STARTED_AT_MEMO]: startedAt, ...foreign } = last.memo;
    const asJson = (memo: object): unknown => JSON.parse(JSON.stringify(memo));
    expect(asJson(foreign)).toEqual(asJson(first.memo));
    expect(Buffer.from(first.memo.sealed?.data ?? [])).toEqual(fields.sealed.data);

    expect(defaultPayloadConverter.fromPayload(startedAt ?? {})).toBe(new Date(first.startTimeMs).toISOString());
    await client.workflow.getHandle(workflowId(ids)).executeUpdate('stopMonitoring');
  });

  it('with a memo that leaves room for nothing, it goes on without telling when the cancellation began', async () => {
    const ids = await world.addTask({ settlesAfterMs: 8_000 });
    const data = Buffer.alloc(2 * 2 ** 20 - 80, 'm');
    await server.environment.connection.workflowService.startWorkflowExecution({
      namespace: 'default',
      requestId: randomUUID(),
      workflowId: workflowId(ids),
      workflowType: { name: WORKFLOW_TYPE },
      taskQueue: { name: DEFAULT_TASK_QUEUE },
      input: { payloads: [defaultPayloadConverter.toPayload({ ...ids, poll: POLL })] },
      memo: { fields: { m: { metadata: { encoding: Buffer.from('x') }, data } } },
    });
    const handle = handleOf(workflowId(ids));
    expect(await handle.result()).toMatchObject({ outcome: 'CANCELED' });
    const { events } = await handle.fetchHistory();
    expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).toBeTruthy();
  });

  it('the search attributes are written only when they change', async () => {
    const ids = await world.addTask({ settlesAfterMs: 6_000 });
    const handle = await world.start(ids, { poll: POLL });
    const firstRunId = (await handle.describe()).runId;
    await handle.result();
    const writtenBy = async (runId: string) => {
      const { events } = await handleOf(handle.workflowId, runId).fetchHistory();
      const written = events?.flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
        Object.keys(upsert?.searchAttributes?.indexedFields ?? {}),
      );
      // The SDK keeps the names of patches in one of its own.
      return written?.filter((name) => SEARCH_ATTRIBUTE_NAMES.includes(name)).sort();
    };
    const lastRunId = (await handleOf(handle.workflowId).describe()).runId;
    expect(lastRunId).not.toBe(firstRunId);
    expect(await writtenBy(firstRunId)).toEqual(['VmcOrgId', 'VmcTaskId', 'VmcTaskStatus']);
    expect(await writtenBy(lastRunId)).toEqual(['VmcCancelOutcome', 'VmcTaskStatus']);
  });

  it('every update that was accepted is answered, however many there are while it does', async () => {
    const ids = await world.addTask({ settlesAfterMs: 10_000 });
    const handle = handleOf((await world.start(ids, { poll: POLL })).workflowId);
    const firstRunId = (await handle.describe()).runId;
    const answers: string[] = [];
    for (let n = 0; n < 25; n += 1) {
      const both = await Promise.all([
        handle.executeUpdate<{ phase: string }, []>('pollNow'),
        handle.executeUpdate<{ phase: string }, [object]>('extendDeadline', { args: [{ by: '1m' }] }),
      ]);
      answers.push(...both.map(({ phase }) => phase));
    }
    expect(answers).toHaveLength(50);
    expect((await handle.describe()).runId).not.toBe(firstRunId);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'CANCELED', cancelRequests: 1 });
    expect(result.polls).toBe((await world.callsOf(ids, 'getTask')).length);
  });

  it('it does so between updates that never leave it alone', async () => {
    const ids = await world.addTask({ settlesAfterMs: 60_000 });
    const handle = handleOf((await world.start(ids, { poll: POLL })).workflowId);
    const firstRunId = (await handle.describe()).runId;
    let continued = false;
    const keepPolling = async () => {
      while (!continued)
        await handle.executeUpdate('pollNow').catch((error: unknown) => {
          // Refused just before the run continues.
          if (!(error instanceof WorkflowUpdateFailedError)) throw error;
        });
    };
    const pollers = [keepPolling(), keepPolling(), keepPolling(), keepPolling()];
    await nextRun(handle, firstRunId);
    continued = true;
    await Promise.all(pollers);
    const { events } = await handleOf(handle.workflowId, firstRunId).fetchHistory();
    expect(events?.length).toBeLessThan(200);
    await handle.executeUpdate('stopMonitoring');
  });
});

describe('a second argument is trusted only from the run that continues as new:', () => {
  const forged = (cancellation: unknown, runId: unknown) => ({ runId, cancellation });
  const settings = parseCancelTaskInput({ orgId: 'org-1', taskId: 'task-1' });
  const state = settings.ok ? newCancellation(settings.value, Date.UTC(2026, 0, 1)) : null;
  const seconds: [string, unknown][] = [
    ['a state as this version carries it', forged(state, randomUUID())],
    ['a state that names no run', forged(state, undefined)],
    ['a state of another shape', { startedAtMs: 0, deadlineAtMs: 9e15, stage: 'monitoring' }],
    ['no state', forged(null, null)],
    ['a text', 'carried'],
  ];

  it.each(seconds)('%s fails every run of a cron schedule', async (_, second) => {
    const { client } = server.environment;
    const ids = await world.addTask();
    const handle = await client.workflow.start(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: randomUUID(),
      args: [ids, second],
      cronSchedule: '@every 1s',
    });
    let runId = handle.firstExecutionRunId;
    for (let runs = 0; runs < 3; runs += 1) {
      const nextRunId = await nextRun(handle, runId);
      const { events } = await client.workflow.getHandle(handle.workflowId, runId).fetchHistory();
      const failure = events?.at(-1)?.workflowExecutionFailedEventAttributes?.failure;
      expect(failure?.message).toContain('the workflow takes one argument');
      expect(failure?.applicationFailureInfo?.type).toBe('InvalidInput');
      runId = nextRunId;
    }
    await handle.terminate();
    expect(await world.callsOf(ids)).toEqual([]);
  });
});

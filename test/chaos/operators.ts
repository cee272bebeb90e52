import { randomUUID } from 'node:crypto';
import { setTimeout as elapse } from 'node:timers/promises';
import { temporal } from '@temporalio/proto';
import { CancellationClient } from '../../client';
import { SECOND_MS } from '../../domain/contract/duration';
import { DEFAULT_TASK_QUEUE } from '../../domain/contract/names';
import { until } from '../stage/until';
import type { Cluster } from './cluster';
import { persistently } from './persistently';
import type { PlannedOperation } from './plan';

const CALL_LIMIT_MS = 10 * SECOND_MS;
const { EventType, WorkflowExecutionStatus, WorkflowTaskFailedCause } = temporal.api.enums.v1;
const PAUSED_BEFORE_TASK_STARTED =
  WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_WORKFLOW_PAUSE_REQUESTED_BEFORE_TASK_STARTED;

type Temporal = Pick<Cluster, 'client' | 'connection'>;
type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/**
 * What an operator does, once: what came of it is in the run's history. Rejects where it was
 * refused, or nobody answered.
 */
export async function operate(
  cluster: Temporal,
  id: string,
  { kind, byMs }: PlannedOperation,
): Promise<'done' | 'spoiled'> {
  const client = CancellationClient.using(cluster.client, { taskQueue: DEFAULT_TASK_QUEUE });
  switch (kind) {
    case 'pollNow':
      await client.pollNow(id);
      return 'done';
    case 'reissueCancel':
      await client.reissueCancel(id);
      return 'done';
    case 'extendDeadline':
      await client.extendDeadline(id, { by: byMs });
      return 'done';
    case 'stopMonitoring':
      await client.stopMonitoring(id);
      return 'done';
    case 'cancelWorkflow':
      await withLimit(cluster, () => cluster.client.workflow.getHandle(id).cancel());
      return 'done';
    case 'reset':
      await withLimit(cluster, () => reset(cluster, id));
      return 'done';
    case 'pause':
      return await pausedFor(cluster, id, byMs);
  }
}

async function withLimit<Result>({ connection }: Temporal, call: () => Promise<Result>): Promise<Result> {
  return await connection.withDeadline(Date.now() + CALL_LIMIT_MS, call);
}

/** To its first workflow task: the run begins anew. */
async function reset(cluster: Temporal, id: string): Promise<void> {
  const { workflowService } = cluster.connection;
  const execution = await runningExecution(cluster, id);
  const { history } = await workflowService.getWorkflowExecutionHistory({ namespace: 'default', execution });
  const first = history?.events?.find(({ eventType }) => isEndOfTask(eventType))?.eventId;
  if (!first) throw new Error(`${id} has not begun`);
  await workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: execution,
    workflowTaskFinishEventId: first,
    requestId: randomUUID(),
    reason: 'a campaign of faults',
  });
}

function isEndOfTask(eventType: HistoryEvent['eventType']): boolean {
  return (
    eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
  );
}

/**
 * A pause that meets a workflow task which no worker has taken up yet leaves a history that no
 * worker can replay (server 1.32, SDK 1.24). Such a run is cured as the runbook says.
 */
async function cured(cluster: Temporal, id: string): Promise<boolean> {
  const isSpoiled = ({ workflowTaskFailedEventAttributes: failed }: HistoryEvent) =>
    failed?.cause === PAUSED_BEFORE_TASK_STARTED;
  let spoiled = false;
  await persistently(async () => {
    const { events } = await withLimit(cluster, () => cluster.client.workflow.getHandle(id).fetchHistory());
    if (!events?.some(isSpoiled)) return;
    spoiled = true;
    await withLimit(cluster, () => reset(cluster, id));
  });
  return spoiled;
}

/** A pause whose answer was lost may hold as well: whatever happens, none is left paused. */
async function pausedFor(cluster: Temporal, id: string, forMs: number): Promise<'done' | 'spoiled'> {
  let spoiled = false;
  try {
    await withLimit(cluster, () => pause(cluster, id));
    await elapse(forMs);
  } finally {
    await unpaused(cluster, id);
    spoiled = await cured(cluster, id);
  }
  return spoiled ? 'spoiled' : 'done';
}

async function pause(cluster: Temporal, id: string): Promise<void> {
  const { runId = null } = await runningExecution(cluster, id);
  // See `cured`: one may begin between the look and the pause.
  if ((await described(cluster, id)).hasWorkflowTask) throw new Error(`${id} has a workflow task under way`);
  await cluster.connection.workflowService.pauseWorkflowExecution({
    ...{ namespace: 'default', workflowId: id, runId, requestId: randomUUID() },
    reason: 'a campaign of faults',
  });
}

async function unpaused(cluster: Temporal, id: string): Promise<void> {
  const { workflowService } = cluster.connection;
  const unpause = () =>
    workflowService.unpauseWorkflowExecution({ namespace: 'default', workflowId: id, requestId: randomUUID() });
  await until(async () => {
    try {
      await withLimit(cluster, unpause).catch(() => undefined);
      return (await withLimit(cluster, () => described(cluster, id))).status !== PAUSED;
    } catch {
      return false;
    }
  });
}

const PAUSED = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_PAUSED;

async function described({ connection }: Temporal, id: string) {
  const { workflowExecutionInfo, pendingWorkflowTask } = await connection.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution: { workflowId: id },
  });
  return {
    execution: workflowExecutionInfo?.execution ?? {},
    status: workflowExecutionInfo?.status,
    hasWorkflowTask: Boolean(pendingWorkflowTask),
  };
}

async function runningExecution(cluster: Temporal, id: string) {
  const { execution, status } = await described(cluster, id);
  if (status !== WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING) throw new Error(`${id} does not run`);
  return execution;
}

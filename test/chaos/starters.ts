import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { SECOND_MS } from '../../domain/contract/duration';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowId } from '../../domain/contract/names';
import type { Cluster } from './cluster';
import { persistently } from './persistently';
import type { PlannedCancellation, PlannedPoison } from './plan';

const START_LIMIT_MS = 15 * SECOND_MS;

type Servers = Pick<Cluster, 'client' | 'connection' | 'controls'>;

/** The task at the API, and then as many starts of its cancellation as are planned. */
export async function start(servers: Servers, planned: PlannedCancellation): Promise<void> {
  const { orgId, taskId, copies, input } = planned;
  await persistently(() => addTask(servers, planned));
  const id = workflowId({ orgId, taskId });
  await Promise.all(
    Array.from({ length: copies }, () => persistently(() => startRun(servers, id, { orgId, taskId, ...input }))),
  );
}

export async function startPoison(cluster: Cluster, { input }: PlannedPoison, index: number): Promise<void> {
  await persistently(() => startRun(cluster, poisonId(index), input));
}

export function poisonId(index: number): string {
  return `poison-${index}`;
}

/** One that was added before its answer was lost is there as well. */
async function addTask({ controls }: Servers, { orgId, taskId, script }: PlannedCancellation): Promise<void> {
  if (script === null) return;
  await controls.addTask({ orgId, taskId, script }).catch(async (error: unknown) => {
    if (!(await controls.tasks()).some((task) => task.orgId === orgId && task.taskId === taskId)) throw error;
  });
}

/** A start that is repeated because its answer was lost begins no second run after the first. */
async function startRun({ client, connection }: Servers, id: string, input: unknown): Promise<void> {
  const started = () =>
    client.workflow.start(WORKFLOW_TYPE, {
      workflowId: id,
      taskQueue: DEFAULT_TASK_QUEUE,
      args: [input],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
  await connection.withDeadline(Date.now() + START_LIMIT_MS, started).catch((error: unknown) => {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  });
}

import { optionalTsToMs } from '@temporalio/common/lib/time';
import { temporal as proto } from '@temporalio/proto';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRAM } from '../domain/contract/names';
import type { TemporalConnection } from './connection';

/** A worker that polled a task queue. Temporal lists it for some minutes, dead or alive. */
export interface Poller {
  identity: string;
  /** The version that it runs; null for a worker that does not report one of ours. */
  version: string | null;
  lastAskedAtMs: number;
}

const { TaskQueueType } = proto.api.enums.v1;
const QUEUE_TYPES = {
  workflows: TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
  activities: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
};
export type QueueSide = keyof typeof QUEUE_TYPES;

const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;

export async function pollersOf(temporal: TemporalConnection, taskQueue: string, side: QueueSide): Promise<Poller[]> {
  const { namespace } = temporal;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES[side] };
  const described = () => temporal.client.workflowService.describeTaskQueue(request);
  const { pollers } = await temporal.call(described, { timeLimitMs: DESCRIBE_TIME_LIMIT_MS });
  return pollers.map(({ identity, lastAccessTime, deploymentOptions }) => ({
    identity: identity ?? '',
    version: deploymentOptions?.deploymentName === PROGRAM ? (deploymentOptions.buildId ?? null) : null,
    lastAskedAtMs: optionalTsToMs(lastAccessTime) ?? 0,
  }));
}

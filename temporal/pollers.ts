import { optionalTsToMs } from '@temporalio/common/lib/time';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRAM } from '../domain/contract/names';
import type { TemporalConnection } from './connection';

/** A worker that has asked a task queue for work. Temporal keeps it in its list for some minutes, whether it lives or not. */
export interface Poller {
  identity: string;
  /** The version that it runs; null for a worker that does not report one of ours. */
  version: string | null;
  lastAskedAtMs: number;
}

/** TaskQueueType, by number. */
const QUEUE_TYPES = { workflows: 1, activities: 2 } as const;
export type QueueSide = keyof typeof QUEUE_TYPES;

const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;

export async function pollersOf(temporal: TemporalConnection, taskQueue: string, side: QueueSide): Promise<Poller[]> {
  const { namespace } = temporal;
  const request = { namespace, taskQueue: { name: taskQueue }, taskQueueType: QUEUE_TYPES[side] };
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum itself is in a package that only development depends on
  const described = () => temporal.client.workflowService.describeTaskQueue(request);
  const { pollers } = await temporal.call(described, { timeLimitMs: DESCRIBE_TIME_LIMIT_MS });
  return pollers.map(({ identity, lastAccessTime, deploymentOptions }) => ({
    identity: identity ?? '',
    version: deploymentOptions?.deploymentName === PROGRAM ? (deploymentOptions.buildId ?? null) : null,
    lastAskedAtMs: optionalTsToMs(lastAccessTime) ?? 0,
  }));
}

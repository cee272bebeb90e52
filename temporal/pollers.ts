import { optionalTsToMs } from '@temporalio/common/lib/time';
import { temporal as proto } from '@temporalio/proto';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRAM } from '../domain/contract/names';
import { shellQuote, shortQuote } from '../domain/text/printedText';
import type { TemporalConnection } from './connection';

/** A worker that polled a task queue. Temporal lists it for some minutes, dead or alive. */
export interface Poller {
  identity: string;
  /** The version that it runs; null for a worker that does not report one of ours. */
  version: string | null;
  /** Of a worker under worker versioning; null without. */
  build: Build | null;
  /** Whether Temporal gives it tasks: a build under worker versioning has to be promoted first. */
  takesTasks: boolean;
  lastAskedAtMs: number;
}

/** A version of a worker deployment. */
export interface Build {
  deploymentName: string;
  buildId: string;
}

const { TaskQueueType, WorkerVersioningMode } = proto.api.enums.v1;
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
  const { pollers, versioningInfo } = await temporal.call(described, { timeLimitMs: DESCRIBE_TIME_LIMIT_MS });
  const current = versioningInfo?.currentDeploymentVersion ?? null;
  const ramping = versioningInfo?.rampingDeploymentVersion ?? null;
  return pollers.map(({ identity, lastAccessTime, deploymentOptions }) => {
    const { workerVersioningMode } = deploymentOptions ?? {};
    const deploymentName = deploymentOptions?.deploymentName ?? '';
    const buildId = deploymentOptions?.buildId ?? '';
    const isVersioned = workerVersioningMode === WorkerVersioningMode.WORKER_VERSIONING_MODE_VERSIONED;
    const build = isVersioned ? { deploymentName, buildId } : null;
    return {
      identity: identity ?? '',
      version: build === null && deploymentName === PROGRAM && buildId !== '' ? buildId : null,
      build,
      takesTasks: build === null ? current === null : isBuild(build, current) || isBuild(build, ramping),
      lastAskedAtMs: optionalTsToMs(lastAccessTime) ?? 0,
    };
  });
}

function isBuild(build: Build, other: { deploymentName?: string | null; buildId?: string | null } | null): boolean {
  return other?.deploymentName === build.deploymentName && other.buildId === build.buildId;
}

/** A live worker polls again when its long poll returns empty after a minute. */
const LIVES_WITHIN_MS = 70 * SECOND_MS;

export function lives({ lastAskedAtMs }: Poller, nowMs: number): boolean {
  return nowMs - lastAskedAtMs <= LIVES_WITHIN_MS;
}

/** Why live workers get no task, with the remedy; null where versioning is not the reason. */
export function notPromoted(pollers: readonly Poller[], nowMs: number): { reason: string; remedy: string } | null {
  const living = pollers.filter((poller) => lives(poller, nowMs));
  if (living.length === 0 || living.some(({ takesTasks }) => takesTasks)) return null;
  const [build] = living.flatMap((poller) => poller.build ?? []);
  if (build === undefined)
    return {
      reason: 'its workers have no build id, and a deployment has a current version',
      remedy: 'set TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID of the worker to that version',
    };
  const { deploymentName, buildId } = build;
  return {
    reason: `build ${shortQuote(buildId)} polls, and is not the current version of the deployment ${shortQuote(deploymentName)}`,
    remedy: `promote it with temporal worker deployment set-current-version --deployment-name ${shellQuote(deploymentName)} --build-id ${shellQuote(buildId)}`,
  };
}

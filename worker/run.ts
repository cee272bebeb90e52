import { getHeapStatistics } from 'node:v8';
import type { InjectedSinks, NativeConnection, WorkerDeploymentOptions, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type pino from 'pino';
import { createActivities } from '../activities';
import { createPreflightActivities } from '../activities/preflight';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRAM } from '../domain/contract/names';
import { version } from '../package.json';
import { checkAccess } from '../vmc/api/access';
import { createVmcClient } from '../vmc/api/client';
import { PROCESS_CLOCK } from '../vmc/reads/clock';
import { createSharedReads } from '../vmc/reads/batch';
import type { RunSinks } from '../workflows/reports';
import type { Build } from '../temporal/pollers';
import { FAILURE_CONVERTER_PATH, workflowBundle } from './bundle';
import type { WorkerConfiguration } from './configuration';
import { serveHealth } from './health';
import { createApiObserver } from './apiObserver';
import { createMetrics } from './metrics';
import { createRunSinks } from './runSinks';
import { installRuntime } from './sdkRuntime';
import { Troubles } from './troubles';
import { createReadsObserver } from './readsObserver';
import { StartError } from './startError';
import type { Patience } from './connect';
import { checkSearchAttributes, connect, reasonOf, throughOutages } from './connect';
import { EXECUTION_TIMEOUT } from './executionTimeout';
import { Polling } from './polling';
import { TemporalAccess } from './temporalAccess';
import { cachedRuns } from './workflowCache';

export interface RunningWorker {
  /** Takes no more tasks and lets those in hand come to an end, within the configured time. */
  stop: () => void;
  /** Resolves when it has stopped; rejects when it cannot go on. */
  stopped: Promise<void>;
}

/**
 * Starts the worker and says so in one line of log.
 *
 * @throws StartError for what an operator can correct.
 */
export async function startWorker(
  configuration: WorkerConfiguration,
  log: pino.Logger,
  learnSecret: (secret: string) => void,
): Promise<RunningWorker> {
  const { temporal, httpAddress, logLevel, connectTimeoutMs } = configuration;
  let polling: Polling | null = null;
  let metricsUrl: URL | null = null;
  const troubles = new Troubles();
  const metrics = createMetrics(() => troubles.counts());
  if (httpAddress !== null) metrics.watchProcess();
  const health =
    httpAddress === null
      ? null
      : await serveHealth(httpAddress, {
          notReady: async () => (polling === null ? 'starting' : await polling.notReady()),
          metricsUrl: () => metricsUrl,
          ownMetrics: metrics.text,
        });
  const patience = { giveUpAtMs: Date.now() + connectTimeoutMs, log };
  const connection = await connect(temporal, {
    ...patience,
    prepare: async () => {
      metricsUrl = await installRuntime({ log, logLevel, metrics: httpAddress !== null });
    },
  });
  await checkSearchAttributes(connection, temporal, patience);
  const vmc = createVmcClient({
    configuration: configuration.vmc,
    onProblem: (problem) => {
      log.warn(problem);
    },
    observer: createApiObserver(metrics, log, learnSecret),
  });
  const reads = createSharedReads({
    vmc,
    withinMs: configuration.sharedReadsWithinMs,
    clock: PROCESS_CLOCK,
    observer: createReadsObserver(metrics, log),
  });
  const activities = {
    ...createActivities(reads),
    ...createPreflightActivities({ checkAccess: checkAccess.bind(null, vmc) }),
  };
  const access = new TemporalAccess({
    settings: temporal,
    connection,
    log,
    learnSecret,
    onConnection: (renewed) => polling?.use(renewed),
    onRefused: metrics.temporalRefuses,
  });
  const sinks = createRunSinks(metrics, troubles);
  polling = new Polling(await createWorker(configuration, connection, activities, sinks, patience), access);
  const stopped = polling.run();
  const { taskQueue, namespace, address } = temporal;
  log.info({ taskQueue, namespace, address, health }, 'polling');
  return { stop: polling.stop.bind(polling), stopped };
}

async function createWorker(
  configuration: WorkerConfiguration,
  connection: NativeConnection,
  activities: object,
  sinks: InjectedSinks<RunSinks>,
  patience: Patience,
): Promise<Worker> {
  const { temporal, build, maxConcurrentActivities, maxCallsPerSecond, maxCachedWorkflows, shutdownTimeoutMs } =
    configuration;
  const options: WorkerOptions = {
    ...EXECUTION_TIMEOUT,
    connection,
    namespace: temporal.namespace,
    taskQueue: temporal.taskQueue,
    workerDeploymentOptions: deploymentOptionsOf(build),
    workflowBundle: await workflowBundle(),
    dataConverter: { failureConverterPath: FAILURE_CONVERTER_PATH },
    activities,
    sinks,
    // Pollers of this kind outlive refused credentials; others make the worker fail after a minute.
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
    ...(maxCallsPerSecond !== null && { maxTaskQueueActivitiesPerSecond: maxCallsPerSecond }),
    maxCachedWorkflows: maxCachedWorkflows ?? cachedRuns(getHeapStatistics().heap_size_limit),
    shutdownGraceTime: graceTimeMs(shutdownTimeoutMs),
    shutdownForceTime: shutdownTimeoutMs,
  };
  try {
    return await throughOutages(() => Worker.create(options), patience);
  } catch (error) {
    throw new StartError(
      `Temporal at ${temporal.address} does not take a worker for task queue ${temporal.taskQueue} in namespace ${temporal.namespace}: ` +
        reasonOf(error),
      { cause: error },
    );
  }
}

/**
 * A run goes over to the current build: pinned to its first, it would keep old workers alive until
 * its deadline, for up to 30 days. That a build replays the runs of the one before is tested.
 */
function deploymentOptionsOf(build: Build | null): WorkerDeploymentOptions {
  return build === null
    ? // For `doctor`: Temporal shows it beside each poller.
      { version: { deploymentName: PROGRAM, buildId: version }, useWorkerVersioning: false }
    : { version: build, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' };
}

/**
 * Calls in flight are cancelled a little before the time is up, so that what became of them is
 * still reported.
 */
function graceTimeMs(shutdownTimeoutMs: number): number {
  return Math.max(shutdownTimeoutMs - 2 * SECOND_MS, shutdownTimeoutMs / 2);
}

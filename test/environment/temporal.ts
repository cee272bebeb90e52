import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { InjectedSinks, WorkerOptions } from '@temporalio/worker';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { Activities } from '../../activities';
import type { DevServer, DevServerOptions } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import { DEFAULT_TASK_QUEUE, SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { FAILURE_CONVERTER_PATH } from '../../worker/bundle';
import { built } from './build';
import type { RunSinks } from '../../workflows/reports';
import { createMetrics } from '../../worker/metrics';
import { createRunSinks } from '../../worker/runSinks';
import { Troubles } from '../../worker/troubles';

// Before anything connects: the first connection fixes the runtime. jest loads this once for each
// test file.
Runtime.install({
  logger: new DefaultLogger('WARN'),
  // Below this the core warns of every worker on the time-skipping server, which it takes for an
  // old one.
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

/**
 * A server that skips time, with our search attributes: awaiting a result, or `sleep`, takes it to
 * the next thing that happens.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = await temporalExecutable('temporal-test-server');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: searchAttributesOfType(temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD),
  });
  return environment;
}

export interface DevServerEnvironment {
  environment: TestWorkflowEnvironment;
  server: DevServer;
  teardown(): Promise<void>;
}

/**
 * A real server, in real time, with our search attributes: for what the time-skipping one lacks
 * (lists, dynamic configuration, a second process).
 */
export async function devServerEnvironment(options: Partial<DevServerOptions> = {}): Promise<DevServerEnvironment> {
  const server = await startDevServer({ ui: false, searchAttributes: searchAttributesOfType('Keyword'), ...options });
  const { address, namespace } = server;
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  const teardown = async () => {
    await environment.teardown();
    await server.stop();
  };
  return { environment, server, teardown };
}

function searchAttributesOfType<T>(type: T): Record<string, T> {
  return Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, type]));
}

/** What counts the verdicts of a worker. */
export function runSinks(): InjectedSinks<RunSinks> {
  const troubles = new Troubles();
  return createRunSinks(
    createMetrics(() => troubles.counts()),
    troubles,
  );
}

/**
 * A worker with the real workflows. `runUntil` of it ends it when the test's own work has ended.
 */
export function testWorker(
  environment: TestWorkflowEnvironment,
  activities: Activities,
  options: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    connection: environment.nativeConnection,
    namespace: environment.namespace ?? 'default',
    taskQueue: DEFAULT_TASK_QUEUE,
    workflowBundle: { codePath: built('worker/workflow-bundle.js') },
    dataConverter: { failureConverterPath: FAILURE_CONVERTER_PATH },
    activities,
    sinks: runSinks(),
    ...options,
  });
}

import type { ConnectionOptions } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { InjectedSinks, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import type { Activities } from '../../activities';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import { DAY_MS } from '../../domain/contract/duration';
import { DEFAULT_TASK_QUEUE, SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { FAILURE_CONVERTER_PATH } from '../../worker/bundle';
import { built } from './build';
import type { RunSinks } from '../../workflows/reports';
import { EXECUTION_TIMEOUT } from '../../worker/executionTimeout';
import { createMetrics } from '../../worker/metrics';
import { createRunSinks } from '../../worker/runSinks';
import { Troubles } from '../../worker/troubles';

/**
 * A server that skips time, with our search attributes: awaiting a result, or `sleep`, takes it to
 * the next thing that happens.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = await temporalExecutable('temporal-test-server');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    plugins: [{ name: 'without-keepalive', configureConnection: withoutKeepalive }],
  });
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: searchAttributesOfType(temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD),
  });
  return environment;
}

/** The server hangs up on a client that pings it while a call takes long, as a skip may. */
function withoutKeepalive(options: ConnectionOptions): ConnectionOptions {
  return { ...options, channelArgs: { ...options.channelArgs, 'grpc.keepalive_time_ms': DAY_MS } };
}

export function searchAttributesOfType<T>(type: T): Record<string, T> {
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
  { workflowBundle = { codePath: built('worker/workflow-bundle.js') }, ...options }: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    ...EXECUTION_TIMEOUT,
    connection: environment.nativeConnection,
    namespace: environment.namespace ?? 'default',
    taskQueue: DEFAULT_TASK_QUEUE,
    workflowBundle,
    dataConverter: { failureConverterPath: FAILURE_CONVERTER_PATH },
    activities,
    sinks: runSinks(),
    ...options,
  });
}

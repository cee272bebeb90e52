import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker } from '@temporalio/worker';
import { activityInfo } from '@temporalio/activity';
import { createActivities } from '../../activities';
import type { VmcPort } from '../../activities/port';
import type { NewFault } from '../../development/simulatorControls';
import { SimulatorControls } from '../../development/simulatorControls';
import type { CancelTaskInput } from '../../domain/contract/input';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE, workflowId } from '../../domain/contract/names';
import type { Call, Operation } from '../../simulator/calls';
import { startSimulator } from '../../simulator/server';
import type { Settings } from '../../simulator/settings';
import { createVmcClient } from '../../vmc/api/client';
import { readVmcConfiguration } from '../../vmc/configuration';
import type { cancelTask } from '../../workflows';
import { testWorker, timeSkippingEnvironment } from '../environment/temporal';

/** Found anywhere but in a sign-in, it has leaked. */
export const TEST_API_TOKEN = 'canary-api-token-5e1f';

export interface Ids {
  orgId: string;
  taskId: string;
}

export type Handle = WorkflowHandle<typeof cancelTask>;

/**
 * The real workflow on a real worker, the real client over HTTP, the simulator: all of them in the
 * Temporal server's time.
 */
export interface World {
  environment: TestWorkflowEnvironment;
  /** A running task at the API. */
  addTask(script?: Record<string, unknown>, orgId?: string): Promise<Ids>;
  addFault(fault: NewFault): Promise<void>;
  callsOf(ids: Ids, operation?: Operation): Promise<Call[]>;
  start(ids: Ids, input?: Partial<CancelTaskInput>): Promise<Handle>;
  /** Starts, and waits for the result in skipped time. */
  run(ids: Ids, input?: Partial<CancelTaskInput>): ReturnType<Handle['result']>;
  settings(settings: Partial<Settings>): Promise<void>;
  nowMs(): Promise<number>;
  /** A worker of another queue, which may already hold runs. Returns what ends it. */
  lateWorker(taskQueue: string): Promise<() => Promise<void>>;
  tearDown(): Promise<void>;
}

export async function createWorld(
  environment?: TestWorkflowEnvironment,
  skipsTime = environment === undefined,
): Promise<World> {
  const env = environment ?? (await timeSkippingEnvironment());
  const clock = { ms: Date.now() };
  const now = skipsTime ? () => clock.ms : Date.now;
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0, now });
  const controls = new SimulatorControls(simulator.url);
  const configuration = await readVmcConfiguration({
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: TEST_API_TOKEN,
  });
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const vmc = createVmcClient({ configuration: configuration.value, now });
  const activities = createActivities(skipsTime ? inServerTime(vmc, clock) : vmc);
  const worker = await testWorker(env, activities);
  const running = worker.run();

  async function start(ids: Ids, input: Partial<CancelTaskInput> = {}): Promise<Handle> {
    return env.client.workflow.start<typeof cancelTask>(WORKFLOW_TYPE, {
      taskQueue: DEFAULT_TASK_QUEUE,
      workflowId: workflowId(ids),
      args: [{ ...ids, ...input }],
    });
  }

  return {
    environment: env,
    async addTask(script = {}, orgId = 'org-1') {
      clock.ms = Math.max(clock.ms, await env.currentTimeMs());
      return await controls.addTask({ orgId, script });
    },
    async addFault(fault) {
      await controls.addFault(fault);
    },
    callsOf: ({ taskId }, operation) => controls.calls({ taskId, ...(operation && { operation }) }),
    start,
    async run(ids, input) {
      return (await start(ids, input)).result();
    },
    async settings(settings) {
      await controls.changeSettings(settings);
    },
    nowMs: () => env.currentTimeMs(),
    async lateWorker(taskQueue) {
      const late = await testWorker(env, activities, { taskQueue });
      const lateRunning = late.run();
      return () => stopped(late, lateRunning);
    },
    async tearDown() {
      await stopped(worker, running);
      vmc.close();
      await simulator.close();
      if (environment === undefined) await env.teardown();
    },
  };
}

async function stopped(worker: Worker, running: Promise<void>): Promise<void> {
  worker.shutdown();
  await running;
}

/**
 * The API's clock is the time at which the server scheduled the call: the task lives in the same
 * skipped time as the workflow.
 */
function inServerTime(vmc: VmcPort, clock: { ms: number }): VmcPort {
  const tick = () => {
    clock.ms = Math.max(clock.ms, activityInfo().currentAttemptScheduledTimestampMs);
  };
  return {
    cancelTask: (ids, limits) => {
      tick();
      return vmc.cancelTask(ids, limits);
    },
    getTask: (ids, limits) => {
      tick();
      return vmc.getTask(ids, limits);
    },
  };
}

/** Type and message of the application failure in which a run ended. */
export async function failureOf(result: Promise<unknown>): Promise<{ type: string | undefined; message: string }> {
  try {
    await result;
  } catch (error) {
    if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure)
      return { type: error.cause.type ?? undefined, message: error.cause.message };
    throw error;
  }
  throw new Error('the run did not fail');
}

/** The body of an answer as the API itself writes it. */
export function errorResponse(status: number, retryable: boolean): Record<string, unknown> {
  return { status, path: '/vmc/api/x', retryable, error_code: 'simulated.code', error_messages: ['simulated message'] };
}

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { WorkerOptions } from '@temporalio/worker';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../activities';
import { SimulatorControls } from '../development/simulatorControls';
import { startDevServer } from '../development/temporal/devServer';
import { cancellationSummary } from '../domain/text/runText';
import { SEARCH_ATTRIBUTE_NAMES, WORKFLOW_TYPE, workflowId } from '../domain/contract/names';
import { startSimulator } from '../simulator/server';
import { createVmcClient } from '../vmc/api/client';
import { readVmcConfiguration } from '../vmc/configuration';
import { workflowBundle } from '../worker/bundle';
import { quantile } from './kit/quantile';
import { createMetrics } from '../worker/metrics';
import { createRunSinks } from '../worker/runSinks';
import { Troubles } from '../worker/troubles';

/**
 * Start to first cancel POST on a dev server with a warm worker: `cancelTask` beside a workflow
 * that is nothing but the one activity, in turn, in one run. Measured from the start call to the
 * arrival of the POST at the API's socket.
 */
const OURS = { workflowType: WORKFLOW_TYPE, taskQueue: 'bench-cancel-task' };
const BARE = { workflowType: 'bareCancel', taskQueue: 'bench-bare' };
const ORG_ID = 'bench-org';
const WARM_UP_PAIRS = 20;
/**
 * What a run leaves behind (its termination, the visibility store) must not fall into the next
 * one's time.
 */
const SETTLE_MS = 150;

function arrivalOfCancel(taskId: string): Promise<number> {
  return new Promise((resolve) => {
    const listener = (message: unknown) => {
      const { request } = message as { request: IncomingMessage };
      if (request.method !== 'POST' || request.url?.includes(`/tasks/${taskId}?`) !== true) return;
      unsubscribe('http.server.request.start', listener);
      resolve(performance.now());
    };
    subscribe('http.server.request.start', listener);
  });
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({ options: { pairs: { type: 'string', default: '200' } } });
  const pairs = Number(flags.pairs);
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  const server = await startDevServer({ ui: false, searchAttributes });
  const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  const configuration = await readVmcConfiguration({
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: 'bench',
  });
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const controls = new SimulatorControls(simulator.url);
  const vmc = createVmcClient({ configuration: configuration.value });
  const nativeConnection = await NativeConnection.connect({ address: server.address });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection });
  const workerOf = (taskQueue: string, workflows: Partial<WorkerOptions>) =>
    Worker.create({
      connection: nativeConnection,
      taskQueue,
      ...workflows,
      activities: createActivities(vmc),
      sinks: createRunSinks(
        createMetrics(() => new Map()),
        new Troubles(),
      ),
    });
  const worker = await workerOf(OURS.taskQueue, { workflowBundle: await workflowBundle() });
  const bareWorker = await workerOf(BARE.taskQueue, { workflowsPath: require.resolve('./temporal/bareCancel') });

  async function startToCancelMs({ workflowType, taskQueue }: typeof OURS, taskId: string): Promise<number> {
    const ids = { orgId: ORG_ID, taskId };
    await controls.addTask(ids);
    const arrival = arrivalOfCancel(taskId);
    const startedAt = performance.now();
    const handle = await client.workflow.start(workflowType, {
      taskQueue,
      workflowId: workflowId(ids),
      args: [ids],
      staticSummary: cancellationSummary(ids),
    });
    const latencyMs = (await arrival) - startedAt;
    if (workflowType === OURS.workflowType) await handle.terminate('measured');
    else await handle.result();
    await setTimeout(SETTLE_MS);
    return latencyMs;
  }

  await bareWorker.runUntil(
    worker.runUntil(async () => {
      const ours: number[] = [];
      const bare: number[] = [];
      for (let pair = -WARM_UP_PAIRS; pair < pairs; pair += 1) {
        const oursMs = await startToCancelMs(OURS, `ours-${pair}`);
        const bareMs = await startToCancelMs(BARE, `bare-${pair}`);
        if (pair < 0) continue;
        ours.push(oursMs);
        bare.push(bareMs);
      }
      console.log(`start to first cancel POST, ${pairs} pairs in turn, dev server, one warm worker`);
      for (const q of [0.5, 0.95, 0.99]) {
        const [oursMs, bareMs] = [quantile(ours, q), quantile(bare, q)];
        console.log(
          `p${q * 100}: cancelTask ${oursMs.toFixed(1)} ms, bare ${bareMs.toFixed(1)} ms, ratio ${(oursMs / bareMs).toFixed(2)}`,
        );
      }
    }),
  );
  vmc.close();
  await connection.close();
  await nativeConnection.close();
  await simulator.close();
  await server.stop();
}

void main();

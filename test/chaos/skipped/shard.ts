import { randomUUID } from 'node:crypto';
import { activityInfo } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker, WorkflowBundleOption } from '@temporalio/worker';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { createActivities } from '../../../activities';
import type { VmcPort } from '../../../activities/port';
import { SimulatorControls } from '../../../development/simulatorControls';
import { MINUTE_MS, SECOND_MS } from '../../../domain/contract/duration';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../../domain/contract/names';
import { startSimulator } from '../../../simulator/server';
import type { CallLimits } from '../../../vmc/api/callLimits';
import type { VmcClient } from '../../../vmc/api/client';
import { createVmcClient } from '../../../vmc/api/client';
import { readVmcConfiguration } from '../../../vmc/configuration';
import { createSharedReads } from '../../../vmc/reads/batch';
import { PROCESS_CLOCK } from '../../../vmc/reads/clock';
import { testWorker, timeSkippingEnvironment } from '../../environment/timeSkipping';
import { Proxy } from '../proxy';
import { ServerClock } from './clock';
import { CROWD_ORG } from './plan';

// Before anything connects: the first connection fixes the runtime.
Runtime.install({
  // The trouble that runs have is the campaign's own.
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

const HOST = '127.0.0.1';
const API_TOKEN = 'canary-api-token-7d20';
/** So short that the sign-in service is needed about as often as the faults of it last. */
const TOKEN_SECONDS = 30 * 60;
const MOST_RUNS = 1_000;
/** A call of the server that takes a minute is broken off, however much happens meanwhile. */
const LONGEST_SKIP_MS = 10 * MINUTE_MS;
/** In real time: no time is skipped meanwhile. */
const CALL_LIMIT_MS = SECOND_MS;
const CROWD_HOLD_MS = 200;
/** Of a workflow task that a worker has taken, as the SDK sets it. */
const TASK_TIMEOUT_MS = 10 * SECOND_MS;
/** More than a worker has at a time. */
const MOST_POLLS = 20;

/** A Temporal that skips time, and all that lives in its time: simulator, proxy and a worker. */
export class Shard {
  private constructor(
    private readonly environment: TestWorkflowEnvironment,
    private readonly clock: ServerClock,
    readonly beganAtMs: number,
    readonly proxy: Proxy,
    readonly controls: SimulatorControls,
    readonly client: Client,
    private readonly newWorker: () => Promise<Worker>,
    private readonly closeOthers: () => Promise<void>,
  ) {}

  static async start(workflowBundle: WorkflowBundleOption, { keepsRuns }: { keepsRuns: boolean }): Promise<Shard> {
    const environment = await timeSkippingEnvironment();
    const clock = new ServerClock(PROCESS_CLOCK);
    const now = () => clock.nowMs();
    const beganAtMs = await environment.currentTimeMs();
    clock.told(beganAtMs);
    const simulator = await startSimulator({ host: HOST, port: 0, now });
    const controls = new SimulatorControls(simulator.url);
    await controls.changeSettings({ accessTokenTtlSeconds: TOKEN_SECONDS, apiTokens: [API_TOKEN] });
    const proxy = new Proxy('p', { host: HOST, port: Number(new URL(simulator.url).port) }, now);
    const apiUrl = await proxy.listen();
    const configuration = await readVmcConfiguration({
      VMC_API_URL: `${apiUrl}/vmc/api`,
      VMC_CSP_URL: apiUrl,
      VMC_API_TOKEN: API_TOKEN,
    });
    if (!configuration.ok) throw new Error(configuration.problems.join('; '));
    const vmc = createVmcClient({ configuration: configuration.value, now });
    const activities = createActivities(port(vmc, clock));
    // Without a Client of its own, whoever awaits a result has time skipped.
    const client = new Client({ connection: environment.connection });
    const newWorker = () =>
      testWorker(environment, activities, { workflowBundle, maxCachedWorkflows: keepsRuns ? MOST_RUNS : 0 });
    const closeOthers = async () => {
      vmc.close();
      await proxy.close();
      await simulator.close();
      await environment.teardown();
    };
    const shard = new Shard(environment, clock, beganAtMs, proxy, controls, client, newWorker, closeOthers);
    await shard.startWorker();
    return shard;
  }

  private endWorker: () => Promise<void> = () => Promise.resolve();

  private async startWorker(): Promise<void> {
    const worker = await this.newWorker();
    const running = worker.run();
    this.endWorker = async () => {
      worker.shutdown();
      await running;
    };
  }

  async replaceWorker(): Promise<void> {
    await this.endWorker();
    await this.startWorker();
    await this.flushPolls();
  }

  /**
   * This server still hands tasks to the polls of a worker that has left. A run gets its task back
   * when that has timed out, but an update in it never ends, and no time is skipped any more. So
   * runs that nobody needs take those polls first.
   */
  private async flushPolls(): Promise<void> {
    const start = () =>
      this.client.workflow.start(WORKFLOW_TYPE, {
        workflowId: randomUUID(),
        taskQueue: DEFAULT_TASK_QUEUE,
        args: [{ refused: true }],
      });
    const runs = await Promise.all(Array.from({ length: MOST_POLLS }, start));
    const hasEnded = async (run: (typeof runs)[number]) => (await run.describe()).status.name !== 'RUNNING';
    while (!(await Promise.all(runs.map(hasEnded))).every(Boolean)) await this.skipTo(this.now() + TASK_TIMEOUT_MS);
  }

  async close(): Promise<void> {
    await this.endWorker();
    await this.closeOthers();
  }

  get connection() {
    return this.environment.connection;
  }

  now(): number {
    return this.clock.nowMs();
  }

  /** Lets all happen that is due until then. */
  async skipTo(atMs: number): Promise<void> {
    let leftMs = atMs - (await this.environment.currentTimeMs());
    for (; leftMs > 0; leftMs -= LONGEST_SKIP_MS) await this.environment.sleep(Math.min(leftMs, LONGEST_SKIP_MS));
    this.clock.told(await this.environment.currentTimeMs());
  }
}

/** As a worker has it: reads of one organization share lists. Of the others each goes out alone. */
function port(vmc: VmcClient, clock: ServerClock): VmcPort {
  const shortly = ({ signal }: CallLimits): CallLimits => ({ signal, timeLimitMs: CALL_LIMIT_MS });
  const quick: Parameters<typeof createSharedReads>[0]['vmc'] = {
    cancelTask: (ids, limits) => vmc.cancelTask(ids, shortly(limits)),
    getTask: (ids, limits) => vmc.getTask(ids, shortly(limits)),
    listTasks: (query, limits) => vmc.listTasks(query, shortly(limits)),
  };
  const observer = { answered: ignore, listed: ignore, paused: ignore, opened: ignore, closed: ignore };
  const [crowds, others] = [CROWD_HOLD_MS, 0].map((withinMs) =>
    createSharedReads({ vmc: quick, withinMs, clock, observer }),
  ) as [VmcPort, VmcPort];
  const readsOf = ({ orgId }: { orgId: string }) => {
    clock.told(activityInfo().currentAttemptScheduledTimestampMs);
    return orgId.startsWith(CROWD_ORG) ? crowds : others;
  };
  return {
    cancelTask: (ids, limits) => readsOf(ids).cancelTask(ids, limits),
    getTask: (read, limits) => readsOf(read).getTask(read, limits),
  };
}

function ignore(): void {
  // The log of calls says it all.
}

import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CancellationClient } from '../../client';
import { runUrl, uiUrl } from '../../cli/uiLinks';
import { TemporalConnection } from '../../temporal/connection';
import { registerSearchAttributes } from '../../temporal/searchAttributes';
import type { Environment } from '../../domain/settings/environment';
import { SEARCH_ATTRIBUTE_NAMES, TASK_QUEUE_VARIABLE } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import { readTemporalSettings } from '../../temporal/settings';
import type { TaskIds } from '../../vmc/api/client';
import { createVmcClient } from '../../vmc/api/client';
import { readVmcConfiguration } from '../../vmc/configuration';
import { SimulatorControls } from '../simulatorControls';
import { startDevServer } from '../temporal/devServer';
import { lastLines } from '../run';
import { givenTemporalAddress } from '../temporal/temporalExecutables';
import type { WorkerProcess } from './workerProcess';
import { startWorkerProcess } from './workerProcess';

const CALL_TIME_LIMIT_MS = 10_000;

/** The parts that all scenes share. */
export interface Stage {
  orgId: string;
  client: CancellationClient;
  simulator: SimulatorControls;
  cancelAsSomebodyElse: (ids: TaskIds) => Promise<void>;
  worker: WorkerProcess;
  workerLog: string;
  /** For an error message. */
  endOfWorkerLog(): string;
  /** Variables with which `vmc-cancel` finds this stage in another terminal. */
  shellVariables: Record<string, string>;
  /** Whether the server, with the runs, outlives the demo. */
  temporalIsGiven: boolean;
  linkOf: (run: { workflowId: string; runId: string }) => string | null;
  /** Replaces a killed worker. */
  restartWorker(): Promise<void>;
  /** Ends a run without a worker, on a server that others use as well. */
  terminate(workflowId: string): Promise<void>;
}

export interface StageOptions {
  env: Environment;
  /** Called for every step. */
  say: (line: string) => void;
  /** Registers the take-down of a part. The last one registered runs first. */
  onSetUp: (takeDown: () => Promise<void>) => void;
  /** Called when a part fails by itself. */
  onBreakdown: (error: Error) => void;
  signal: AbortSignal;
}

export async function setUpStage({ env, say, onSetUp, onBreakdown, signal }: StageOptions): Promise<Stage> {
  const directory = temporaryDirectory();
  const openTemporal = givenTemporalAddress(env) === null ? ownTemporal : givenTemporal;
  const temporal = await openTemporal({ env, onSetUp, signal, directory });
  const { connection, ui } = temporal;
  say(`Temporal   ${connection.address}${ui === null ? '' : `, its UI on ${ui}`}`);

  const simulator = await startSimulator({ host: '127.0.0.1', port: 0 });
  onSetUp(() => simulator.close());
  say(`Simulator  ${simulator.url}, in place of VMware's API`);

  const workerEnv = {
    ...temporal.env,
    [TASK_QUEUE_VARIABLE]: connection.taskQueue,
    VMC_API_URL: simulator.apiUrl,
    VMC_CSP_URL: simulator.cspUrl,
    VMC_API_TOKEN: 'any-token-will-do',
    VMC_CANCEL_LOG_FORMAT: 'json',
  };
  signal.throwIfAborted();
  const workerLog = path.join(directory, 'worker.log');
  const startWorker = () =>
    startWorkerProcess({
      env: workerEnv,
      logFile: workerLog,
      onUnexpectedEnd: (error) => {
        onBreakdown(withLog(error, workerLog));
      },
    });
  let worker = startWorker();
  onSetUp(() => worker.stop());
  await worker.polling.catch((error: unknown) => Promise.reject(withLog(error, workerLog)));
  say(`Worker     process ${worker.pid}, polling "${connection.taskQueue}"`);

  return {
    orgId: temporal.orgId,
    client: CancellationClient.using(connection.client, { taskQueue: connection.taskQueue }),
    simulator: new SimulatorControls(simulator.url),
    cancelAsSomebodyElse: (ids) => cancelAsSomebodyElse(ids, simulator),
    get worker() {
      return worker;
    },
    workerLog,
    endOfWorkerLog: () => endOfLog(workerLog),
    shellVariables: temporal.shellVariables,
    temporalIsGiven: temporal.isGiven,
    linkOf: (run) => (ui === null ? null : runUrl(ui, connection.namespace, run)),
    async restartWorker() {
      worker = startWorker();
      await worker.polling;
    },
    async terminate(workflowId) {
      await connection.client.workflow.getHandle(workflowId).terminate('the demo ended before it');
    },
  };
}

async function cancelAsSomebodyElse(ids: TaskIds, { apiUrl, cspUrl }: Simulator): Promise<void> {
  const environment = { VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: "somebody-else's" };
  const configuration = await readVmcConfiguration(environment);
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const vmc = createVmcClient({ configuration: configuration.value });
  try {
    await vmc.cancelTask(ids, { signal: new AbortController().signal, timeLimitMs: CALL_TIME_LIMIT_MS });
  } finally {
    vmc.close();
  }
}

interface Temporal {
  connection: TemporalConnection;
  ui: string | null;
  isGiven: boolean;
  orgId: string;
  env: Environment;
  shellVariables: Record<string, string>;
}

interface TemporalOptions extends Pick<StageOptions, 'env' | 'onSetUp' | 'signal'> {
  directory: string;
}

async function ownTemporal({ env, onSetUp, signal, directory }: TemporalOptions): Promise<Temporal> {
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  const starting = startDevServer({ ui: true, searchAttributes, signal });
  onSetUp(() => starting.then((server) => server.stop(), noFurtherWord));
  const server = await starting;
  const { address, uiUrl: ui } = server;
  // The user's settings, a profile file included, are for another server.
  const ownEnv = {
    ...without(env, /^(VMC|TEMPORAL)_/),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_CONFIG_FILE: path.join(directory, 'no-profile.toml'),
  };
  const connection = await TemporalConnection.open(
    await readTemporalSettings(ownEnv, { taskQueue: env[TASK_QUEUE_VARIABLE] }),
  );
  onSetUp(() => connection.close());
  const uiVariable = ui === null ? {} : { VMC_CANCEL_UI_URL: ui };
  return {
    connection,
    ui,
    isGiven: false,
    orgId: 'demo',
    env: ownEnv,
    shellVariables: { TEMPORAL_ADDRESS: address, ...uiVariable },
  };
}

/**
 * A server that others use as well: the demo's worker must get none of their cancellations, nor
 * theirs one of the demo's.
 */
async function givenTemporal({ env, onSetUp }: TemporalOptions): Promise<Temporal> {
  const unique = `demo-${randomBytes(3).toString('hex')}`;
  const taskQueue = `vmc-cancel-${unique}`;
  const connection = await TemporalConnection.open(await readTemporalSettings(env, { taskQueue }));
  onSetUp(() => connection.close());
  await registerSearchAttributes(connection);
  const { address } = connection;
  const ui = uiUrl(address, env);
  const uiVariable = ui === null ? {} : { VMC_CANCEL_UI_URL: ui };
  return {
    connection,
    ui,
    isGiven: true,
    orgId: unique,
    env: without(env, /^VMC_/),
    shellVariables: { TEMPORAL_ADDRESS: address, ...uiVariable, [TASK_QUEUE_VARIABLE]: taskQueue },
  };
}

function without(env: Environment, pattern: RegExp): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !pattern.test(name)));
}

/** Removed when the process ends, whatever ends it. */
function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'vmc-cancel-demo-'));
  process.once('exit', () => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

const LOG_LINES = 8;

function withLog(error: unknown, logFile: string): Error {
  return new Error(`${error instanceof Error ? error.message : String(error)}\n${endOfLog(logFile)}`);
}

function endOfLog(logFile: string): string {
  return `The end of the worker's log:\n${lastLines(readFileSync(logFile, 'utf8'), LOG_LINES)}`;
}

function noFurtherWord(): void {
  // The caller that awaits the start reports it.
}

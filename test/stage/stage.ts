import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import type { CancellationId, CancelTaskProgress } from '../../client';
import { CancellationClient } from '../../client';
import { SimulatorControls } from '../../development/simulatorControls';
import type { DevServer, DevServerOptions } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import type { CancelTaskInput } from '../../domain/contract/input';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import type { Ended, Environment } from './childProcess';
import { ChildProcess } from './childProcess';
import { Cli } from './cli';
import { CommandRun } from './commandRun';
import { untilProgress } from './untilProgress';
import { WorkerProcess } from './workerProcess';

export const ORG = 'org-1';
export const FAST = { poll: { min: '500ms', max: '1s' } };
export const SEARCH_ATTRIBUTES = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const));

export interface StageOptions extends Omit<DevServerOptions, 'ui'> {
  ui?: boolean;
  /** A free one where not given. */
  simulatorPort?: number;
  /** Where the simulator keeps its tasks and access tokens. */
  simulatorState?: string;
}

/** A Temporal, a VMC API and, when asked for, workers: all real and on this machine. */
export class Stage {
  private constructor(
    readonly server: DevServer,
    readonly simulator: Simulator,
    readonly client: CancellationClient,
  ) {}

  /** @param options with a `dbFile`, Temporal can be stopped and started again where it was */
  static async begin({ simulatorPort = 0, simulatorState, ...options }: StageOptions = {}): Promise<Stage> {
    const state = simulatorState === undefined ? {} : { stateFile: simulatorState };
    const [server, simulator] = await Promise.all([
      startDevServer({ ui: false, searchAttributes: SEARCH_ATTRIBUTES, ...options }),
      startSimulator({ host: '127.0.0.1', port: simulatorPort, ...state }),
    ]);
    return new Stage(server, simulator, await CancellationClient.connect({ address: server.address, env: {} }));
  }

  async end(): Promise<void> {
    await ChildProcess.killAll();
    await this.client.close();
    await Promise.all([this.simulator.close(), this.server.stop()]);
  }

  /** What a command needs to find Temporal. */
  get environment(): Record<string, string> {
    const { address, httpUrl } = this.server;
    return { TEMPORAL_ADDRESS: address, VMC_ORG_ID: ORG, ...(httpUrl !== null && { TEMPORAL_HTTP_URL: httpUrl }) };
  }

  /** What a worker, or a command that calls the API itself, needs. */
  vmcEnvironment(orgId = ORG): Record<string, string> {
    const { apiUrl, cspUrl } = this.simulator;
    const vmc = { VMC_ORG_ID: orgId, VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: 'token' };
    return { ...this.environment, ...vmc };
  }

  get controls(): SimulatorControls {
    return new SimulatorControls(this.simulator.url);
  }

  /** A worker that polls. */
  async startWorker(environment: Environment = {}): Promise<WorkerProcess> {
    const worker = new WorkerProcess({ ...this.vmcEnvironment(), ...environment });
    await worker.logged('polling');
    return worker;
  }

  /** A task that runs at the API, and its ids. */
  async task(script: object = {}, orgId = ORG): Promise<{ orgId: string; taskId: string }> {
    return await this.controls.addTask({ orgId, script });
  }

  /** A task that runs at the API, and whose cancellation was started. */
  async started(script: object = {}, options: Omit<CancelTaskInput, 'orgId' | 'taskId'> = {}) {
    const ids = await this.task(script);
    const { workflowId } = await this.client.start({ ...ids, ...options });
    return { ...ids, workflowId };
  }

  /** A worker on a busy machine may leave a query unanswered: the next one is as good. */
  async untilProgress(id: CancellationId, reached: (progress: CancelTaskProgress) => boolean): Promise<void> {
    await untilProgress(this.client, id, reached);
  }

  /** Temporal's own command line, as an operator uses it. */
  async temporal(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: tmpdir(), TEMPORAL_ADDRESS: this.server.address };
    const { stdout } = await promisify(execFile)(await temporalExecutable('temporal'), args, { env });
    return stdout;
  }

  /** A command in this process. */
  start(...args: string[]): CommandRun {
    return new CommandRun(args, this.environment);
  }

  /** The executable, for what only a process shows. */
  spawn(...args: string[]): Cli {
    return new Cli(args, this.environment);
  }

  async run(...args: string[]): Promise<Ended> {
    return await this.start(...args).ended;
  }

  async execute(...args: string[]): Promise<Ended> {
    return await this.spawn(...args).ended;
  }
}

/** The documents of an output that has one a line. */
export function documents(output: string): Record<string, unknown>[] {
  return output.trim() === ''
    ? []
    : output
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
}

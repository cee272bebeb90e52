import type { ChildProcessByStdio } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { CancellationClient } from '../../client';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { temporalExecutable } from '../../development/temporal/temporalExecutables';
import type { CancelTaskInput } from '../../domain/contract/input';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import { built } from '../environment/build';
import type { Ended } from './command';
import { CommandRun } from './command';
import { WorkerProcess } from '../worker/workerProcess';

const ROOT = path.join(__dirname, '..', '..');

export const ORG = 'org-1';
export const FAST = { poll: { min: '500ms', max: '1s' } };

/**
 * The executable as a user starts it, with nothing of this process's environment but what finding
 * programs takes.
 */
export class Cli {
  private static readonly running = new Set<Cli>();
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const startedAtMs = Date.now();
    const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    // One process, so that a signal reaches the command itself.
    const entry = [built('cli/main.js'), ...args];
    this.child = spawn(process.execPath, entry, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(this.child, 'close').then(() => {
      Cli.running.delete(this);
      const { stdout, stderr } = this;
      return { code: this.child.exitCode, stdout, stderr, tookMs: Date.now() - startedAtMs };
    });
    Cli.running.add(this);
  }

  /** For what a failed test leaves behind. */
  static async killAll(): Promise<void> {
    await Promise.all(
      [...Cli.running].map(async ({ child, ended }) => {
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  /** Closes the reading end of an output, as `head` does when it has had enough. */
  stopReading(output: 'stdout' | 'stderr' = 'stdout'): void {
    this.child[output].destroy();
  }

  /** What is printed meanwhile waits in the pipe, as far as there is room. */
  async whileUnread(meanwhile: () => Promise<unknown>): Promise<void> {
    this.child.stdout.pause();
    await meanwhile();
    this.child.stdout.resume();
  }

  async printed(text: string, on: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    while (!this[on].includes(text)) {
      const over = await Promise.race([once(this.child[on], 'data').then(() => null), this.ended]);
      if (over !== null && !this[on].includes(text))
        throw new Error(
          `it ended (${String(over.code)}) without printing "${text}" on ${on}:\n${over.stdout}${over.stderr}`,
        );
    }
  }
}

/** A Temporal, a VMC API and, when asked for, a worker, all real and on this machine. */
export class World {
  private constructor(
    readonly server: DevServer,
    readonly simulator: Simulator,
    /** For what is not the point of a test, because it is quicker than the executable. */
    readonly client: CancellationClient,
  ) {}

  /** @param options with a `dbFile`, Temporal can be stopped and started again where it was */
  static async begin(
    options: { searchAttributes?: boolean; dbFile?: string; dynamicConfig?: Record<string, unknown> } = {},
  ): Promise<World> {
    const { searchAttributes = true, ...serverOptions } = options;
    const attributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const));
    const [server, simulator] = await Promise.all([
      startDevServer({ ui: false, searchAttributes: searchAttributes ? attributes : {}, ...serverOptions }),
      startSimulator({ host: '127.0.0.1', port: 0 }),
    ]);
    return new World(server, simulator, await CancellationClient.connect({ address: server.address, env: {} }));
  }

  async end(): Promise<void> {
    await Promise.all([Cli.killAll(), WorkerProcess.killAll()]);
    await this.client.close();
    await this.simulator.close();
    await this.server.stop();
  }

  get environment(): Record<string, string> {
    return { TEMPORAL_ADDRESS: this.server.address, VMC_ORG_ID: ORG };
  }

  async startWorker(): Promise<WorkerProcess> {
    const { apiUrl, cspUrl } = this.simulator;
    const worker = WorkerProcess.start({
      ...this.environment,
      VMC_API_URL: apiUrl,
      VMC_CSP_URL: cspUrl,
      VMC_API_TOKEN: 'token',
    });
    await worker.logged('polling');
    return worker;
  }

  /** A task that runs at the API, and its ids. */
  async task(script: object = {}, orgId = ORG): Promise<{ orgId: string; taskId: string }> {
    const ids = { orgId, taskId: randomUUID() };
    await this.control('/tasks', { ...ids, script });
    return ids;
  }

  /** A task that runs at the API, and whose cancellation was started. */
  async started(script: object = {}, options: Omit<CancelTaskInput, 'orgId' | 'taskId'> = {}) {
    const ids = await this.task(script);
    const { workflowId } = await this.client.start({ ...ids, ...options });
    return { ...ids, workflowId };
  }

  async fault(fault: object): Promise<void> {
    await this.control('/faults', fault);
  }

  /** The only API tokens that sign-in takes from now on. */
  async acceptTokens(apiTokens: readonly string[]): Promise<void> {
    await this.control('/settings', { apiTokens }, 'PATCH');
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

  private async control(route: string, body: object, method = 'POST'): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    const url = `${this.simulator.url}/_simulator${route}`;
    const answer = await fetch(url, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
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

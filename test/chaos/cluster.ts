import { execFile, spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { SimulatorControls } from '../../development/simulatorControls';
import { freePort } from '../environment/freePort';
import { ComposeTemporal } from './composeTemporal';
import { DevTemporal } from './devTemporal';
import { persistently } from './persistently';
import type { FaultKind } from './plan';
import { CLOCK_WORKER, DISK_WORKER, WORKERS } from './plan';
import { ManagedProcess } from './processes';
import { Proxy } from './proxy';
import type { Temporal } from './temporal';

const ROOT = path.join(__dirname, '..', '..');
const HOST = '127.0.0.1';
const READY_LIMIT_MS = 2_000;
const DISK = '64m';
export const USUAL_TOKEN_SECONDS = 20;

const run = promisify(execFile);

/** Everything that a campaign runs, each part in a process of its own. */
export class Cluster {
  private constructor(
    /** Of logs, of the state of all that has one, and of the evidence. */
    readonly folder: string,
    readonly temporal: Temporal,
    readonly simulator: ManagedProcess,
    readonly controls: SimulatorControls,
    /** One for each worker, between it and the API. */
    readonly proxies: readonly Proxy[],
    readonly workers: readonly ManagedProcess[],
    readonly connection: Connection,
    /** What this machine cannot do, and why. */
    readonly skipped: ReadonlyMap<FaultKind, string>,
  ) {}

  private tokens = 0;

  static async start({ onPostgres }: { onPostgres: boolean }): Promise<Cluster> {
    const folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-chaos-'));
    const temporal = onPostgres
      ? await ComposeTemporal.started(path.join(folder, 'dynamic-config.yaml'))
      : await DevTemporal.started(path.join(folder, 'temporal.db'));
    const simulatorPort = await freePort();
    const simulator = simulatorProcess(folder, simulatorPort);
    await simulator.start();
    const proxies = Array.from({ length: WORKERS }, (_, index) => {
      return new Proxy(`p${index}`, { host: HOST, port: simulatorPort });
    });
    const skipped = new Map<FaultKind, string>();
    const clock = await clockEnvironment(folder);
    if (clock === null) skipped.set('clockStepped', 'needs faketime (apt-get install faketime)');
    const hasDisk = await mountDisk(folder);
    if (!hasDisk) skipped.set('logDiskFull', 'needs the right to mount a tmpfs');
    const workers = await Promise.all(
      proxies.map(async (proxy, index) => {
        const environment = {
          ...workerEnvironment(folder, temporal.address, await proxy.listen()),
          ...(index === CLOCK_WORKER && clock),
        };
        return workerProcess(folder, index, environment, await freePort(), index !== DISK_WORKER || !hasDisk);
      }),
    );
    const connection = await Connection.connect({ address: temporal.address });
    const controls = new SimulatorControls(`http://${HOST}:${simulatorPort}`);
    const cluster = new Cluster(folder, temporal, simulator, controls, proxies, workers, connection, skipped);
    await cluster.rotateToken();
    await controls.changeSettings({ accessTokenTtlSeconds: USUAL_TOKEN_SECONDS });
    await Promise.all(workers.map((worker) => worker.start()));
    return cluster;
  }

  async end(): Promise<void> {
    await this.connection.close();
    await Promise.all(this.workers.map((worker) => worker.end('SIGKILL')));
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await Promise.all([this.simulator.end('SIGKILL'), this.temporal.end()]);
    if (!this.skipped.has('logDiskFull')) await unmountDisk(this.folder);
  }

  get client(): Client {
    return new Client({ connection: this.connection });
  }

  get processes(): readonly ManagedProcess[] {
    return [this.simulator, ...this.workers];
  }

  /** The API refuses the token of before at its next sign-in. */
  async revokeToken(): Promise<void> {
    this.tokens += 1;
    await persistently(() => this.controls.changeSettings({ apiTokens: [this.token] }));
  }

  /** The workers find the new token. */
  async writeToken(): Promise<void> {
    await writeFile(tokenFile(this.folder), this.token);
  }

  private async rotateToken(): Promise<void> {
    await this.writeToken();
    await this.controls.changeSettings({ apiTokens: [this.token] });
  }

  private get token(): string {
    return `token-${this.tokens}`;
  }
}

function simulatorProcess(folder: string, port: number): ManagedProcess {
  const main = path.join(ROOT, 'dist', 'simulator', 'main.js');
  return new ManagedProcess({
    name: 'simulator',
    command: [process.execPath, main, '--port', String(port), '--state', path.join(folder, 'simulator.state')],
    environment: {},
    logFile: path.join(folder, 'simulator.log'),
    isPiped: true,
    isReady: () => answers(`http://${HOST}:${port}/_simulator/tasks`),
  });
}

function workerProcess(
  folder: string,
  index: number,
  environment: Readonly<Record<string, string>>,
  healthPort: number,
  isPiped: boolean,
): ManagedProcess {
  const name = `worker-${index}`;
  return new ManagedProcess({
    name,
    command: [process.execPath, path.join(ROOT, 'dist', 'worker', 'main.js')],
    environment: { ...environment, VMC_CANCEL_HTTP_ADDRESS: `${HOST}:${healthPort}` },
    logFile: path.join(isPiped ? folder : diskOf(folder), `${name}.log`),
    isPiped,
    isReady: () => answers(`http://${HOST}:${healthPort}/readyz`),
  });
}

function workerEnvironment(folder: string, temporalAddress: string, apiUrl: string): Record<string, string> {
  return {
    HOME: folder,
    TEMPORAL_ADDRESS: temporalAddress,
    VMC_API_URL: `${apiUrl}/vmc/api`,
    VMC_CSP_URL: apiUrl,
    VMC_API_TOKEN_FILE: tokenFile(folder),
    VMC_CANCEL_LOG_FORMAT: 'json',
    // Enough lines to fill the room that a stalled reader or a full disk leaves.
    VMC_CANCEL_LOG_LEVEL: 'debug',
    // One that cannot reach Temporal at its start tries until it can.
    VMC_CANCEL_CONNECT_TIMEOUT: '1h',
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(READY_LIMIT_MS) })).ok;
  } catch {
    return false;
  }
}

function tokenFile(folder: string): string {
  return path.join(folder, 'api-token');
}

/** Holds what faketime adds to the clock of a worker. */
export function clockFile(folder: string): string {
  return path.join(folder, 'clock');
}

/** Null where there is no faketime. */
async function clockEnvironment(folder: string): Promise<Record<string, string> | null> {
  try {
    const { stdout } = await run('faketime', ['-m', '-f', '+0s', 'printenv', 'LD_PRELOAD']);
    await writeFile(clockFile(folder), '+0s');
    return {
      LD_PRELOAD: stdout.trim(),
      FAKETIME_TIMESTAMP_FILE: clockFile(folder),
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  } catch {
    return null;
  }
}

/** Has room for the log of one worker, until it is filled. */
export function diskOf(folder: string): string {
  return path.join(folder, 'disk');
}

async function mountDisk(folder: string): Promise<boolean> {
  await mkdir(diskOf(folder));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'none', diskOf(folder)]);
  } catch {
    return false;
  }
  // A campaign that is broken off leaves no mount behind.
  process.once('exit', () => spawnSync('umount', ['--lazy', diskOf(folder)]));
  return true;
}

async function unmountDisk(folder: string): Promise<void> {
  const log = `worker-${DISK_WORKER}.log`;
  await copyFile(path.join(diskOf(folder), log), path.join(folder, log));
  await run('umount', [diskOf(folder)]);
}

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client';
import { stringify } from 'yaml';
import { CancellationClient } from '../../client';
import { SECOND_MS } from '../../domain/contract/duration';
import { ComposeProject } from '../compose/composeProject';
import { readComposeFile } from '../deploy/composeFile';
import { ROOT } from '../deploy/variables';
import { freePort } from '../environment/freePort';
import { provideImages } from '../image/baseImages';
import { persistently } from './persistently';
import { Uptime } from './processes';
import type { Killable, Temporal } from './temporal';
import { DYNAMIC_CONFIG } from './temporal';

const FILES = 'docker-compose.yml:test/chaos/compose.yml';
const DOWN = ['compose', 'down', '--volumes'];
const IMAGES = ['postgres', 'temporal-schema', 'temporal', 'temporal-namespace'];
const LOOK_LIMIT_MS = 5 * SECOND_MS;
/** Enough that each of its shards has one. */
const PROBED_IDS = Array.from({ length: 32 }, (_, index) => `probe-${index}`);

type Service = 'temporal' | 'postgres';

/** The server and its PostgreSQL, as docker-compose.yml deploys them. */
export class ComposeTemporal implements Temporal {
  readonly name = 'server and PostgreSQL of docker-compose.yml';
  readonly uptime = new Uptime();
  /** Docker starts again what ends by itself. */
  readonly endedByItself = 0;
  readonly database: Killable = { start: () => this.startAgain('postgres'), kill: () => this.killed('postgres') };
  private readonly killedNow = new Set<Service>();
  private connection: Connection | null = null;

  private constructor(
    private readonly project: ComposeProject,
    private readonly port: number,
    private readonly giveBack: () => void,
  ) {}

  /** @param configFile is written */
  static async started(configFile: string): Promise<ComposeTemporal> {
    const { services } = readComposeFile();
    const images = new Set(IMAGES.map((service) => services[service]?.image ?? ''));
    const giveBack = await provideImages([...images], (line) => {
      console.error(line);
    });
    const port = await freePort();
    writeFileSync(configFile, dynamicConfig());
    const project = new ComposeProject(`vmc-cancel-chaos-${process.pid}`, {
      COMPOSE_FILE: FILES,
      CAMPAIGN_PORT: String(port),
      CAMPAIGN_DYNAMIC_CONFIG: configFile,
    });
    const env = { ...process.env, ...project.environment };
    const removeWithCampaign = () => spawnSync('docker', DOWN, { cwd: ROOT, env, stdio: 'ignore' });
    process.once('exit', removeWithCampaign);
    const temporal = new ComposeTemporal(project, port, () => {
      process.off('exit', removeWithCampaign);
      giveBack();
    });
    // It runs to its end when all that it depends on is healthy.
    await project.shell('docker compose run --rm temporal-namespace');
    temporal.connection = await Connection.connect({ address: temporal.address });
    await persistently(() => temporal.works());
    await CancellationClient.using(new Client({ connection: temporal.connection })).setup();
    temporal.uptime.up();
    return temporal;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  start(): Promise<void> {
    return this.startAgain('temporal');
  }

  kill(): Promise<void> {
    return this.killed('temporal');
  }

  async end(): Promise<void> {
    await this.connection?.close();
    await this.project.shell(`docker ${DOWN.join(' ')}`);
    this.giveBack();
  }

  private async killed(service: Service): Promise<void> {
    // Docker refuses to kill what does not run.
    if (this.killedNow.has(service)) return;
    this.killedNow.add(service);
    this.uptime.down();
    await this.project.kill(service);
  }

  private async startAgain(service: Service): Promise<void> {
    await this.project.startAgain(service);
    this.killedNow.delete(service);
    await persistently(() => this.works());
    if (this.killedNow.size === 0) this.uptime.up();
  }

  /** @throws Error while it cannot read of every part of its database */
  private async works(): Promise<void> {
    const { connection } = this;
    if (connection === null) throw new Error('not connected yet');
    const client = new Client({ connection });
    // A connection to a container that was killed may be silent.
    await connection.withDeadline(Date.now() + LOOK_LIMIT_MS, async () => {
      await client.workflow.count();
      await Promise.all(PROBED_IDS.map((id) => unknown(client, id)));
    });
  }
}

/** As docker-compose.yml has it, and what campaigns add. */
function dynamicConfig(): string {
  const added = Object.entries(DYNAMIC_CONFIG).map(([key, value]) => [key, [{ value }]]);
  const deployed = readFileSync(path.join(ROOT, 'deploy', 'temporal', 'dynamic-config.yaml'), 'utf8');
  return deployed + stringify(Object.fromEntries(added));
}

/** @throws Error if the server does not say that it has no such workflow */
async function unknown(client: Client, id: string): Promise<void> {
  try {
    await client.workflow.getHandle(id).describe();
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}

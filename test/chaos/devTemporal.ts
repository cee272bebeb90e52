import { SECOND_MS } from '../../domain/contract/duration';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { freePort } from '../environment/freePort';
import { persistently } from './persistently';
import { Uptime } from './processes';
import type { Temporal } from './temporal';
import { DYNAMIC_CONFIG } from './temporal';

const BETWEEN_LOOKS_MS = SECOND_MS;

/** The dev server with its database in a file. */
export class DevTemporal implements Temporal {
  readonly name = 'dev server, SQLite in a file';
  readonly uptime = new Uptime();
  readonly database = null;
  endedByItself = 0;
  private server: DevServer | null = null;
  private starting: Promise<void> | null = null;
  private readonly supervision: NodeJS.Timeout;

  private constructor(
    private readonly port: number,
    private readonly dbFile: string,
  ) {
    this.supervision = setInterval(() => {
      this.revive();
    }, BETWEEN_LOOKS_MS);
  }

  static async started(dbFile: string): Promise<DevTemporal> {
    const temporal = new DevTemporal(await freePort(), dbFile);
    await temporal.start();
    return temporal;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  start(): Promise<void> {
    if (this.server !== null) return Promise.resolve();
    this.starting ??= this.startServer().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  async kill(): Promise<void> {
    const { server } = this;
    if (server === null) return;
    this.server = null;
    this.uptime.down();
    if (isAlive(server.pid)) process.kill(server.pid, 'SIGKILL');
    await server.stop();
  }

  async end(): Promise<void> {
    clearInterval(this.supervision);
    await this.kill();
  }

  /** Starts it again where it has ended though nobody had ended it. */
  private revive(): void {
    if (this.server === null || isAlive(this.server.pid)) return;
    this.server = null;
    this.uptime.down();
    this.endedByItself += 1;
    void persistently(() => this.start());
  }

  private async startServer(): Promise<void> {
    this.server = await startDevServer({
      ui: false,
      port: this.port,
      dbFile: this.dbFile,
      // What a process has written outlives its kill without waiting for the disk.
      sqlitePragmas: { journal_mode: 'WAL', synchronous: 'OFF' },
      searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const)),
      dynamicConfig: DYNAMIC_CONFIG,
    });
    this.uptime.up();
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

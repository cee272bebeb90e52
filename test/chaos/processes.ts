import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { until } from '../stage/until';

export interface ProcessSettings {
  name: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Takes both outputs. */
  logFile: string;
  /** Through a pipe that the campaign may leave unread; else the process writes the file itself. */
  isPiped: boolean;
  /** Whether it can do its work, asked while it starts. */
  isReady: () => Promise<boolean>;
}

/** The times at which something was in working order. */
export class Uptime {
  readonly downs: { fromMs: number; toMs: number }[] = [];
  private downSinceMs: number | null = Date.now();

  down(): void {
    this.downSinceMs ??= Date.now();
  }

  up(): void {
    if (this.downSinceMs !== null) this.downs.push({ fromMs: this.downSinceMs, toMs: Date.now() });
    this.downSinceMs = null;
  }
}

/** A program that is killed, stopped and started again by the id of its process. */
export class ManagedProcess {
  readonly uptime = new Uptime();
  /** How it ended where nobody had ended it. */
  readonly endedByItself: string[] = [];
  private child: ChildProcess | null = null;
  private ended: Promise<unknown> = Promise.resolve();

  constructor(private readonly settings: ProcessSettings) {}

  get name(): string {
    return this.settings.name;
  }

  /** Resolves when it can do its work, or was ended again. */
  async start(): Promise<void> {
    // Its ports are those of the one before.
    await this.ended;
    if (this.child !== null) return;
    const child = this.spawned();
    this.child = child;
    child.once('exit', (code, signal) => {
      if (this.child !== child) return;
      this.child = null;
      this.uptime.down();
      this.endedByItself.push(`${this.name} ended by itself: ${signal ?? `code ${String(code)}`}`);
    });
    await until(async () => this.child !== child || (await this.settings.isReady()));
    if (this.child === child) this.uptime.up();
  }

  /** @param signal SIGTERM lets it finish what it has in hand */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const { child } = this;
    if (child === null) return;
    this.child = null;
    this.uptime.down();
    this.ended = once(child, 'exit');
    child.kill(signal);
    await this.ended;
  }

  /** The process that is stopped, for `resume`; null where none runs. */
  stop(): ChildProcess | null {
    const { child } = this;
    if (child === null) return null;
    this.uptime.down();
    child.kill('SIGSTOP');
    return child;
  }

  /** Unless another one has taken its place. */
  resume(stopped: ChildProcess): void {
    stopped.kill('SIGCONT');
    if (this.child === stopped) this.uptime.up();
  }

  /** Leaves its output unread. */
  stopReading(): void {
    for (const output of this.outputs()) output.pause();
  }

  readOn(): void {
    for (const output of this.outputs()) output.resume();
  }

  private outputs(): Readable[] {
    return [this.child?.stdout, this.child?.stderr].flatMap((output) => output ?? []);
  }

  private spawned(): ChildProcess {
    const { command, environment, logFile, isPiped } = this.settings;
    const [program = '', ...args] = command;
    const file = openSync(logFile, 'a');
    const output = isPiped ? 'pipe' : file;
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', output, output],
    });
    closeSync(file);
    const killWithCampaign = () => child.kill('SIGKILL');
    process.once('exit', killWithCampaign);
    child.once('exit', () => process.off('exit', killWithCampaign));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        appendFileSync(logFile, chunk);
      });
    return child;
  }
}

import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { built } from '../environment/build';

const ROOT = path.join(__dirname, '..', '..');
const WAIT_LIMIT_MS = 40_000;

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/**
 * The worker as it is started for real, with nothing of this process's environment but what finding
 * programs takes.
 */
export class WorkerProcess {
  private static readonly running = new Set<WorkerProcess>();
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(child, 'close').then(() => WorkerProcess.running.delete(this));
    WorkerProcess.running.add(this);
  }

  static start(environment: Record<string, string>): WorkerProcess {
    // A home of nobody: a profile file of this machine's user must not decide anything.
    const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    // A group of its own, so that whatever it starts can be ended with it.
    const child = spawn(process.execPath, [built('worker/main.js')], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    return new WorkerProcess(child);
  }

  /** For what a failed test leaves behind. */
  static async killAll(): Promise<void> {
    await Promise.all(
      [...WorkerProcess.running].map(async (worker) => {
        if (worker.child.pid !== undefined) process.kill(-worker.child.pid, 'SIGKILL');
        await worker.ended;
      }),
    );
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it has not started');
    return this.child.pid;
  }

  get output(): string {
    return this.stdout + this.stderr;
  }

  /** What it logged so far, whole lines only. */
  get log(): LogLine[] {
    const whole = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return whole.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as LogLine]));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Its exit code; null if a signal ended it. */
  async exitCode(): Promise<number | null> {
    await within(WAIT_LIMIT_MS, this.ended, () => `it has not ended:\n${this.output}`);
    return this.child.exitCode;
  }

  async logged(msg: string): Promise<LogLine> {
    const find = () => this.log.find((line) => line.msg.includes(msg));
    for (let line = find(); ; line = find()) {
      if (line !== undefined) return line;
      const more = Promise.race([once(this.child.stdout, 'data'), this.ended]);
      await within(WAIT_LIMIT_MS, more, () => `it has not logged "${msg}":\n${this.output}`);
      if (!WorkerProcess.running.has(this) && find() === undefined)
        throw new Error(`it ended without logging "${msg}":\n${this.output}`);
    }
  }
}

async function within(limitMs: number, work: Promise<unknown>, problem: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(problem()));
    }, limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

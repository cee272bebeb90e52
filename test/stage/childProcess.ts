import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');
/** Less than a test has, so that its failure shows what the process printed. */
const WAIT_LIMIT_MS = 80_000;

export type Environment = Readonly<Record<string, string>>;

/** What a command printed and how it ended. */
export interface Ended {
  /** null: a signal ended it */
  code: number | null;
  stdout: string;
  stderr: string;
  tookMs: number;
}

export interface ProcessOptions {
  cwd?: string;
  /** Its standard input stays open for `type`. */
  isTyped?: boolean;
}

/**
 * A program as a user starts it, with nothing of this process's environment but what finding
 * programs takes.
 */
export class ChildProcess {
  private static readonly running = new Set<ChildProcess>();
  stdout = '';
  stderr = '';
  /** Both, in the order of arrival. */
  output = '';
  readonly ended: Promise<Ended>;
  protected readonly child: ChildProcessWithoutNullStreams;
  private readonly news = new EventEmitter();

  constructor(
    [program = '', ...args]: readonly string[],
    environment: Environment = {},
    { cwd = ROOT, isTyped = false }: ProcessOptions = {},
  ) {
    const startedAtMs = Date.now();
    // A home of nobody: a profile file of this machine's user must not decide anything.
    const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    this.child = spawn(program, args, { cwd, env });
    for (const name of ['stdout', 'stderr'] as const)
      this.child[name].setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.output += text;
        this.news.emit('output');
      });
    this.child.stdin.on('error', () => undefined);
    if (!isTyped) this.child.stdin.end();
    this.ended = once(this.child, 'close').then(() => {
      ChildProcess.running.delete(this);
      const { stdout, stderr } = this;
      return { code: this.child.exitCode, stdout, stderr, tookMs: Date.now() - startedAtMs };
    });
    ChildProcess.running.add(this);
  }

  /** Ends what a test left behind. */
  static async killAll(): Promise<void> {
    await Promise.all(
      [...ChildProcess.running].map(async ({ child, ended }) => {
        child.kill('SIGKILL');
        await ended;
      }),
    );
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it has not started');
    return this.child.pid;
  }

  get exitCode(): Promise<number | null> {
    return this.ended.then(({ code }) => code);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  interrupt(): void {
    this.signal('SIGINT');
  }

  type(text: string): void {
    this.child.stdin.write(text);
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

  async printed(text: string, on: 'stdout' | 'stderr' | 'output' = 'stdout'): Promise<void> {
    await this.until(`"${text}" on ${on}`, () => this[on].includes(text));
  }

  /** Checks the condition whenever something was printed. */
  protected async until(what: string, isSo: () => boolean): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<'late'>((resolve) => {
      timer = setTimeout(resolve, WAIT_LIMIT_MS, 'late');
    });
    try {
      for (let isOver = false; !isSo();) {
        if (isOver) throw new Error(`it ended without printing ${what}:\n${this.output}`);
        const next = await Promise.race([once(this.news, 'output'), this.ended, limit]);
        if (next === 'late') throw new Error(`it has not printed ${what}:\n${this.output}`);
        isOver = !ChildProcess.running.has(this);
      }
    } finally {
      clearTimeout(timer);
    }
  }
}

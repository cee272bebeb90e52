import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';

export const EXAMPLES = path.join(__dirname, '..', '..', 'docs', 'examples');

/** Less than a test has, so that a failure shows what the example said. */
const TIME_LIMIT_MS = 25_000;

/**
 * An example as a reader runs it: a program of its own, told where Temporal is by the environment
 * alone.
 */
export class ExampleProcess {
  private static readonly running = new Set<ExampleProcess>();
  stdout = '';
  stderr = '';
  private readonly ended: Promise<unknown>;

  private constructor(private readonly child: ChildProcessByStdio<null, Readable, Readable>) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.ended = once(child, 'close').then(() => ExampleProcess.running.delete(this));
    ExampleProcess.running.add(this);
  }

  static start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv): ExampleProcess {
    // A home of nobody: a profile file of this machine's user must not decide anything.
    const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    const limits = { timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL' } as const;
    return new ExampleProcess(
      spawn(program, args, { cwd: EXAMPLES, env, stdio: ['ignore', 'pipe', 'pipe'], ...limits }),
    );
  }

  /** For what a failed test leaves behind. */
  static async killAll(): Promise<void> {
    await Promise.all(
      [...ExampleProcess.running].map(async (example) => {
        example.child.kill('SIGKILL');
        await example.ended;
      }),
    );
  }

  /** Its exit code. */
  async exitCode(): Promise<number> {
    await this.ended;
    const { exitCode, signalCode } = this.child;
    if (exitCode === null) throw new Error(`it was ended by ${signalCode ?? 'nobody'}:\n${this.stderr}`);
    return exitCode;
  }

  async said(text: string): Promise<void> {
    while (!this.stderr.includes(text)) {
      if (!ExampleProcess.running.has(this)) throw new Error(`it ended without saying "${text}":\n${this.stderr}`);
      await Promise.race([once(this.child.stderr, 'data'), this.ended]);
    }
  }
}

import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import { PassThrough, Readable } from 'node:stream';
import { invocationIn } from '../../cli/invocation';
import type { OutputStream } from '../../cli/invocation';
import { run } from '../../cli/program';
import type { Ended } from './childProcess';

export interface CommandOptions {
  stdin?: string;
  /** Standard output and error as a terminal of this size. */
  terminal?: { columns: number; rows: number };
}

/** A command line run in this process, with an environment, streams and signals of its own. */
export class CommandRun {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  private readonly signals = new EventEmitter();
  private readonly news = new EventEmitter();

  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    { stdin = '', terminal }: CommandOptions = {},
  ) {
    const startedAtMs = Date.now();
    const stream = (name: 'stdout' | 'stderr'): OutputStream => {
      const written = new PassThrough().setEncoding('utf8').on('data', (text: string) => {
        this[name] += text;
        this.news.emit(name);
      });
      return Object.assign<PassThrough, Partial<OutputStream>>(written, terminal ? { isTTY: true, ...terminal } : {});
    };
    const [stdout, stderr] = [stream('stdout'), stream('stderr')];
    const env = { HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    const host = { env, stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr, signals: this.signals };
    this.ended = invocationIn(host).then(async (invocation) => {
      const code = await run(args, invocation);
      await Promise.all([stdout, stderr].map((written) => once(written.end(), 'end')));
      this.news.emit('ended');
      return { code, stdout: this.stdout, stderr: this.stderr, tookMs: Date.now() - startedAtMs };
    });
  }

  interrupt(): void {
    this.signals.emit('SIGINT');
  }

  async printed(text: string, on: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    while (!this[on].includes(text)) {
      const news = once(this.news, on).then(() => null);
      const over = await Promise.race([news, this.ended]);
      if (over !== null && !this[on].includes(text))
        throw new Error(
          `it ended (${String(over.code)}) without printing "${text}" on ${on}:\n${over.stdout}${over.stderr}`,
        );
    }
  }
}

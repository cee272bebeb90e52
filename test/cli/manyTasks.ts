import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { built } from '../environment/build';
import type { Call } from '../../simulator/calls';
import type { World } from './world';

const ROOT = path.join(__dirname, '..', '..');
/** Runs a command on a pseudo-terminal of its own, and ends as it ends. */
const ON_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/**
 * The executable with its standard input open, in pipes or on a terminal, where what goes to stdout
 * and stderr is one output.
 */
export class TypedCli {
  private static readonly running = new Set<TypedCli>();
  output = '';
  readonly exitCode: Promise<number | null>;
  private readonly news = new EventEmitter();

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        this.news.emit('output');
      });
    this.exitCode = once(child, 'close').then(() => {
      TypedCli.running.delete(this);
      return child.exitCode;
    });
    TypedCli.running.add(this);
  }

  static inPipes(args: readonly string[], environment: Readonly<Record<string, string>>): TypedCli {
    return TypedCli.spawn([process.execPath, built('cli/main.js'), ...args], environment);
  }

  /** @param redirection of bash, such as `2> /dev/null` */
  static onTerminal(
    args: readonly string[],
    environment: Readonly<Record<string, string>>,
    redirection = '',
  ): TypedCli {
    const command = ['bash', '-c', `"$@" ${redirection}`, 'bash', process.execPath, built('cli/main.js'), ...args];
    return TypedCli.spawn(['python3', '-c', ON_TERMINAL, ...command], { ...environment, TERM: 'xterm' });
  }

  private static spawn([command = '', ...args]: string[], environment: Readonly<Record<string, string>>): TypedCli {
    const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), ...environment };
    return new TypedCli(spawn(command, args, { cwd: ROOT, env }));
  }

  /** For what a failed test leaves behind. */
  static async killAll(): Promise<void> {
    await Promise.all(
      [...TypedCli.running].map(async ({ child, exitCode }) => {
        child.kill('SIGKILL');
        await exitCode;
      }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  type(text: string): void {
    this.child.stdin.write(text);
  }

  endInput(): void {
    this.child.stdin.end();
  }

  interrupt(): void {
    this.child.kill('SIGINT');
  }

  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      const over = await Promise.race([once(this.news, 'output').then(() => false), this.exitCode.then(() => true)]);
      if (over && !this.output.includes(text)) throw new Error(`it ended without printing "${text}":\n${this.output}`);
    }
  }
}

/** What the command needs to ask the API itself. */
export function vmcEnvironment({ environment, simulator }: World, orgId: string): Record<string, string> {
  const { apiUrl, cspUrl } = simulator;
  return { ...environment, VMC_ORG_ID: orgId, VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: 'token' };
}

export interface NewTask {
  orgId: string;
  taskId: string;
  taskType?: string;
  script?: object;
}

export async function addTask({ simulator }: World, task: NewTask): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(task);
  const answer = await fetch(`${simulator.url}/_simulator/tasks`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
}

/** The API's own log of the calls about an organisation. */
export async function callsOf({ simulator }: World, orgId: string, operation: Call['operation']): Promise<Call[]> {
  const answer = await fetch(`${simulator.url}/_simulator/calls`);
  const calls = (await answer.json()) as Call[];
  return calls.filter((call) => call.orgId === orgId && call.operation === operation);
}

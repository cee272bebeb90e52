import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import { built } from '../environment/build';
import { Stage } from '../stage/stage';

const ROOT = path.join(__dirname, '..', '..');
const WORKER = [process.execPath, built('worker/main.js')];
const TASK_QUEUE = 'unread';
const SHUTDOWN_MS = 5_000;
/** The shutdown, the bounded wait for a reader, and room for a busy machine. */
const EXIT_MS = SHUTDOWN_MS + 10_000;

/** Runs the worker, and writes its process id and then its exit code to descriptor 3. */
const RUN = '"$@" 3>&- & echo $! >&3; wait $!; echo $? >&3';
const PTY = 'import pty, sys; pty.spawn(sys.argv[1:])';
/** A file that may not grow beyond this does as a full disk does, and takes no rights. */
const BOUNDED =
  'import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (1280 * 1024,) * 2); os.execvp(sys.argv[1], sys.argv[1:])';
const OUTPUTS: Record<string, readonly [string, ...string[]]> = {
  'a pipe': ['sh', '-c', `{ ${RUN}; } | cat`, 'sh'],
  'a socket': ['sh', '-c', RUN, 'sh'],
  'a terminal': ['python3', '-c', PTY, 'sh', '-c', RUN, 'sh'],
};

interface LogLine {
  level: string;
  msg: string;
  droppedLines?: number;
  code?: string | null;
}

let stage: Stage;
let client: CancellationClient;
beforeAll(async () => {
  stage = await Stage.begin();
  client = await CancellationClient.connect({ address: stage.server.address, taskQueue: TASK_QUEUE, env: {} });
});
afterAll(async () => {
  await client.close();
  await stage.end();
});

const running: UnreadWorker[] = [];
afterEach(() => {
  for (const worker of running.splice(0)) worker.kill();
});

/** A worker whose output nobody reads, until somebody does. */
class UnreadWorker {
  private text = '';
  private told = '';
  private readonly health: string;

  private constructor(
    private readonly child: ChildProcess,
    port: number,
  ) {
    this.health = `http://127.0.0.1:${port}`;
    (child.stdio[3] as Readable).on('data', (chunk) => (this.told += String(chunk)));
  }

  static async start([command, ...args]: readonly [string, ...string[]]): Promise<UnreadWorker> {
    const port = await freePort();
    const child = spawn(command, [...args, ...WORKER], {
      cwd: ROOT,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: tmpdir(),
        ...stage.vmcEnvironment(),
        VMC_CANCEL_TASK_QUEUE: TASK_QUEUE,
        VMC_CANCEL_HTTP_ADDRESS: `127.0.0.1:${port}`,
        VMC_CANCEL_LOG_LEVEL: 'trace',
        VMC_CANCEL_LOG_FORMAT: 'json',
        VMC_CANCEL_SHUTDOWN_TIMEOUT: `${SHUTDOWN_MS}ms`,
      },
    });
    const worker = new UnreadWorker(child, port);
    running.push(worker);
    await until('it is ready', async () => (await worker.get('/readyz').catch(() => 0)) === 200);
    return worker;
  }

  async get(endpoint: string): Promise<number> {
    const { status } = await fetch(this.health + endpoint, { signal: AbortSignal.timeout(5_000) });
    return status;
  }

  readOn(): void {
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.text += text));
  }

  readNoMore(): void {
    this.child.stdout?.pause();
  }

  get log(): LogLine[] {
    return linesOf(this.text);
  }

  /** The exit code, whether or not its output has been read. */
  async stop(): Promise<number> {
    process.kill(Number(this.told.split('\n')[0]), 'SIGTERM');
    const stoppedAtMs = Date.now();
    await until('it has ended', () => this.told.split('\n').length > 2);
    expect(Date.now() - stoppedAtMs).toBeLessThan(EXIT_MS);
    return Number(this.told.split('\n')[1]);
  }

  kill(): void {
    const [pid] = this.told.split('\n');
    for (const id of [Number(pid), -(this.child.pid ?? 0)])
      try {
        process.kill(id, 'SIGKILL');
      } catch {
        // It has ended.
      }
    for (const stream of this.child.stdio) stream?.destroy();
  }
}

function linesOf(text: string): LogLine[] {
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as LogLine]));
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + 60_000; !(await condition());) {
    if (Date.now() > endMs) throw new Error(`Not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

let tasks = 0;
/** More of them than the log's bound, at the level of trace. */
async function cancelMany(): Promise<void> {
  const many = Array.from({ length: 12 }, () => ({ orgId: 'org-1', taskId: `task-${tasks++}` }));
  const outcomes = many.map(async (ids) => {
    await stage.controls.addTask({ ...ids, script: { settlesAfterMs: 1_500 } });
    await client.start({ ...ids, poll: { min: '500ms', max: '1s' } });
    return (await client.result(ids)).outcome;
  });
  for (const outcome of await Promise.all(outcomes)) expect(outcome).toBe('CANCELED');
}

it.each(Object.entries(OUTPUTS))(
  'a worker that logs into %s whose reader stalls goes on, says how many lines it dropped, and ends in time',
  async (_, output) => {
    const worker = await UnreadWorker.start(output);
    await cancelMany();
    expect(await Promise.all(['/healthz', '/readyz', '/metrics'].map((at) => worker.get(at)))).toEqual([200, 200, 200]);
    worker.readOn();
    await until('it says what it dropped', () => worker.log.some(({ droppedLines }) => droppedLines !== undefined));
    expect(worker.log.find(({ droppedLines }) => droppedLines !== undefined)).toMatchObject({
      level: 'error',
      droppedLines: expect.any(Number),
      code: null,
      msg: expect.stringMatching(/^the reader of the log stalled .* [1-9]\d* lines were dropped/),
    });
    worker.readNoMore();
    await cancelMany();
    expect(await worker.stop()).toBe(0);
  },
);

/** A terminal on which somebody pressed Ctrl-S, as stdout and stderr of a command. */
const STOPPED_TERMINAL =
  'import pty, subprocess, sys, termios; _, tty = pty.openpty(); termios.tcflow(tty, termios.TCOOFF); sys.exit(subprocess.call(sys.argv[1:], stdout=tty, stderr=tty))';

it.each([
  ['its configuration is wrong', { VMC_CANCEL_LOG_LEVEL: 'nonsense' }],
  ['there is no Temporal', { TEMPORAL_ADDRESS: '127.0.0.1:1', VMC_CANCEL_CONNECT_TIMEOUT: '1s' }],
])('a worker that cannot start, since %s, ends on a terminal that is stopped', async (_, environment) => {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), VMC_API_TOKEN: 'canary-api-token', ...environment };
  const child = spawn('python3', ['-c', STOPPED_TERMINAL, ...WORKER], { cwd: ROOT, env, stdio: 'ignore' });
  try {
    expect(await once(child, 'exit', { signal: AbortSignal.timeout(40_000) })).toEqual([1, null]);
  } finally {
    child.kill('SIGKILL');
  }
});

it('a worker whose reader is gone goes on, and ends with 0 on SIGTERM', async () => {
  const worker = await UnreadWorker.start(['sh', '-c', `{ ${RUN}; } | head -n 1`, 'sh']);
  await cancelMany();
  expect(await worker.get('/readyz')).toBe(200);
  expect(await worker.stop()).toBe(0);
});

it('a worker whose file takes no more goes on, and says so once it takes more', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'unread-'));
  const file = path.join(directory, 'log');
  try {
    const worker = await UnreadWorker.start(['python3', '-c', BOUNDED, 'sh', '-c', `exec >>${file}; ${RUN}`, 'sh']);
    await cancelMany();
    expect(await worker.get('/readyz')).toBe(200);
    truncateSync(file);
    const lines = () => linesOf(readFileSync(file, 'utf8').replace(/^.*\n/, ''));
    await until('it says so', () => lines().some(({ code }) => code === 'EFBIG'));
    expect(await worker.stop()).toBe(0);
    expect(lines().at(-1)?.msg).toBe('stopped');
  } finally {
    rmSync(directory, { recursive: true });
  }
});

import type { ChildProcessByStdio } from 'node:child_process';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import { SCENES, TOGETHER } from '../../development/demo/scenes';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { built } from '../environment/build';
import { OUTCOMES } from '../../domain/contract/result';

const ROOT = path.join(__dirname, '..', '..');
const PLAY_TIME_LIMIT_MS = 120_000;

/** The demo as a process of its own. */
class Demo {
  output = '';
  private readonly ended: Promise<unknown>;

  private constructor(
    private readonly child: ChildProcessByStdio<null, Readable, Readable>,
    readonly temporaryDirectory: string,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.ended = once(child, 'close');
  }

  static start(args: readonly string[] = [], environment: Record<string, string> = {}): Demo {
    const directory = mkdtempSync(path.join(tmpdir(), 'demo-test-'));
    const env = { PATH: process.env.PATH, HOME: directory, TMPDIR: directory, ...environment };
    const child = spawn(process.execPath, [built('development/demo/main.js'), ...args], {
      cwd: ROOT,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const demo = new Demo(child, directory);
    started.push(demo);
    return demo;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async exitCode(): Promise<number | null> {
    await this.ended;
    return this.child.exitCode;
  }

  async said(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`it ended without saying ${String(pattern)}:\n${this.output}`);
      await Promise.race([once(this.child.stdout, 'data'), this.ended]);
    }
  }

  /**
   * What it started, itself included: all of them have its TMPDIR in their environment, and nobody
   * else has.
   */
  processes(): string[] {
    const all = execFileSync('ps', ['axeww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
    return all.split('\n').filter((line) => line.includes(`TMPDIR=${this.temporaryDirectory}`));
  }

  temporaryFiles(): string[] {
    return readdirSync(this.temporaryDirectory).filter((name) => name.startsWith('vmc-cancel-demo-'));
  }

  async end(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
    rmSync(this.temporaryDirectory, { recursive: true });
  }
}

const started: Demo[] = [];
afterAll(() => Promise.all(started.splice(0).map((demo) => demo.end())));

/** The rows of the table: task, expected, verdict, how long, cancels, reads. */
function rowsOf(output: string): string[][] {
  const [, below = ''] = output.split(/^TASK +EXPECTED .*\n/m);
  const [table = ''] = below.split('\ncancels, reads:');
  return table.split('\n').map((line) => line.split(/ {2,}/));
}

function expectTableAsPlanned(output: string): void {
  const rows = rowsOf(output);
  expect(rows).toEqual(
    SCENES.map(({ name, expected }) => [
      name,
      expected,
      expected,
      expect.stringMatching(/^\d+ (ms|s)$/),
      expect.stringMatching(/^\d+$/),
      expect.stringMatching(/^\d+$/),
    ]),
  );
  expect(rows.find(([name]) => name === 'crash')?.[4]).toBe('1');
  expect(output).toContain(`All ${SCENES.length} verdicts are the expected ones.`);
}

/** What there is to copy and paste, but for the one that takes its time. */
function commandsIn(output: string): { environment: Record<string, string>; commands: string[][] } {
  const exports = [...output.matchAll(/^ {2}export (\w+)=(\S+)$/gm)];
  const commands = [...output.matchAll(/^ {2}npx vmc-cancel ((?:status|result) .*)$/gm)];
  return {
    environment: Object.fromEntries(exports.map(([, name = '', value = '']) => [name, value])),
    commands: commands.map(([, command = '']) => command.split(' ')),
  };
}

function runCli(args: readonly string[], environment: Record<string, string>): void {
  const env = { PATH: process.env.PATH, ...environment };
  execFileSync(process.execPath, [built('cli/main.js'), ...args], { cwd: ROOT, env, stdio: 'pipe' });
}

it('has a scene for every outcome, for one that was settled before, and for a failure', () => {
  const expected = SCENES.map((scene) => scene.expected);
  expect(expected).toEqual(expect.arrayContaining([...OUTCOMES, 'CANCELED, already over', 'TaskNotFound']));
  expect(new Set(SCENES.map(({ name }) => name)).size).toBe(SCENES.length);
});

describe('npm run demo', () => {
  describe('to the end, one on a server of its own and beside it one on a given server', () => {
    let server: DevServer;
    let client: CancellationClient;
    let onItsOwn: Demo;
    let onGiven: Demo;
    beforeAll(async () => {
      server = await startDevServer({ ui: false });
      client = await CancellationClient.connect({ env: { TEMPORAL_ADDRESS: server.address } });
      onItsOwn = Demo.start();
      onGiven = Demo.start(['--keep'], { TEMPORAL_ADDRESS: server.address });
    });
    afterAll(async () => {
      await client.close();
      await server.stop();
    });

    it(
      'comes to every expected verdict through an outage and a crash, and leaves nothing behind',
      async () => {
        const demo = onItsOwn;
        expect(await demo.exitCode()).toBe(0);
        expectTableAsPlanned(demo.output);
        expect(demo.output).toMatch(/outage .* CANCELING {2}! Unavailable\n/);
        expect(demo.output).toMatch(/crash .* CANCELING {2}! no worker\n/);
        expect(demo.output.split('\n').filter((line) => line.length > 80)).toEqual([]);
        expect(demo.processes()).toEqual([]);
        expect(demo.temporaryFiles()).toEqual([]);
      },
      PLAY_TIME_LIMIT_MS,
    );

    it(
      'with --keep stays up, and says what to try, until a signal ends it with 0',
      async () => {
        const demo = onGiven;
        await demo.said(/Ctrl-C ends the demo/);
        expectTableAsPlanned(demo.output);
        const [, orgId = ''] = await demo.said(/vmc-cancel status --org (\S+)/);
        expect(await client.list({ orgId })).toHaveLength(SCENES.length);
        const told = commandsIn(demo.output);
        expect(told.environment).toMatchObject({ TEMPORAL_ADDRESS: server.address });
        expect(told.commands).toHaveLength(3);
        for (const command of told.commands)
          expect(() => {
            runCli(command, told.environment);
          }).not.toThrow();
        expect(demo.processes()).not.toEqual([]);
        demo.signal('SIGTERM');
        expect(await demo.exitCode()).toBe(0);
        expect(demo.processes()).toEqual([]);
        expect(demo.temporaryFiles()).toEqual([]);
      },
      PLAY_TIME_LIMIT_MS,
    );
  });

  it.each([
    ['before anything is up', /from the start to the verdict/, 'SIGINT', 130],
    ['while the worker starts', /^Simulator/m, 'SIGTERM', 143],
    ['in the middle', /^.*deadline.*CANCELING$/m, 'SIGINT', 130],
    ['while there is no worker', /gets a SIGKILL/, 'SIGINT', 130],
  ] as const)(
    'leaves no process and no file behind when a signal comes %s',
    async (_when, moment, signal, expectedCode) => {
      const demo = Demo.start();
      await demo.said(moment);
      expect(demo.processes()).not.toEqual([]);
      demo.signal(signal);
      expect(await demo.exitCode()).toBe(expectedCode);
      expect(demo.processes()).toEqual([]);
      expect(demo.temporaryFiles()).toEqual([]);
    },
    PLAY_TIME_LIMIT_MS,
  );

  it('ends the cancellations that it leaves on a given server', async () => {
    const server = await startDevServer({ ui: false });
    const client = await CancellationClient.connect({ env: { TEMPORAL_ADDRESS: server.address } });
    try {
      const demo = Demo.start([], { TEMPORAL_ADDRESS: server.address });
      await demo.said(/^.*deadline.*CANCELING$/m);
      demo.signal('SIGINT');
      expect(await demo.exitCode()).toBe(130);
      const ids = TOGETHER.map(({ name }) => name);
      const list = await client.list();
      expect(list).toHaveLength(ids.length);
      expect(list.filter(({ status }) => status === 'running')).toEqual([]);
    } finally {
      await client.close();
      await server.stop();
    }
  });

  it('says what failed, and with which last words, when the worker ends by itself', async () => {
    const demo = Demo.start();
    const [, pid = ''] = await demo.said(/^Worker {5}process (\d+)/m);
    process.kill(Number(pid), 'SIGKILL');
    expect(await demo.exitCode()).toBe(1);
    expect(demo.output).toMatch(
      /The demo failed: the worker ended \(SIGKILL\)\nThe end of the worker's log:\n.*"polling"/,
    );
    expect(demo.processes()).toEqual([]);
  });

  it.each([
    [['--help'], 0, /--keep/],
    [['--unknown'], 2, /unknown option/],
    [['more'], 2, /too many arguments/],
  ] as const)('answers %j with exit code %d', async (args, expectedCode, expectedOutput) => {
    const demo = Demo.start(args);
    expect(await demo.exitCode()).toBe(expectedCode);
    expect(demo.output).toMatch(expectedOutput);
  });
});

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { version } from '../../package.json';
import { Cli } from '../stage/cli';
import { CommandRun } from '../stage/commandRun';

/** Nobody listens there: what is wrong with the words is told before anything is reached. */
const ENVIRONMENT = { TEMPORAL_ADDRESS: '127.0.0.1:1' };

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  return await new CommandRun(args, { ...ENVIRONMENT, ...environment }).ended;
}

describe('what was typed wrong', () => {
  it.each([
    ['an unknown command', ['frobnicate'], /unknown command 'frobnicate'.*--help/],
    ['an unknown flag', ['status', '--color', 'x'], /unknown option '--color'.*vmc-cancel status --help/],
    ['no task', ['watch'], /missing required argument 'task'/],
    ['a task without its organization', ['status', 't1'], /"t1" needs its organization: give --org, set VMC_ORG_ID/],
    ['a task id that could change a URL', ['status', '--org', 'o', '../x'], /"\.\.\/x".*must be 1 to 128/],
    ['an organization that is none', ['status', '--org', 'a/b', 'x'], /"a\/b".*must be 1 to 128/],
    ['a workflow id without its task', ['status', 'vmc-cancel:o'], /"vmc-cancel:o".*vmc-cancel:\{orgId\}:\{taskId\}/],
    ['a duration', ['start', '--org', 'o', 'x', '--deadline', 'banana'], /--deadline: must be a duration/],
    [
      'a deadline out of range',
      ['start', '--org', 'o', 'x', '--deadline', '31d'],
      /--deadline: must be between 1 s and/,
    ],
    ['a number', ['start', '--org', 'o', 'x', '--poll-ratio', 'much'], /--poll-ratio.*must be a number/],
    ['a number in hexadecimal', ['start', '--org', 'o', 'x', '--max-cancel-requests', '0x5'], /must be a number such/],
    ['a number with an exponent', ['start', '--org', 'o', 'x', '--poll-ratio', '1e-1'], /must be a number such/],
    [
      'a number out of range',
      ['start', '--org', 'o', 'x', '--max-cancel-requests', '51'],
      /--max-cancel-requests: .*50/,
    ],
    ['a policy', ['start', '--org', 'o', 'x', '--on-declined', 'cry'], /--on-declined.*return, monitor, retry/],
    [
      'poll bounds',
      ['start', '--org', 'o', 'x', '--poll-min', '5m', '--poll-max', '1m'],
      /--poll-min.*must not be above max/,
    ],
    [
      'a reason that is too long',
      ['stop', '--org', 'o', '--reason', 'x'.repeat(501), 'x'],
      /--reason: must have at most 500/,
    ],
    [
      'a name that is too long',
      ['poll', '--org', 'o', '--requested-by', 'x'.repeat(201), 'x'],
      /--requested-by: .*200/,
    ],
    ['an extension by nothing', ['extend', '--org', 'o', 'x'], /either --by <duration> or --until <instant>/],
    ['a status', ['list', '--status', 'CANCELLED'], /--status.*Allowed choices are STARTED, CANCELING/],
    ['an outcome', ['list', '--outcome', 'GONE'], /--outcome.*ABANDONED/],
    ['a time', ['list', '--since', 'yesterday'], /--since.*a duration such as 24h, or an instant/],
    ['a limit', ['list', '--limit', '0'], /--limit.*from 1 to 10000/],
    ['an organization to list', ['list', '--org', 'a/b'], /--org "a\/b": must be 1 to 128/],
    ['an organization to sign in for', ['doctor', '--org', 'a/b'], /--org "a\/b": must be 1 to 128/],
    ['an instant', ['extend', '--org', 'o', 'x', '--until', 'tomorrow'], /--until: must be an instant/],
  ])('%s: one line that names it, and exit 2', async (_case, args, line) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: [^\n]*\n$/);
    expect(stderr).toMatch(line);
  });

  it.each([
    ['a task id', ['status', '--org', 'o', 'x'.repeat(100_000)]],
    ['a task id without its organization', ['status', 'x'.repeat(100_000)]],
    ['a workflow id', ['status', `vmc-cancel:${'x'.repeat(100_000)}`]],
    ['an organization', ['list', '--org', 'x'.repeat(100_000)]],
  ])('%s without end: in few words', async (_case, args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: [^\n]{1,100}x…"[^\n]{1,200}\n$/);
  });

  it('a variable: one line that names it, and exit 2', async () => {
    const { code, stderr } = await run(['status', '--org', 'o', 'x'], { TEMPORAL_PROFILE: 'none-such' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: TEMPORAL_PROFILE: .*none-such[^\n]*\n$/);
  });
});

describe('a profile file that cannot be read', () => {
  it('is told without the keys in it', async () => {
    const file = path.join(await mkdtemp(path.join(tmpdir(), 'vmc-cancel-')), 'temporal.toml');
    await writeFile(file, '[profile.default]\napi_key = "key-of-mine-123"\nnamespace = broken\n');
    const { code, stderr } = await run(['status', '--org', 'o', 'x'], { TEMPORAL_CONFIG_FILE: file });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: TEMPORAL_CONFIG_FILE: [^\n]*\n$/);
    expect(stderr).not.toContain('key-of-mine');
    await rm(path.dirname(file), { recursive: true });
  });
});

describe('help', () => {
  it.each(['start', 'watch', 'result', 'status', 'stop', 'extend', 'poll', 'reissue', 'list', 'setup', 'doctor'])(
    'of %s has examples and the exit codes',
    async (command) => {
      const { code, stdout } = await run([command, '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`$ vmc-cancel ${command}`);
      expect(stdout).toMatch(/Exit codes/);
    },
  );
});

describe('--version', () => {
  it('tells the one of the package', async () => {
    expect(await new Cli(['--version']).ended).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('Temporal that cannot be reached', () => {
  it('exits 1 within 10 s, in one line that names the address and the remedy', async () => {
    const { code, stdout, stderr, tookMs } = await run(['status', '--org', 'o', 'x']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: Temporal cannot be reached at 127\.0\.0\.1:1: .*TEMPORAL_ADDRESS[^\n]*\n$/);
    expect(tookMs).toBeLessThan(10_000);
  });

  it('and speaks no TLS is told as such to whoever has an API key, which implies TLS', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const TEMPORAL_ADDRESS = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      const key = { TEMPORAL_ADDRESS, TEMPORAL_API_KEY: 'key-of-mine-123' };
      const { stderr } = await run(['status', '--org', 'o', 'x'], key);
      expect(stderr).toMatch(/^error: Temporal cannot be reached [^\n]*speak TLS[^\n]*TEMPORAL_TLS=false[^\n]*\n$/);
    } finally {
      server.close();
    }
  });

  it('with --verbose tells what caused it, without a stack', async () => {
    const { stderr } = await run(['status', '--org', 'o', 'x', '--verbose']);
    expect(stderr).toMatch(/^ {2}caused by \S+: /m);
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

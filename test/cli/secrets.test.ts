import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type {
  IncomingHttpHeaders,
  IncomingHttpStatusHeader,
  OutgoingHttpHeaders,
  ServerHttp2Session,
} from 'node:http2';
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { forEachItem } from '../../cli/forEachItem';
import { ChildProcess } from '../stage/childProcess';
import type { Ended } from '../stage/childProcess';
import { Cli } from '../stage/cli';
import { CommandRun } from '../stage/commandRun';
import { FAST, ORG, Stage, documents } from '../stage/stage';
import { WorkerProcess } from '../stage/workerProcess';
import { commandNames } from './commandNames';

const CANARY = 'canary-4711';
/** Every variable that holds a credential. */
const PLANTED: Readonly<Record<string, string>> = {
  VMC_API_TOKEN: `${CANARY}-api-token`,
  VMC_CLIENT_ID: 'app',
  VMC_CLIENT_SECRET: `${CANARY}-client-secret`,
  TEMPORAL_API_KEY: `${CANARY}-api-key`,
  TEMPORAL_GRPC_META_X_OWN: `${CANARY}-meta`,
  TEMPORAL_TLS_CLIENT_KEY_DATA: `-----BEGIN PRIVATE KEY-----\n${CANARY}-key\n-----END PRIVATE KEY-----`,
};

/** Every command, as it is typed. */
const COMMANDS: readonly (readonly string[])[] = [
  ['start', 'task-1'],
  ['start', '--watch', 'task-1'],
  ['watch', 'task-1'],
  ['result', 'task-1'],
  ['status', 'task-1'],
  ['list'],
  ['stop', 'task-1'],
  ['extend', '--by', '1h', 'task-1'],
  ['poll', 'task-1'],
  ['reissue', 'task-1'],
  ['setup'],
  ['doctor'],
  ['doctor', '--api'],
];
/** Needs one credential to get as far as anything that could quote it. */
const CANCEL_ALL = ['cancel-all', '--yes'];
const { VMC_API_TOKEN = '' } = PLANTED;

function expectClean({ stdout, stderr }: Ended): void {
  const printed = stdout + stderr;
  expect(printed).not.toContain(CANARY);
  expect(printed).not.toContain(Buffer.from(CANARY).toString('base64').slice(0, 12));
  expect(printed).not.toMatch(/^ {4}at /m);
}

type Typed = readonly [args: readonly string[], environment: Readonly<Record<string, string>>];

/** @param Start a process for each, or all in this one */
async function failAll(typed: readonly Typed[], Start: typeof Cli | typeof CommandRun = CommandRun): Promise<Ended[]> {
  const ends = await forEachItem(typed, async ([args, environment]) => {
    return await new Start([...args, '--verbose'], { VMC_ORG_ID: ORG, ...environment }).ended;
  });
  for (const ended of ends) {
    expectClean(ended);
    expect(ended.code).toBeGreaterThan(0);
    expect(ended.stdout + ended.stderr).toMatch(/\w/);
  }
  return ends;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vmc-cancel-'));
});
afterAll(async () => {
  await ChildProcess.killAll();
  await rm(folder, { recursive: true });
});

async function file(name: string, content: string): Promise<string> {
  const where = path.join(folder, name);
  await writeFile(where, content);
  return where;
}

describe('every command with --verbose, with a canary in every credential, prints neither it nor a stack', () => {
  it('of all that there are', async () => {
    const tried = new Set([...COMMANDS, CANCEL_ALL].map(([name]) => name));
    expect([...tried].toSorted()).toEqual((await commandNames()).filter((name) => name !== 'completion').toSorted());
  });

  it('where Temporal cannot be reached', async () => {
    const environment = { ...PLANTED, TEMPORAL_ADDRESS: '127.0.0.1:1', TEMPORAL_TLS: 'false' };
    const { TEMPORAL_ADDRESS } = environment;
    const ends = await failAll([
      ...COMMANDS.map((args): Typed => [args, environment]),
      [CANCEL_ALL, { TEMPORAL_ADDRESS, VMC_API_TOKEN }],
    ]);
    for (const { stderr } of ends) expect(stderr).toContain('caused by');
  }, 300_000);

  it('where what answers quotes all that it was sent', async () => {
    const temporal = await quotingTemporal();
    const environment = { ...PLANTED, TEMPORAL_ADDRESS: temporal.address, TEMPORAL_TLS: 'false' };
    const typed = COMMANDS.map((args): Typed => [args, environment]);
    const ends = await failAll(typed, Cli);
    // It was sent, and quoted; and told without it.
    expect(temporal.received()).toContain(`${CANARY}-api-key`);
    for (const { stdout, stderr } of ends) expect(stdout + stderr).toContain('[secret]');
    await temporal.stop();
  }, 300_000);

  it('where a credential of the settings is none', async () => {
    const profile = await file('not.toml', `[profile.default]\napi_key = "${CANARY}"\nnamespace = broken\n`);
    const json = await file('not.json', `{"default": {"apiToken": "${CANARY}"`);
    const lines = await file('two-lines', `${CANARY}\n${CANARY}\n`);
    const nowhere = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const header = { ...nowhere, TEMPORAL_API_KEY: `${CANARY}\nsecond line`, TEMPORAL_TLS: 'false' };
    const { TEMPORAL_TLS_CLIENT_KEY_DATA = '' } = PLANTED;
    const certificate = { ...nowhere, TEMPORAL_TLS_CLIENT_CERT_DATA: CANARY, TEMPORAL_TLS_CLIENT_KEY_DATA };
    await failAll([
      [['status', 'task-1'], { TEMPORAL_CONFIG_FILE: profile }],
      [['doctor'], { TEMPORAL_CONFIG_FILE: profile }],
      [['status', 'task-1'], header],
      [['doctor'], header],
      [['status', 'task-1'], certificate],
      [['doctor'], certificate],
      [['doctor'], { ...nowhere, VMC_CREDENTIALS_FILE: json }],
      [['doctor'], { ...nowhere, VMC_API_TOKEN_FILE: lines }],
      [['doctor', '--api'], { ...nowhere, VMC_API_URL: `https://user:${CANARY}@example.test/vmc/api` }],
    ]);
  }, 300_000);

  it('where an error is thrown that nobody expected', async () => {
    const temporal = await silentTemporal();
    // Loaded before the program, so that it is there when the signal comes.
    const script = `process.on("SIGINT", () => { throw new Error("lost ${CANARY}-api-token") })`;
    const environment = {
      ...PLANTED,
      NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(script)}"`,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_TLS: 'false',
    };
    const command = new Cli(['status', '--org', ORG, 'task-1', '--verbose'], environment);
    await temporal.asked;
    command.interrupt();
    expect(await command.ended).toMatchObject({ code: 1, stdout: '', stderr: 'error: lost [secret]\n' });
    await temporal.stop();
  });
});

describe('with a worker, whose API and sign-in service quote the token that they refuse', () => {
  let stage: Stage;
  const token = `${CANARY}-worker`;
  beforeAll(async () => {
    stage = await Stage.begin();
    const { apiUrl, cspUrl } = stage.simulator;
    const worker = new WorkerProcess({
      ...stage.environment,
      VMC_API_URL: apiUrl,
      VMC_CSP_URL: cspUrl,
      VMC_API_TOKEN: token,
    });
    await worker.logged('polling');
  }, 180_000);
  afterAll(() => stage.end());

  const refusal = { retryable: false, error_code: token, error_messages: [`the token ${token} may not`] };

  it('no command prints the token or a stack', async () => {
    const ran: Ended[] = [];
    const run = async (...args: string[]) => {
      const ended = await stage.run(...args, '--verbose');
      ran.push(ended);
      return ended;
    };
    const declined = await stage.task();
    await stage.controls.addFault({
      operation: 'cancelTask',
      taskId: declined.taskId,
      times: 1,
      status: 400,
      body: refusal,
    });
    expect(await run('start', '--watch', declined.taskId)).toMatchObject({ code: 12 });
    const forbidden = await stage.task();
    await stage.controls.addFault({
      operation: 'cancelTask',
      taskId: forbidden.taskId,
      times: 1,
      status: 403,
      body: refusal,
    });
    expect(await run('start', '--watch', forbidden.taskId)).toMatchObject({ code: 1 });
    const troubled = await stage.started({ settlesAfterMs: 600_000 }, FAST);
    await stage.controls.addFault({
      taskId: troubled.taskId,
      times: 1_000,
      status: 503,
      body: { ...refusal, retryable: true },
    });
    await stage.untilProgress(troubled.workflowId, ({ trouble }) => trouble !== null);
    const everyone = [declined.taskId, forbidden.taskId, troubled.taskId];
    await run('status', ...everyone);
    await run('status', troubled.taskId);
    await run('status', '--json', ...everyone);
    await run('result', '--json', declined.taskId, forbidden.taskId);
    await run('list', '--json');
    for (const command of ['poll', 'reissue', 'stop']) await run(command, troubled.taskId);
    for (const ended of ran) expectClean(ended);
    // What was quoted came through to where it is told, blanked.
    expect(documents((await stage.run('status', '--json', declined.taskId)).stdout)).toMatchObject([
      { declined: { errorCode: '[secret]', messages: ['the token [secret] may not'] } },
    ]);
  }, 300_000);

  it.each([
    ['a variable', async () => Promise.resolve({ VMC_API_TOKEN: token })],
    ['a file of its own', async () => ({ VMC_API_TOKEN_FILE: await file('token', token) })],
    [
      'the credentials file, of another organization',
      async () => ({
        VMC_CREDENTIALS_FILE: await file(
          'all.json',
          JSON.stringify({ organizations: { other: { apiToken: token } }, default: { apiToken: 'good' } }),
        ),
      }),
    ],
    [
      'a file that the credentials file names',
      async () => {
        const apiTokenFile = await file('named', token);
        const content = { organizations: { other: { apiTokenFile } }, default: { apiToken: 'good' } };
        return { VMC_CREDENTIALS_FILE: await file('files.json', JSON.stringify(content)) };
      },
    ],
  ])('doctor and cancel-all print no token from %s', async (_place, credentials) => {
    const { apiUrl, cspUrl } = stage.simulator;
    const environment = { ...stage.environment, VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, ...(await credentials()) };
    for (const operation of ['authorize', 'listTasks'] as const) {
      for (const args of [['doctor'], CANCEL_ALL]) {
        await stage.controls.addFault({ operation, times: 1, status: 400, body: refusal });
        const ended = await new CommandRun([...args, '--verbose'], environment).ended;
        expect({ args, code: ended.code }).toEqual({ args, code: 1 });
        expectClean(ended);
        if (operation === 'listTasks') expect(ended.stdout + ended.stderr).toContain('the token [secret] may not');
      }
    }
  });
});

type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

class FakeTemporal {
  private readonly server = createServer();
  private readonly sessions = new Set<ServerHttp2Session>();
  private headers = '';
  /** Resolves at the first call. */
  readonly asked: Promise<unknown> = once(this.server, 'stream');

  /** @param answer null: none is given */
  static async start(answer: (headers: Headers) => OutgoingHttpHeaders | null): Promise<FakeTemporal> {
    const fake = new FakeTemporal();
    fake.server.on('session', (session) => fake.sessions.add(session));
    fake.server.on('stream', (stream, headers) => {
      fake.headers += JSON.stringify(headers);
      const trailers = answer(headers);
      if (trailers !== null) stream.respond(trailers, { endStream: true });
    });
    fake.server.listen(0, '127.0.0.1');
    await once(fake.server, 'listening');
    return fake;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  received(): string {
    return this.headers;
  }

  async stop(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

const UNIMPLEMENTED = 12;
const UNAUTHENTICATED = 16;

/**
 * Refuses every call but the first look at what it can do, and quotes in its refusal all that it
 * was sent.
 */
async function quotingTemporal(): Promise<FakeTemporal> {
  return await FakeTemporal.start((headers) => ({
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': headers[':path']?.endsWith('/GetSystemInfo') ? UNIMPLEMENTED : UNAUTHENTICATED,
    'grpc-message': encodeURIComponent(`refused ${JSON.stringify(headers)}`),
  }));
}

async function silentTemporal(): Promise<FakeTemporal> {
  return await FakeTemporal.start(() => null);
}

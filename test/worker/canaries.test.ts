import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Server } from 'node:tls';
import { createServer } from 'node:tls';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { CancellationClient, RunFailedError } from '../../client';
import type { CancelTaskInput } from '../../domain/contract/input';
import type { NewFault } from '../../development/simulatorControls';
import type { Change } from '../../simulator/stateFile';
import { readableForms } from '../leaks';
import { CommandRun } from '../stage/commandRun';
import { FAST, Stage } from '../stage/stage';
import { until } from '../stage/until';
import { untilProgress } from '../stage/untilProgress';
import { WorkerProcess } from '../stage/workerProcess';
import { ConnectProxy } from '../temporal/connectProxy';
import { AUTHORITY_FILE, certificate } from '../vmc/certificates';

const { History } = temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse } = temporal.api.workflowservice.v1;

jest.setTimeout(120_000);

const canary = (name: string) => `canary-${name}-4711`;
const basic = (user: string, password: string) => Buffer.from(`${user}:${password}`).toString('base64');

let folder: string;
let stage: Stage;
let connection: Connection;
/** TLS before the simulator, and a proxy before that. */
let front: Server;
let proxy: ConnectProxy;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'canaries-'));
  stage = await Stage.begin({ simulatorState: path.join(folder, 'simulator') });
  connection = await Connection.connect({ address: stage.server.address });
  const port = Number(new URL(stage.simulator.url).port);
  front = createServer(certificate('good'), (socket) => {
    const behind = connect(port, '127.0.0.1');
    for (const end of [socket, behind]) end.on('error', () => end.destroy());
    socket.pipe(behind).pipe(socket);
  }).listen(0, '127.0.0.1');
  await until(() => front.listening);
  proxy = await ConnectProxy.start((front.address() as AddressInfo).port);
});
afterAll(async () => {
  await connection.close();
  await stage.end();
  await proxy.stop();
  front.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, content);
  return where;
}

/** Those that the simulator's sign-in has issued. */
function accessTokens(): string[] {
  const lines = readFileSync(path.join(folder, 'simulator'), 'utf8').trim().split('\n');
  const changes = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Change);
  return changes.flatMap((change) => (change.kind === 'accessToken' ? [change.token] : []));
}

/** In which places a secret can be read, and which one. */
function found(secrets: readonly string[], places: Record<string, string>): string[] {
  return secrets.flatMap((secret) => {
    const forms = readableForms(secret);
    const leaky = Object.keys(places).filter((place) => forms.some((form) => places[place]?.includes(form)));
    return leaky.map((place) => `${secret} in ${place}`);
  });
}

function processList(): string {
  return execFileSync('ps', ['axww', '-o', 'args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

/** The cancellations of one worker's queue. */
class Runs {
  /** What was read of them so far, by where. */
  private readonly places: Record<string, string> = {};
  private readonly workflowIds: string[] = [];

  private constructor(private readonly client: CancellationClient) {}

  static async in(taskQueue: string): Promise<Runs> {
    return new Runs(await CancellationClient.connect({ address: stage.server.address, taskQueue, env: {} }));
  }

  private async start(orgId: string, faults: NewFault[], input: Partial<CancelTaskInput> = {}): Promise<string> {
    const ids = await stage.task({ settlesAfterMs: 2_000 }, orgId);
    for (const fault of faults) await stage.controls.addFault({ ...fault, taskId: ids.taskId });
    const { workflowId } = await this.client.start({ ...ids, ...FAST, ...input });
    this.workflowIds.push(workflowId);
    return workflowId;
  }

  /** Its outcome, or the type of its failure. */
  private async endOf(workflowId: string): Promise<string | null> {
    const [end] = await Promise.allSettled([this.client.result(workflowId)]);
    if (end.status === 'fulfilled') return end.value.outcome;
    return end.reason instanceof RunFailedError ? end.reason.failure.type : String(end.reason);
  }

  private async untilTrouble(workflowId: string, type: string): Promise<void> {
    await untilProgress(this.client, workflowId, (progress) => {
      this.places[`the progress of ${workflowId}`] = JSON.stringify(progress);
      return progress.trouble?.type === type;
    });
  }

  private async end(orgId: string, faults: NewFault[], input: Partial<CancelTaskInput> = {}): Promise<string | null> {
    return await this.endOf(await this.start(orgId, faults, input));
  }

  /**
   * The first sign-in of an organization, refused and then accepted.
   *
   * @param sent what it presents
   * @returns what an answer might quote from then on
   */
  async signIn(orgId: string, sent: readonly string[]): Promise<string[]> {
    const before = accessTokens();
    await stage.controls.addFault({ operation: 'authorize', times: 1, status: 400, body: { message: sent.join(' ') } });
    expect(await this.end(orgId, [])).toBe('Unauthorized');
    expect(await this.end(orgId, [])).toBe('CANCELED');
    const issued = accessTokens().slice(before.length);
    expect(issued).toHaveLength(1);
    return [...issued, ...sent];
  }

  /** Every end and every trouble that the API can cause soon, by answers that quote. */
  async endInEveryWay(orgId: string, quoted: readonly string[]): Promise<void> {
    const end = async (faults: NewFault[], input: Partial<CancelTaskInput> = {}) => this.end(orgId, faults, input);
    const once = { times: 1 };
    const always = { times: 1_000 };
    const body = { retryable: false, error_code: quoted.join(' '), error_messages: quoted };
    const passing = { ...body, retryable: true };
    const text = quoted.join(' ');
    const ends: Record<string, Promise<string | null>> = {
      NOT_CANCELABLE: end([{ ...once, status: 400, body }]),
      Forbidden: end([{ ...once, status: 403, body }]),
      TaskNotFound: end([{ ...always, status: 404, body }]),
      VmcApiError: end([{ ...once, status: 418, body: text }]),
      DEADLINE_EXCEEDED: end([{ ...always, status: 502, body: text }], { deadline: '2s' }),
      ABANDONED: this.stoppedIn('Unavailable', orgId, [{ ...always, status: 503, body: passing }]),
    };
    const passed = [
      { status: 400, body },
      { status: 403, body },
      { status: 418, body: text },
      { status: 429, body: text, headers: { 'retry-after': '1' } },
      { status: 503, body: passing },
      { status: 200, body: text },
      { drop: true },
    ].map((fault) => end([{ operation: 'getTask', ...once, ...fault }]));
    expect(await Promise.all(Object.values(ends))).toEqual(Object.keys(ends));
    expect(await Promise.all(passed)).toEqual(passed.map(() => 'CANCELED'));
    // The last, since it renews the access token.
    expect(await end([{ ...always, status: 401, body }])).toBe('Unauthorized');
  }

  /** The outcome of one that is stopped in its trouble. */
  async stoppedIn(trouble: string, orgId: string, faults: NewFault[] = []): Promise<string | null> {
    const workflowId = await this.start(orgId, faults);
    await this.untilTrouble(workflowId, trouble);
    await this.client.stopMonitoring(workflowId);
    return await this.endOf(workflowId);
  }

  /** What the command line prints of them, with credentials in its own environment. */
  async print(environment: Record<string, string>): Promise<void> {
    for (const command of ['status', 'result', 'watch'])
      for (const form of [[], ['--json']]) {
        const { stdout, stderr } = await new CommandRun([command, ...this.workflowIds, ...form], environment).ended;
        this.places[`${command} ${form.join('')}`] = stdout + stderr;
      }
  }

  /** What Temporal keeps of them, and all that was read of them before. */
  async kept(): Promise<Record<string, string>> {
    for (const workflowId of this.workflowIds) {
      const handle = new Client({ connection }).workflow.getHandle(workflowId);
      // Their bytes, in which a payload is what it holds.
      const history = History.encode(await handle.fetchHistory()).finish();
      const description = DescribeWorkflowExecutionResponse.encode((await handle.describe()).raw).finish();
      this.places[`the history of ${workflowId}`] = Buffer.from(history).toString();
      this.places[`the description of ${workflowId}`] = Buffer.from(description).toString();
    }
    await this.client.close();
    return this.places;
  }
}

/** What was quoted came through to where it is read, blanked. */
function expectQuoted(places: Record<string, string>): void {
  const blanked = Object.values(places).filter((text) => text.includes('[secret]'));
  expect(blanked.length).toBeGreaterThanOrEqual(5);
}

/** Stops a worker, and returns what can be read of it from outside. */
async function readingsOf(worker: WorkerProcess): Promise<Record<string, string>> {
  const { health } = await worker.logged('polling');
  const metrics = await (await fetch(`http://${String(health)}/metrics`)).text();
  expect(metrics).toContain('vmc_cancel_verdicts_total');
  const processes = processList();
  expect(processes).toContain('worker/main.js');
  worker.signal('SIGTERM');
  expect(await worker.exitCode).toBe(0);
  return { metrics, processes, 'the log': worker.stdout, stderr: worker.stderr };
}

const OBSERVED = { VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0', VMC_CANCEL_LOG_LEVEL: 'trace' };

it('secrets of the environment are nowhere but there, through every end of a cancellation', async () => {
  const apiToken = canary('api-token');
  const apiKey = canary('api-key');
  const header = canary('header');
  const password = canary('proxy-password');
  const ofTemporal = { TEMPORAL_API_KEY: apiKey, TEMPORAL_TLS: 'false', TEMPORAL_GRPC_META_X_OWN: header };
  const worker = await stage.startWorker({
    ...OBSERVED,
    ...ofTemporal,
    VMC_CANCEL_TASK_QUEUE: 'environment',
    VMC_API_TOKEN: apiToken,
    VMC_API_URL: 'https://api.test/vmc/api',
    VMC_CSP_URL: 'https://csp.test',
    NODE_EXTRA_CA_CERTS: AUTHORITY_FILE,
    HTTPS_PROXY: `http://proxy-user:${password}@127.0.0.1:${proxy.port}`,
  });
  const runs = await Runs.in('environment');
  proxy.status = 407;
  expect(await runs.stoppedIn('SignInUnavailable', 'org-1')).toBe('ABANDONED');
  expect(proxy.requests[0]?.authorization).toBe(`Basic ${basic('proxy-user', password)}`);
  proxy.status = 200;
  const before = accessTokens().length;
  await runs.endInEveryWay('org-1', await runs.signIn('org-1', [apiToken]));
  await runs.print({ ...stage.environment, ...ofTemporal, VMC_API_TOKEN: apiToken });
  const places = { ...(await runs.kept()), ...(await readingsOf(worker)) };
  const issued = accessTokens().slice(before);
  expect(found([apiToken, apiKey, header, password, ...issued], places)).toEqual([]);
  expectQuoted(places);
});

it('secrets in files are in no diagnostic report of Node either', async () => {
  const apiToken = canary('token-in-file');
  const clientSecret = canary('client-secret');
  const apiKey = canary('key-in-file');
  const credentials = {
    organizations: { app: { clientId: 'client', clientSecretFile: file('client-secret', clientSecret) } },
    default: { apiTokenFile: file('api-token', apiToken) },
  };
  const reports = path.join(folder, 'reports');
  mkdirSync(reports);
  const worker = new WorkerProcess({
    ...stage.environment,
    ...OBSERVED,
    VMC_API_URL: stage.simulator.apiUrl,
    VMC_CSP_URL: stage.simulator.cspUrl,
    TEMPORAL_API_KEY_FILE: file('api-key', apiKey),
    TEMPORAL_TLS: 'false',
    VMC_CANCEL_TASK_QUEUE: 'files',
    VMC_CREDENTIALS_FILE: file('credentials.json', JSON.stringify(credentials)),
    NODE_OPTIONS: `--report-on-signal --report-directory=${reports}`,
  });
  await worker.logged('polling');
  const runs = await Runs.in('files');
  const before = accessTokens().length;
  const ofToken = await runs.signIn('org-2', [apiToken]);
  const ofApp = await runs.signIn('app', [clientSecret, basic('client', clientSecret)]);
  await Promise.all([runs.endInEveryWay('org-2', ofToken), runs.endInEveryWay('app', ofApp)]);
  worker.signal('SIGUSR2');
  await until(() => readdirSync(reports).length > 0);
  const places = { ...(await runs.kept()), ...(await readingsOf(worker)) };
  const [report = ''] = readdirSync(reports);
  places.report = readFileSync(path.join(reports, report), 'utf8');
  expect(places.report).toContain('"environmentVariables"');
  const issued = accessTokens().slice(before);
  expect(found([apiToken, clientSecret, apiKey, ...issued], places)).toEqual([]);
  expectQuoted(places);
});

it('the search finds a secret in whatever it is', () => {
  const secret = canary('planted');
  const places = {
    plain: `x${secret}`,
    base64: Buffer.from(`{"token":"${secret}"}`).toString('base64'),
    encoded: encodeURIComponent('a/b'),
    none: 'canary',
  };
  expect(found([secret, 'a/b'], places)).toEqual([`${secret} in plain`, `${secret} in base64`, 'a/b in encoded']);
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '../environment/freePort';
import { ChildProcess } from '../stage/childProcess';
import { Cli } from '../stage/cli';
import { Nginx } from '../stage/nginx';
import { FAST, Stage } from '../stage/stage';
import { until } from '../stage/until';
import type { WorkerProcess } from '../stage/workerProcess';

const RUNS = 20;
const RENEWED = 'the credentials for Temporal were renewed';
const REFUSED = "refuses the worker's credentials";

/** How the proxy answers a caller whose key it does not know: as Temporal does, or as a proxy. */
type Refusal = 'by gRPC' | 'in HTML';

let stage: Stage;
let folder: string;
let port: number;
let nginx: Nginx;
let httpAddress: string;

beforeAll(async () => {
  stage = await Stage.begin();
});
afterAll(async () => {
  await stage.end();
});
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'rotation-'));
  [port, httpAddress] = [await freePort(), `127.0.0.1:${await freePort()}`];
  issue('server', 'subjectAltName=DNS:localhost');
  for (const name of ['one', 'two']) issue(name, 'extendedKeyUsage=clientAuth');
  present('one');
  nginx = await Nginx.start(port, accepting('one'));
});
afterEach(async () => {
  await ChildProcess.killAll();
  await nginx.stop();
  rmSync(folder, { recursive: true });
});

function file(name: string): string {
  return path.join(folder, name);
}

/** A certificate of an authority of its own. */
function issue(name: string, extension: string): void {
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl('req', '-x509', ...curve, '-keyout', `${name}-ca.key`, '-out', `${name}-ca.pem`, '-subj', `/CN=${name}-ca`);
  openssl('req', ...curve, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  writeFileSync(file('extension'), extension);
  const authority = ['-CA', `${name}-ca.pem`, '-CAkey', `${name}-ca.key`, '-CAcreateserial'];
  openssl('x509', '-req', '-in', `${name}.csr`, ...authority, '-extfile', 'extension', '-out', `${name}.pem`);
}

/** Writes a key and a certificate where the worker looks for its own. */
function present(name: string): void {
  writeFileSync(file('api-key'), `key-of-${name}\n`);
  writeFileSync(file('client.key'), readFileSync(file(`${name}.key`)));
  writeFileSync(file('client.pem'), readFileSync(file(`${name}.pem`)));
}

/** A proxy before Temporal that asks for a key and a certificate. */
function accepting(...names: string[]): string {
  return serverBlock('by gRPC', names);
}

function serverBlock(refusal: Refusal, names: string[], certificates = names): string {
  const authorities = certificates.map((name) => readFileSync(file(`${name}-ca.pem`))).join('');
  writeFileSync(file('clients.pem'), authorities);
  const known = names.map((name) => `key-of-${name}`).join('|');
  const answer = refusal === 'by gRPC' ? 'error_page 403 = @refused;' : '';
  return `log_format keys "$http_authorization";
  server {
    access_log ${file('keys')} keys;
    listen 127.0.0.1:${port} ssl http2;
    ssl_certificate ${file('server.pem')};
    ssl_certificate_key ${file('server.key')};
    ssl_client_certificate ${file('clients.pem')};
    ssl_verify_client on;
    ${answer}
    location / {
      if ($http_authorization !~ "^Bearer (${known})$") { return 403; }
      grpc_read_timeout 100s;
      grpc_pass grpc://${stage.server.address};
    }
    location @refused {
      default_type application/grpc;
      add_header grpc-status 16;
      add_header grpc-message "not known here";
      return 204;
    }
  }`;
}

function temporalEnvironment(): Record<string, string> {
  return {
    TEMPORAL_ADDRESS: `localhost:${port}`,
    TEMPORAL_API_KEY_FILE: file('api-key'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: file('client.key'),
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('server-ca.pem'),
    no_proxy: '*',
  };
}

async function startWorker(): Promise<WorkerProcess> {
  return await stage.startWorker({ ...temporalEnvironment(), VMC_CANCEL_HTTP_ADDRESS: httpAddress });
}

async function readiness(): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://${httpAddress}/readyz`);
  return { status: response.status, text: await response.text() };
}

/** Runs with a task each that ends some time after its cancel. */
async function startRuns(count: number, settlesAfterMs: number): Promise<string[]> {
  const runs = [];
  for (let run = 0; run < count; run++) runs.push(await stage.started({ settlesAfterMs }, FAST));
  return runs.map(({ workflowId }) => workflowId);
}

it('credentials renewed in their files are used: no cancellation fails, and no process starts again', async () => {
  const worker = await startWorker();
  const runs = await startRuns(RUNS, 30_000);
  await nginx.reconfigure(accepting('one', 'two'));
  present('two');
  await worker.logged(RENEWED);
  await nginx.reconfigure(accepting('two'));
  const results = await Promise.all(runs.map((workflowId) => stage.client.result(workflowId)));
  expect(results.map(({ outcome }) => outcome)).toEqual(Array.from({ length: RUNS }, () => 'CANCELED'));
  await until(async () => (await readiness()).status === 200);
  expect(worker.log.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  expect(worker.log.filter(({ msg }) => msg.includes(RENEWED))).toHaveLength(1);
  expect(worker.output).not.toMatch(/key-of-/);
});

it.each<Refusal>(['by gRPC', 'in HTML'])(
  'credentials that are refused, %s, with no others there are said in one line, until there are others',
  async (refusal) => {
    const worker = await startWorker();
    const [workflowId = ''] = await startRuns(1, 5_000);
    // The certificate would be refused before the key.
    await nginx.reconfigure(serverBlock(refusal, ['two'], ['one', 'two']));
    const { level, reason } = await worker.logged(REFUSED);
    expect({ level, reason }).toEqual({ level: 'error', reason: expect.stringMatching(/not known here|403/) });
    expect(await readiness()).toEqual({ status: 503, text: expect.stringContaining('refuses the credentials') });
    expect((await fetch(`http://${httpAddress}/healthz`)).status).toBe(200);
    expect(await (await fetch(`http://${httpAddress}/metrics`)).text()).toContain('vmc_cancel_temporal_refuses 1');
    present('two');
    await worker.logged('takes the credentials again');
    await until(async () => (await readiness()).status === 200);
    expect((await stage.client.result(workflowId)).outcome).toBe('CANCELED');
    expect(worker.log.filter(({ msg }) => msg.includes(REFUSED))).toHaveLength(1);
    worker.signal('SIGTERM');
    expect(await worker.exitCode).toBe(0);
  },
);

it('a pair of which only the key is there yet, or a file that is gone, changes nothing', async () => {
  const worker = await startWorker();
  writeFileSync(file('client.key'), readFileSync(file('two.key')));
  await worker.logged('needs its own key');
  rmSync(file('api-key'));
  await worker.logged('TEMPORAL_API_KEY_FILE: cannot be read (ENOENT)');
  const [workflowId = ''] = await startRuns(1, 0);
  expect((await stage.client.result(workflowId)).outcome).toBe('CANCELED');
  await nginx.reconfigure(accepting('one', 'two'));
  present('two');
  await worker.logged(RENEWED);
});

it('a certificate that is refused is said in one line, until there is another', async () => {
  const worker = await startWorker();
  await nginx.reconfigure(serverBlock('by gRPC', ['one', 'two'], ['two']));
  expect(await worker.logged(REFUSED)).toMatchObject({ level: 'error', reason: expect.stringContaining('400') });
  present('two');
  await worker.logged('takes the credentials again');
  const [workflowId = ''] = await startRuns(1, 0);
  expect((await stage.client.result(workflowId)).outcome).toBe('CANCELED');
  expect(worker.log.filter(({ msg }) => msg.includes(REFUSED))).toHaveLength(1);
});

it('a command that waits goes on with a key that was renewed in its file', async () => {
  // Of its own way to Temporal: the proxy knows the calls of the command alone.
  await stage.startWorker();
  const accepted = ['one', 'two'];
  const [workflowId = ''] = await startRuns(1, 120_000);
  const waiting = new Cli(['result', workflowId, '--json'], temporalEnvironment());
  await called('one');
  // The certificate of a command is the one of its start.
  await nginx.reconfigure(serverBlock('by gRPC', accepted, accepted));
  writeFileSync(file('api-key'), 'key-of-two');
  await called('two');
  await nginx.reconfigure(serverBlock('by gRPC', ['two'], accepted));
  await stage.client.stopMonitoring(workflowId);
  expect(JSON.parse((await waiting.ended).stdout)).toMatchObject({ outcome: 'ABANDONED' });
});

/** Waits until the proxy has had a call with the key of this name. */
async function called(name: string): Promise<void> {
  await until(() => readFileSync(file('keys'), 'utf8').includes(`key-of-${name}`));
}

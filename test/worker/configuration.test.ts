import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cleanEnvironment } from '../../domain/settings/environment';
import type { WorkerConfiguration } from '../../worker/configuration';
import { readWorkerConfiguration } from '../../worker/configuration';
import { CERTIFICATE, KEY } from '../temporal/pem';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'worker-configuration-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const filePath = path.join(folder, name);
  writeFileSync(filePath, text);
  return filePath;
}

type Raw = Record<string, string | undefined>;

/** Enough to start, and no profile file of the machine that the test runs on. */
function enough(): Raw {
  return { VMC_API_TOKEN: 'canary-token', TEMPORAL_CONFIG_FILE: path.join(folder, 'none.toml') };
}

async function configurationOf(environment: Raw): Promise<WorkerConfiguration> {
  const read = await readWorkerConfiguration(cleanEnvironment({ ...enough(), ...environment }));
  if (!read.ok) throw new Error(read.problems.join('\n'));
  return read.value;
}

async function problemsOf(environment: Raw): Promise<string[]> {
  const read = await readWorkerConfiguration(cleanEnvironment({ ...enough(), ...environment }));
  return read.ok ? [] : read.problems;
}

describe("the worker's configuration", () => {
  it('needs credentials and nothing else', async () => {
    expect(await configurationOf({})).toMatchObject({
      temporal: { address: 'localhost:7233', namespace: 'default', taskQueue: 'vmc-cancel' },
      httpAddress: null,
      connectTimeoutMs: 60_000,
      shutdownTimeoutMs: 20_000,
      logLevel: 'info',
      logFormat: null,
      sharedReadsWithinMs: 2_000,
      maxCallsPerSecond: null,
      maxConcurrentActivities: 1_000,
      maxCachedWorkflows: null,
    });
  });

  it('takes every setting from its variable', async () => {
    const configuration = await configurationOf({
      VMC_CANCEL_TASK_QUEUE: 'other',
      VMC_CANCEL_HTTP_ADDRESS: '0.0.0.0:9464',
      VMC_CANCEL_CONNECT_TIMEOUT: '5s',
      VMC_CANCEL_SHUTDOWN_TIMEOUT: '1m',
      VMC_CANCEL_LOG_LEVEL: 'debug',
      VMC_CANCEL_LOG_FORMAT: 'pretty',
      VMC_CANCEL_SHARED_READS_WITHIN: '1s',
      VMC_CANCEL_MAX_CALLS_PER_SECOND: '20',
      VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES: '7',
      VMC_CANCEL_MAX_CACHED_WORKFLOWS: '0',
      TEMPORAL_ADDRESS: 'temporal.example:7233',
      TEMPORAL_NAMESPACE: 'team',
    });
    expect(configuration).toMatchObject({
      temporal: { address: 'temporal.example:7233', namespace: 'team', taskQueue: 'other' },
      httpAddress: { host: '0.0.0.0', port: 9464 },
      connectTimeoutMs: 5_000,
      shutdownTimeoutMs: 60_000,
      logLevel: 'debug',
      logFormat: 'pretty',
      sharedReadsWithinMs: 1_000,
      maxCallsPerSecond: 20,
      maxConcurrentActivities: 7,
      maxCachedWorkflows: 0,
    });
  });

  it('takes a blank variable for one that is not set, and cuts white space and CR around the others', async () => {
    const blank = { VMC_CANCEL_HTTP_ADDRESS: '', VMC_CANCEL_LOG_LEVEL: ' ', VMC_CANCEL_LOG_FORMAT: '\r\n' };
    expect(await configurationOf(blank)).toEqual(await configurationOf({}));
    expect(
      await configurationOf({ VMC_CANCEL_LOG_LEVEL: ' debug\r', VMC_CANCEL_MAX_CACHED_WORKFLOWS: '7\r' }),
    ).toMatchObject({ logLevel: 'debug', maxCachedWorkflows: 7 });
  });

  it.each(['0', '0s', '0 ms'])('takes %s for reads that are never held', async (text) => {
    expect((await configurationOf({ VMC_CANCEL_SHARED_READS_WITHIN: text })).sharedReadsWithinMs).toBe(0);
  });

  it.each([
    ['[::1]:9464', { host: '::1', port: 9464 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('takes %s for the address of its health', async (text, address) => {
    expect((await configurationOf({ VMC_CANCEL_HTTP_ADDRESS: text })).httpAddress).toEqual(address);
  });

  it.each(['9464', ':9464', 'host:', 'host:65536', '::1:9464', 'http://host:9464', 'ho st:1'])(
    'does not take %s for the address of its health',
    async (text) => {
      expect(await problemsOf({ VMC_CANCEL_HTTP_ADDRESS: text })).toEqual([
        expect.stringMatching(/^VMC_CANCEL_HTTP_ADDRESS: must be host:port/),
      ]);
    },
  );

  it('names the three ways to give credentials when there are none', async () => {
    const [problem, ...others] = await problemsOf({ VMC_API_TOKEN: undefined });
    expect(others).toEqual([]);
    for (const way of ['VMC_API_TOKEN', 'VMC_CLIENT_ID', 'VMC_CREDENTIALS_FILE']) expect(problem).toContain(way);
  });

  it('tells every problem at once and quotes no value', async () => {
    const problems = await problemsOf({
      VMC_API_TOKEN: undefined,
      VMC_API_URL: 'ftp://canary',
      VMC_CSP_URL: 'canary',
      TEMPORAL_PROFILE: 'missing',
      VMC_CANCEL_TASK_QUEUE: 'canary'.repeat(200),
      VMC_CANCEL_HTTP_ADDRESS: 'canary',
      VMC_CANCEL_CONNECT_TIMEOUT: 'canary',
      VMC_CANCEL_SHUTDOWN_TIMEOUT: '-1s',
      VMC_CANCEL_LOG_LEVEL: 'canary',
      VMC_CANCEL_LOG_FORMAT: 'canary',
      VMC_CANCEL_SHARED_READS_WITHIN: '6s',
      VMC_CANCEL_MAX_CALLS_PER_SECOND: '0',
      VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES: '0',
      VMC_CANCEL_MAX_CACHED_WORKFLOWS: '1.5',
    });
    expect(problems.map((problem) => problem.split(/[: ]/)[0])).toEqual([
      'VMC_API_URL',
      'VMC_CSP_URL',
      'VMC',
      'TEMPORAL_PROFILE',
      'VMC_CANCEL_TASK_QUEUE',
      'VMC_CANCEL_HTTP_ADDRESS',
      'VMC_CANCEL_CONNECT_TIMEOUT',
      'VMC_CANCEL_SHUTDOWN_TIMEOUT',
      'VMC_CANCEL_LOG_LEVEL',
      'VMC_CANCEL_LOG_FORMAT',
      'VMC_CANCEL_SHARED_READS_WITHIN',
      'VMC_CANCEL_MAX_CALLS_PER_SECOND',
      'VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES',
      'VMC_CANCEL_MAX_CACHED_WORKFLOWS',
    ]);
    expect(problems.join('\n')).not.toContain('canary');
  });

  it('knows every secret among its settings, so that the log can blank them', async () => {
    const credentials = file(
      'credentials.json',
      JSON.stringify({
        organizations: { one: { apiToken: 'token-1' }, two: { apiTokenFile: file('token', 'token-7\n') } },
        default: { clientId: 'id', clientSecret: 'secret-2' },
      }),
    );
    const { secrets } = await configurationOf({
      VMC_API_TOKEN: undefined,
      VMC_CREDENTIALS_FILE: credentials,
      TEMPORAL_API_KEY: 'key-3',
      TEMPORAL_GRPC_META_X_SIGNATURE: 'signature-4',
      TEMPORAL_TLS_CLIENT_CERT_PATH: file('certificate', CERTIFICATE),
      TEMPORAL_TLS_CLIENT_KEY_PATH: file('key', KEY),
      TEMPORAL_ADDRESS: 'temporal.example',
      https_proxy: 'http://user:word-6@proxy.example',
    });
    for (const secret of ['token-1', 'secret-2', 'key-3', 'signature-4', KEY, 'word-6', 'token-7'])
      expect(secrets).toContain(secret);
  });
});

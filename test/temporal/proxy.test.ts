import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { proxyName } from '../../domain/settings/proxy';
import { readTemporalSettings } from '../../temporal/settings';
import { ChildProcess } from '../stage/childProcess';
import { Cli } from '../stage/cli';
import { WorkerProcess } from '../stage/workerProcess';
import { ConnectProxy } from './connectProxy';

const REMOTE = 'temporal.test:7233';
const BASIC = `Basic ${Buffer.from('al@ice:canary:pass word').toString('base64')}`;

describe('through a real proxy', () => {
  let server: DevServer;
  let proxy: ConnectProxy;
  beforeAll(async () => {
    const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
    server = await startDevServer({ ui: false, searchAttributes });
  }, 90_000);
  beforeEach(async () => {
    proxy = await ConnectProxy.start(Number(server.address.split(':')[1]));
  });
  afterEach(async () => {
    await ChildProcess.killAll();
    await proxy.stop();
  });
  afterAll(() => server.stop());

  const proxyUrl = () => `http://al%40ice:canary%3Apass%20word@127.0.0.1:${proxy.port}`;
  const worker = (environment: Record<string, string>) =>
    new WorkerProcess({ VMC_API_TOKEN: 'token', VMC_CANCEL_CONNECT_TIMEOUT: '3s', ...environment });

  it.each(['grpc_proxy', 'https_proxy', 'http_proxy'])(
    'worker, command line and library reach another machine, with the credentials in %s',
    async (variable) => {
      const environment = { TEMPORAL_ADDRESS: REMOTE, [variable]: `${proxyUrl()}\r` };
      expect(await new Cli(['list'], environment).ended).toMatchObject({ code: 0 });
      await worker(environment).logged('polling');
      const client = await CancellationClient.connect({ env: environment });
      expect(await client.list()).toEqual([]);
      await client.close();
      expect(proxy.requests.length).toBeGreaterThanOrEqual(3);
      for (const request of proxy.requests) expect(request).toEqual({ target: REMOTE, authorization: BASIC });
    },
  );

  it('worker and command line reach loopback without it', async () => {
    const environment = {
      TEMPORAL_ADDRESS: server.address,
      grpc_proxy: 'http://127.0.0.1:1',
      https_proxy: 'http://127.0.0.1:1',
      http_proxy: 'http://127.0.0.1:1',
    };
    expect(await new Cli(['list'], environment).ended).toMatchObject({ code: 0 });
    await worker(environment).logged('polling');
  });

  it('worker and command line name the variable of one that refuses, and no credential', async () => {
    proxy.status = 403;
    const environment = { TEMPORAL_ADDRESS: REMOTE, https_proxy: proxyUrl() };
    const refused = await new Cli(['list', '--verbose'], environment).ended;
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${REMOTE} (through the proxy that https_proxy names)`);
    const ended = worker(environment);
    expect(await ended.exitCode).toBe(1);
    expect(ended.log.at(-1)?.msg).toMatch(/temporal\.test:7233 \(through the proxy that https_proxy names\).*403/);
    expect(ended.output).not.toMatch(/backtrace|::poll|\\n/);
    for (const output of [refused.stderr, ended.output]) expect(output).not.toMatch(/canary|al@ice|al%40ice|pass/);
  });
});

describe('the proxy on the way to Temporal', () => {
  const proxyOf = async (variables: Record<string, string>, address = 'temporal.example') => {
    const settings = await readTemporalSettings({
      TEMPORAL_ADDRESS: address,
      TEMPORAL_CONFIG_FILE: '/nowhere',
      ...variables,
    });
    if (!settings.ok) throw new Error(settings.problems.join());
    return settings.value.proxy && proxyName(settings.value.proxy);
  };

  it.each<[Record<string, string>, string | null]>([
    [{ grpc_proxy: 'http://a', https_proxy: 'http://b', http_proxy: 'http://c' }, 'proxy a:80 (grpc_proxy)'],
    [{ https_proxy: 'http://b:1', http_proxy: 'http://c' }, 'proxy b:1 (https_proxy)'],
    [{ http_proxy: 'http://[::1]:8080/' }, 'proxy [::1]:8080 (http_proxy)'],
    [{ http_proxy: 'proxy.example:3128' }, 'proxy proxy.example:3128 (http_proxy)'],
    [{ HTTPS_PROXY: 'http://proxy' }, null],
    [{ GRPC_PROXY: 'http://proxy' }, null],
    [{ all_proxy: 'http://proxy' }, null],
    [{ https_proxy: 'http://b', no_proxy: 'example' }, null],
    [{ https_proxy: 'http://b', no_grpc_proxy: '.example', no_proxy: 'other' }, null],
    [{ https_proxy: 'http://b', no_grpc_proxy: 'other', no_proxy: 'example' }, 'proxy b:80 (https_proxy)'],
    [{ https_proxy: 'http://b', NO_PROXY: 'example' }, 'proxy b:80 (https_proxy)'],
  ])('is that of the first variable in lower case: by %j, %s', async (variables, expected) => {
    expect(await proxyOf(variables)).toBe(expected);
  });

  it.each(['localhost', '127.8.9.1:7233', '[::1]:7233'])('is none for loopback: %s', async (address) => {
    expect(await proxyOf({ https_proxy: 'nonsense://x' }, address)).toBeNull();
  });

  it.each(['https://canary', 'socks5://canary'])('is refused by name where it is %s', async (value) => {
    const refused = proxyOf({ http_proxy: value });
    await expect(refused).rejects.toThrow(/^http_proxy: must be the URL of an http proxy/);
    await expect(refused).rejects.not.toThrow(/canary/);
  });
});

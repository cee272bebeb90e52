import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { proxyFor } from '../../temporal/proxy';
import { Cli } from '../cli/world';
import { WorkerProcess } from '../worker/workerProcess';
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
    await Promise.all([Cli.killAll(), WorkerProcess.killAll()]);
    await proxy.stop();
  });
  afterAll(() => server.stop());

  const proxyUrl = () => `http://al%40ice:canary%3Apass%20word@127.0.0.1:${proxy.port}`;
  const worker = (environment: Record<string, string>) =>
    WorkerProcess.start({ VMC_API_TOKEN: 'token', VMC_CANCEL_CONNECT_TIMEOUT: '3s', ...environment });

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
    expect(await ended.exitCode()).toBe(1);
    expect(ended.log.at(-1)?.msg).toMatch(/temporal\.test:7233 \(through the proxy that https_proxy names\).*403/);
    expect(ended.output).not.toMatch(/backtrace|::poll|\\n/);
    for (const output of [refused.stderr, ended.output]) expect(output).not.toMatch(/canary|al@ice|al%40ice|pass/);
  });
});

describe('the proxy on the way to Temporal', () => {
  const PROXY = { https_proxy: 'http://proxy.example:3128' };
  const USED = { ok: true, value: { variable: 'https_proxy', address: 'proxy.example:3128', credentials: null } };
  const NONE = { ok: true, value: null };
  const at = (host: string) => ({ host, port: 7233 });

  it.each([
    [{ grpc_proxy: 'http://a', https_proxy: 'http://b', http_proxy: 'http://c' }, 'grpc_proxy', 'a:80'],
    [{ https_proxy: 'http://b:1', http_proxy: 'http://c' }, 'https_proxy', 'b:1'],
    [{ http_proxy: 'http://[::1]:8080/' }, 'http_proxy', '[::1]:8080'],
    [{ http_proxy: 'proxy.example:3128' }, 'http_proxy', 'proxy.example:3128'],
  ])('is that of the first variable: %j', (environment, variable, address) => {
    expect(proxyFor(at('temporal.example'), environment)).toMatchObject({ value: { variable, address } });
  });

  it.each([{}, { HTTPS_PROXY: 'http://proxy' }, { GRPC_PROXY: 'http://proxy' }, { all_proxy: 'http://proxy' }])(
    'is none with %j',
    (environment) => {
      expect(proxyFor(at('temporal.example'), environment)).toEqual(NONE);
    },
  );

  it.each(['localhost', 'LocalHost', '127.0.0.1', '127.8.9.1', '::1'])('is none for loopback: %s', (host) => {
    expect(proxyFor(at(host), PROXY)).toEqual(NONE);
    expect(proxyFor(at(host), { https_proxy: 'nonsense' })).toEqual(NONE);
  });

  it.each(['foo.localhost', 'localhost.example', '128.0.0.1', '0.0.0.0', 'xlocalhost'])('is used for %s', (host) => {
    expect(proxyFor(at(host), PROXY)).toEqual(USED);
  });

  it.each([
    ['temporal.example', 'example'],
    ['temporal.example', '.example'],
    ['Temporal.Example', 'other, TEMPORAL.example'],
    ['temporal.example', '*'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', 'x,10.1.0.0/16,y'],
    ['10.1.2.3', '0.0.0.0/0'],
  ])('is none for %s with no_proxy=%s', (host, entries) => {
    expect(proxyFor(at(host), { ...PROXY, no_proxy: entries })).toEqual(NONE);
    expect(proxyFor(at(host), { ...PROXY, no_grpc_proxy: entries, no_proxy: 'other' })).toEqual(NONE);
    // What is none then need not be right.
    expect(proxyFor(at(host), { https_proxy: 'nonsense', no_proxy: entries })).toEqual(NONE);
  });

  it.each([
    ['temporal.example', 'temporal.examples'],
    ['temporal.example', ',, ,'],
    ['10.1.2.3', '10.2.0.0/16'],
    ['10.1.2.3', '10.0.0.0/33'],
    ['10.1.2.3', '10.0.0.0/x'],
    ['temporal.example', '10.0.0.0/8'],
  ])('is used for %s with no_proxy=%s', (host, entries) => {
    expect(proxyFor(at(host), { ...PROXY, no_proxy: entries })).toEqual(USED);
  });

  it.each([
    'https://proxy:canary',
    'https://canary',
    'socks5://canary',
    'http://',
    'http://canary%:x%@proxy',
    'http://canary:99999',
  ])('is refused by name where it is %s', (value) => {
    const parsed = proxyFor(at('temporal.example'), { http_proxy: value });
    expect(parsed).toEqual({ ok: false, problems: [expect.stringMatching(/^http_proxy: must be a URL such as/)] });
    expect(JSON.stringify(parsed)).not.toContain('canary');
  });
});

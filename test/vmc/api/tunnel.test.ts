import https from 'node:https';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readVmcConfiguration } from '../../../vmc/configuration';
import { Transport } from '../../../vmc/api/transport';
import { NoTunnelError, TunnelAgent } from '../../../vmc/api/tunnelAgent';
import { Caller } from '../caller';
import { certificate } from '../certificates';
import type { Asked, ProxyReply } from '../scriptedProxy';
import { ScriptedProxy } from '../scriptedProxy';
import type { Reply } from '../scriptedServer';
import { ScriptedServer } from '../scriptedServer';
import { API_TOKEN, cleanUpLater, createClient, errorBody, IDS, limits, startServer, taskBody, until } from '../world';

let caller: Caller;
beforeAll(() => {
  caller = Caller.start();
});
afterAll(() => caller.stop());

const TOKEN_BODY = { access_token: 'canary-access', expires_in: 1799 };
const CSP_PATH = '/csp/';

interface Rig {
  /** The API and the sign-in service behind the proxy. */
  service: ScriptedServer;
  proxy: ScriptedProxy;
  /** Both are reached under names that nobody else resolves. */
  environment: Record<string, string>;
}

async function createRig(
  options: {
    proxy?: (asked: Asked) => ProxyReply;
    api?: Reply;
    certificate?: 'good' | 'expired' | 'selfSigned';
    secureProxy?: boolean;
  } = {},
): Promise<Rig> {
  const service = await ScriptedServer.start(
    ({ url }) => (url.startsWith(CSP_PATH) ? { body: TOKEN_BODY } : (options.api ?? { body: taskBody() })),
    certificate(options.certificate ?? 'good'),
  );
  cleanUpLater(() => service.stop());
  const proxy = await ScriptedProxy.start(
    options.proxy ?? (() => ({ tunnel: service.port })),
    options.secureProxy ? certificate('good') : null,
  );
  cleanUpLater(() => proxy.stop());
  const environment = {
    VMC_API_URL: `https://api.test:${service.port}/vmc/api`,
    VMC_CSP_URL: `https://csp.test:${service.port}`,
    HTTPS_PROXY: proxy.url,
  };
  return { service, proxy, environment };
}

/** Tunnels to the sign-in service, and answers for the API by itself. */
function forgesApi(rig: () => Rig, reply: ProxyReply): (asked: Asked) => ProxyReply {
  return ({ target }) => (target.startsWith('csp.test') ? { tunnel: rig().service.port } : reply);
}

function httpAnswer(status: number, body: unknown): ProxyReply {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { text: `HTTP/1.1 ${status} Some Words\r\nContent-Length: ${text.length}\r\n\r\n${text}` };
}

describe('a proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'])('named by %s serves all calls', async (name) => {
    const { proxy, service, environment } = await createRig();
    const { HTTPS_PROXY: url = '', ...rest } = environment;
    expect(await caller.call({ ...rest, [name]: url })).toMatchObject([{ kind: 'task' }]);
    expect(proxy.asked.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `CONNECT csp.test:${service.port}`,
      `CONNECT api.test:${service.port}`,
    ]);
    expect(JSON.stringify(proxy.asked)).not.toContain('canary');
  });

  it('keeps its tunnels for the calls that follow', async () => {
    const { proxy, service, environment } = await createRig();
    const answers = await caller.call(environment, ['getTask', 'cancelTask', 'getTask', 'getTask']);
    expect(answers).toMatchObject([{ kind: 'task' }, { kind: 'accepted' }, { kind: 'task' }, { kind: 'task' }]);
    expect(proxy.asked).toHaveLength(2);
    expect(service.connections).toBe(2);
  });

  it('that is reached over TLS itself serves as well', async () => {
    const { proxy, environment } = await createRig({ secureProxy: true });
    expect(proxy.url).toMatch(/^https:/);
    expect(await caller.call(environment, ['getTask', 'getTask'])).toMatchObject([{ kind: 'task' }, { kind: 'task' }]);
  });

  it('is given the user and password of its address, and nobody else is', async () => {
    const { proxy, service, environment } = await createRig();
    const HTTPS_PROXY = proxy.urlFor('canary-user:canary%2Fpass%40word@');
    expect(await caller.call({ ...environment, HTTPS_PROXY })).toMatchObject([{ kind: 'task' }]);
    const expected = `Basic ${Buffer.from('canary-user:canary/pass@word').toString('base64')}`;
    for (const { headers } of proxy.asked) expect(headers['proxy-authorization']).toBe(expected);
    for (const { headers } of service.calls) expect(headers).not.toHaveProperty('proxy-authorization');
  });

  it('changes nothing about compressed answers, too large ones and redirects', async () => {
    const body = gzipSync(JSON.stringify(taskBody('CANCELING')));
    const zipped = await createRig({ api: { body, headers: { 'Content-Encoding': 'gzip' } } });
    expect(await caller.call(zipped.environment)).toMatchObject([{ kind: 'task', task: { status: 'CANCELING' } }]);
    const huge = await createRig({ api: { body: JSON.stringify({ ...taskBody(), x: 'x'.repeat(1024 * 1024) }) } });
    expect(await caller.call(huge.environment)).toMatchObject([{ failure: { type: 'Unavailable' } }]);
    const moved = await createRig({ api: { status: 307, headers: { Location: 'https://api.test/elsewhere' } } });
    expect(await caller.call(moved.environment)).toMatchObject([{ failure: { type: 'VmcApiError', httpStatus: 307 } }]);
    expect(moved.proxy.asked).toHaveLength(2);
  });
});

describe('what a proxy answers itself', () => {
  const FORGED_TASK = taskBody('CANCELED');
  const replies: [string, ProxyReply, RegExp][] = [
    ...[201, 202, 204, 299, 301, 302, 400, 401, 403, 404, 407, 408, 409, 429, 500, 502, 503, 504].flatMap(
      (status): [string, ProxyReply, RegExp][] => [
        [`${status} with a task`, httpAnswer(status, FORGED_TASK), new RegExp(`\\b${status}\\b`)],
        [`${status} with an ErrorResponse`, httpAnswer(status, errorBody(false)), new RegExp(`\\b${status}\\b`)],
      ],
    ),
    ['100', { text: 'HTTP/1.1 100 Continue\r\n\r\n' }, /\b100\b/],
    ['200 with a task', httpAnswer(200, FORGED_TASK), /./],
    ['200 with another answer behind it', { text: `HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}` }, /./],
    ['no HTTP at all', { text: 'SSH-2.0-OpenSSH_9.6\r\n' }, /HPE_/],
    ['nothing', { text: '' }, /ECONNRESET|UND|socket/i],
    ['garbage without end', { stream: 'x'.repeat(65_536) }, /HPE_/],
    ['headers without end', { stream: `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(9_999)}` }, /HPE_|ECONN/],
    ['a closed connection', 'drop', /ECONNRESET/],
  ];

  it.each(replies)('%s is Unavailable, and names proxy and variable', async (_, reply, expected) => {
    const rig = await createRig({ proxy: forgesApi(() => rig, reply) });
    for (const answer of await caller.call(rig.environment, ['getTask', 'cancelTask'])) {
      expect(answer).toMatchObject({
        kind: 'failed',
        failure: { type: 'Unavailable', retryable: true, httpStatus: null, errorCode: null, retryAfterMs: null },
      });
      const { message } = (answer as { failure: { message: string } }).failure;
      expect(message).toContain(`proxy ${rig.proxy.host} (HTTPS_PROXY)`);
      expect(message).toMatch(expected);
    }
  });

  it('200 and then plain HTTP is Unavailable, and the token is not sent', async () => {
    const plain = await startServer(() => ({ body: FORGED_TASK }));
    const rig = await createRig({ proxy: forgesApi(() => rig, { tunnel: plain.port }) });
    const answers = await caller.call(rig.environment, ['getTask', 'cancelTask']);
    expect(answers).toMatchObject(
      Array(2).fill({ failure: { type: 'Unavailable', retryable: true, httpStatus: null } }),
    );
    expect(JSON.stringify(answers)).toContain(`through the proxy ${rig.proxy.host} (HTTPS_PROXY)`);
    expect(plain.calls).toEqual([]);
  });

  it.each([
    ['an access token', httpAnswer(201, TOKEN_BODY)],
    ['403', httpAnswer(403, '<html>')],
    ['407', httpAnswer(407, '')],
    ['400', httpAnswer(400, { message: 'invalid_grant' })],
    ['garbage', { text: 'nonsense' } as const],
  ])('for the sign-in service, %s, is SignInUnavailable, and the secret never leaves', async (_, reply) => {
    const { service, proxy, environment } = await createRig({ proxy: () => reply });
    const HTTPS_PROXY = proxy.urlFor('canary-user:canary-password@');
    const answers = await caller.call({ ...environment, HTTPS_PROXY });
    expect(answers).toMatchObject([{ failure: { type: 'SignInUnavailable', retryable: true, httpStatus: null } }]);
    expect(JSON.stringify(answers)).toContain(`${proxy.host} (HTTPS_PROXY)`);
    expect(JSON.stringify(answers)).not.toContain('canary');
    expect(service.calls).toHaveLength(0);
  });
});

describe('a proxy that does not answer', () => {
  const REACHABLE = /is it reachable, and is HTTPS_PROXY right\?/;
  it.each([
    ['refuses the connection', 'http://127.0.0.1:1', '127.0.0.1:1', /ECONNREFUSED/, REACHABLE],
    [
      'has a name that nobody knows',
      `http://${'x'.repeat(64)}.invalid:3128`,
      '.invalid:3128',
      /ENOTFOUND|EAI_/,
      REACHABLE,
    ],
    ['speaks no TLS', null, '127.0.0.1', /EPROTO/, /is https spoken where HTTPS_PROXY points to\?/],
  ])('because it %s is Unavailable, and named', async (_, url, host, code, question) => {
    const { proxy, environment } = await createRig();
    const HTTPS_PROXY = url ?? proxy.url.replace('http:', 'https:');
    const answers = await caller.call({ ...environment, HTTPS_PROXY });
    expect(answers).toMatchObject([{ failure: { type: 'SignInUnavailable', retryable: true } }]);
    expect(JSON.stringify(answers)).toContain(host);
    expect(JSON.stringify(answers)).toMatch(code);
    expect(JSON.stringify(answers)).toMatch(question);
  });

  it('closes a tunnel in the midst of an answer: Unavailable, naming it', async () => {
    const { proxy, environment } = await createRig({ api: { drop: true } });
    const answers = await caller.call(environment);
    expect(answers).toMatchObject([{ failure: { type: 'Unavailable', retryable: true } }]);
    expect(JSON.stringify(answers)).toContain(`through the proxy ${proxy.host} (HTTPS_PROXY)`);
  });

  it('crashes in the midst of an answer: Unavailable, naming it', async () => {
    const { service, proxy, environment } = await createRig({ api: { hold: new Promise(() => undefined) } });
    const call = caller.call(environment);
    await until(() => service.calls.length === 2);
    proxy.reset();
    const answers = await call;
    expect(answers).toMatchObject([{ failure: { type: 'Unavailable', retryable: true } }]);
    expect(JSON.stringify(answers)).toContain(`through the proxy ${proxy.host} (HTTPS_PROXY)`);
  });

  async function createHanging() {
    const { proxy, environment } = await createRig({ proxy: () => 'hang' });
    const configuration = await readVmcConfiguration({ ...environment, VMC_API_TOKEN: API_TOKEN });
    if (!configuration.ok) throw new Error(configuration.problems.join());
    return { proxy, client: createClient({ configuration: configuration.value }) };
  }

  it('takes no longer than the call may, and is named', async () => {
    const { proxy, client } = await createHanging();
    const answer = await client.getTask(IDS, limits(200));
    expect(answer).toMatchObject({ failure: { type: 'SignInUnavailable', retryable: true } });
    expect(JSON.stringify(answer)).toContain(`did not answer in time through the proxy ${proxy.host} (HTTPS_PROXY)`);
  });

  it('is Timeout for the API, with the same words', async () => {
    const rig = await createRig({ proxy: forgesApi(() => rig, 'hang') });
    const answers = await caller.call(rig.environment, ['getTask'], 1_500);
    expect(answers).toMatchObject([{ failure: { type: 'Timeout', retryable: true } }]);
    expect(JSON.stringify(answers)).toContain(`through the proxy ${rig.proxy.host} (HTTPS_PROXY)`);
  });

  it('does not keep a call from the caller’s abort', async () => {
    const { proxy, client } = await createHanging();
    const controller = new AbortController();
    const call = client.getTask(IDS, limits(10_000, controller.signal));
    await until(() => proxy.asked.length === 1);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  it('is let go by close, and what was under way ends as unavailable', async () => {
    const { proxy, client } = await createHanging();
    const call = client.getTask(IDS, limits());
    await until(() => proxy.asked.length === 1);
    client.close();
    expect(await call).toMatchObject({ failure: { type: 'SignInUnavailable' } });
    await proxy.idle();
  });

  it('is given up after a while even if nobody aborts, with its connection', async () => {
    const proxy = await ScriptedProxy.start(() => 'hang');
    cleanUpLater(() => proxy.stop());
    const configuration = await readVmcConfiguration({ VMC_API_URL: 'https://api.test', HTTPS_PROXY: proxy.url });
    if (!configuration.ok || !configuration.value.apiProxy) throw new Error('Expected a proxy');
    const agent = new TunnelAgent(configuration.value.apiProxy, {}, 50);
    const error = await new Promise((resolve) => https.get('https://api.test', { agent }).on('error', resolve));
    expect(error).toBeInstanceOf(NoTunnelError);
    expect(error).toMatchObject({ httpStatus: null, code: 'ETIMEDOUT' });
    await proxy.idle();
  });
});

describe('loopback', () => {
  const everyProxy = (url: string) =>
    Object.fromEntries(
      ['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].map((name) => [name, url]),
    );

  it.each([
    ['http', '127.0.0.1'],
    ['http', 'localhost'],
    ['https', '127.0.0.1'],
    ['https', 'localhost'],
  ])('%s://%s is reached directly, whatever the environment says', async (scheme, host) => {
    const service = await ScriptedServer.start(
      ({ url }) => ({ body: url.startsWith(CSP_PATH) ? TOKEN_BODY : taskBody() }),
      scheme === 'https' ? certificate('good') : null,
    );
    cleanUpLater(() => service.stop());
    const proxy = await ScriptedProxy.start(() => ({ tunnel: service.port }));
    cleanUpLater(() => proxy.stop());
    const base = `${scheme}://${host}:${service.port}`;
    for (const NO_PROXY of ['', 'example.com']) {
      const environment = { ...everyProxy(proxy.url), NO_PROXY, VMC_API_URL: `${base}/vmc/api`, VMC_CSP_URL: base };
      expect(await caller.call(environment)).toMatchObject([{ kind: 'task' }]);
    }
    expect(proxy.asked).toEqual([]);
  });
});

describe('a certificate', () => {
  const UNKNOWN =
    /issuer that is not trusted here \(\w+\).*: does NODE_EXTRA_CA_CERTS name the issuer's certificate\?$/;
  let stranger: Caller;
  beforeAll(() => {
    stranger = Caller.start({ authority: false });
  });
  afterAll(() => stranger.stop());

  const cases: [string, 'good' | 'expired' | 'selfSigned', string, boolean, RegExp, RegExp][] = [
    ['of an unknown issuer', 'good', 'api.test', false, UNKNOWN, /NODE_EXTRA_CA_CERTS/],
    ['that signed itself', 'selfSigned', 'api.test', true, UNKNOWN, /NODE_EXTRA_CA_CERTS/],
    ['that has expired', 'expired', 'api.test', true, /out of date \(CERT_HAS_EXPIRED\)/, /renewed/],
    ['of another host', 'good', 'other.test', true, /of another host \(ERR_TLS_CERT_ALTNAME_INVALID\)/, /VMC_CSP_URL/],
  ];
  it.each(cases)('%s is told as such, with a remedy', async (_, name, host, isTrusted, message, remedy) => {
    const { service, proxy, environment } = await createRig({ certificate: name });
    const from = isTrusted ? caller : stranger;
    const VMC_CSP_URL = `https://${host}:${service.port}`;
    const [proxied] = await from.call({ ...environment, VMC_CSP_URL });
    const failure = {
      type: 'SignInUnavailable',
      retryable: true,
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    };
    expect(proxied).toMatchObject({ kind: 'failed', failure });
    expect(JSON.stringify(proxied)).toContain(`through the proxy ${proxy.host} (HTTPS_PROXY)`);
    expect(service.calls).toEqual([]);
    if (host === 'other.test') return;
    const [direct] = await from.call({ VMC_API_URL: service.url, VMC_CSP_URL: service.url });
    expect(direct).toMatchObject({ kind: 'failed', failure });
    expect(JSON.stringify(direct)).not.toContain('proxy');
  });

  it('of an unknown issuer that the proxy itself shows is told as the proxy’s', async () => {
    const { proxy, environment } = await createRig({ secureProxy: true });
    const [answer] = await stranger.call(environment);
    expect(answer).toMatchObject({ failure: { message: expect.stringMatching(UNKNOWN) } });
    expect(JSON.stringify(answer)).toContain(`The proxy ${proxy.host} (HTTPS_PROXY) showed a certificate`);
  });

  it('counts for the API as for the sign-in service', async () => {
    const { service, environment } = await createRig();
    const VMC_API_URL = `https://other.test:${service.port}`;
    expect(await caller.call({ ...environment, VMC_API_URL })).toMatchObject([
      { failure: { type: 'Unavailable', retryable: true, message: expect.stringMatching(/another host/) } },
    ]);
  });

  it('is looked at even where NODE_TLS_REJECT_UNAUTHORIZED says not to', async () => {
    const { service, environment } = await createRig({ certificate: 'selfSigned' });
    const [answer] = await caller.call({ ...environment, NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    expect(answer).toMatchObject({ failure: { message: expect.stringMatching(UNKNOWN) } });
    expect(service.calls).toEqual([]);
  });
});

describe('an answer to https that came without TLS', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is none, whatever the connection is made by', async () => {
    const forger = await startServer(() => ({ body: taskBody('CANCELED') }));
    jest.spyOn(https.Agent.prototype, 'createConnection').mockImplementation(() => connect(forger.port, '127.0.0.1'));
    const transport = new Transport(null);
    cleanUpLater(() => {
      transport.close();
    });
    const exchange = await transport.send(
      { method: 'GET', url: 'https://api.test/task', headers: {}, maxAnswerBytes: 9_999, secrets: [] },
      new AbortController().signal,
    );
    expect(forger.calls).toHaveLength(1);
    expect(exchange).toEqual({ kind: 'unanswered', code: null, proxy: null });
  });
});

import type { ClientRequest } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import { isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import { SECOND_MS } from '../../domain/contract/duration';
import type { Proxy } from '../../domain/settings/proxy';

/** The proxy opened no tunnel: it answered otherwise, or not at all. */
export class NoTunnelError extends Error {
  override readonly name = 'NoTunnelError';

  constructor(
    readonly proxy: Proxy,
    /** What the proxy answered, if it did. */
    readonly httpStatus: number | null,
    /** Such as ECONNREFUSED. */
    readonly code: string | null,
  ) {
    super('The proxy opened no tunnel');
  }
}

/**
 * Below the limit of a call to the API, whose failure then names the proxy as the one that did not
 * answer.
 */
const CONNECT_LIMIT_MS = 8 * SECOND_MS;
const TUNNEL_OPENED = 200;

/**
 * HTTPS through a proxy. A connection is TLS through the tunnel or none at all, so that nothing the
 * proxy itself says can pass for an answer of the host. No library for axios has that:
 * `https-proxy-agent` hands a refusal on as if it were the host's answer, reads one without end,
 * and cannot drop a tunnel that is being opened.
 */
export class TunnelAgent extends https.Agent {
  private readonly opening = new Set<ClientRequest>();

  constructor(
    private readonly proxy: Proxy,
    options: https.AgentOptions,
    private readonly connectLimitMs = CONNECT_LIMIT_MS,
  ) {
    super(options);
  }

  override createConnection(
    options: https.RequestOptions,
    callback: (error: Error | null, stream?: Duplex | null) => void,
  ): undefined {
    const request = this.requestFor(options);
    const failed = (httpStatus: number | null, code: string | null) => new NoTunnelError(this.proxy, httpStatus, code);
    const limit = setTimeout(() => request.destroy(failed(null, 'ETIMEDOUT')), this.connectLimitMs);
    this.opening.add(request);
    request
      .once('close', () => {
        clearTimeout(limit);
        this.opening.delete(request);
      })
      .on('error', (error) => {
        callback(failed(null, 'code' in error ? String(error.code) : null));
      })
      .once('connect', ({ statusCode = 0 }, socket, head) => {
        // A host says nothing before the TLS handshake: what comes with the answer is of the
        // proxy's making.
        if (statusCode === TUNNEL_OPENED && head.length === 0) {
          callback(null, super.createConnection({ ...options, socket } as https.RequestOptions));
        } else {
          socket.destroy();
          callback(failed(statusCode, null));
        }
      })
      .end();
  }

  override destroy(): void {
    for (const request of this.opening) request.destroy();
    super.destroy();
  }

  private requestFor({ host, port }: https.RequestOptions): ClientRequest {
    const { protocol, host: proxyHost, port: proxyPort, username, password } = this.proxy;
    const target = `${isIPv6(host ?? '') ? `[${host}]` : host}:${port}`;
    const userInfo = Buffer.from(`${username}:${password}`).toString('base64');
    return (protocol === 'https:' ? https : http).request({
      method: 'CONNECT',
      host: proxyHost,
      port: proxyPort,
      path: target,
      headers: { Host: target, ...(username + password !== '' && { 'Proxy-Authorization': `Basic ${userInfo}` }) },
      agent: false,
      rejectUnauthorized: true,
    });
  }
}

import type { ClientRequest } from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { AxiosInstance, AxiosResponse } from 'axios';
import axios, { isAxiosError } from 'axios';
import { version } from '../../package.json';
import { AnswerBodies } from './answerBody';
import { timedOut } from './callLimits';
import type { Proxy } from '../../domain/settings/proxy';
import { NoTunnelError, TunnelAgent } from './tunnelAgent';

/**
 * How one HTTP exchange went. What the other side said is kept only as far as somebody decides by
 * it.
 */
export type Exchange =
  | {
      kind: 'answered';
      httpStatus: number;
      retryAfter: string | null;
      date: string | null;
      /** undefined if it is no JSON */
      body: unknown;
    }
  | { kind: 'unanswered'; /** such as ECONNREFUSED */ code: string | null; proxy: Proxy | null }
  /** The proxy did not open the way, whatever it answered instead. */
  | { kind: 'noTunnel'; httpStatus: number | null; code: string | null; proxy: Proxy }
  | { kind: 'timedOut'; proxy: Proxy | null };

export interface Outgoing {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  maxAnswerBytes: number;
  /** Blanked in the answer: a server that echoes what it was sent would put it into messages. */
  secrets: readonly string[];
}

/**
 * Below the idle limits of common load balancers, so that a request seldom meets a connection that
 * is just being closed.
 */
const IDLE_CONNECTION_MS = 30_000;

/**
 * The one place that speaks HTTP, to one service. Its connections are kept for the next exchange,
 * until `close`.
 */
export class Transport {
  private readonly agents: { httpAgent: http.Agent; httpsAgent: https.Agent };
  private readonly axios: AxiosInstance;

  /** @param proxy for https alone: what is plain http stays on this machine. */
  constructor(readonly proxy: Proxy | null) {
    // NODE_TLS_REJECT_UNAUTHORIZED=0 is not for a process that sends tokens.
    const options = { keepAlive: true, timeout: IDLE_CONNECTION_MS, rejectUnauthorized: true };
    this.agents = {
      httpAgent: new http.Agent(options),
      httpsAgent: proxy === null ? new https.Agent(options) : new TunnelAgent(proxy, options),
    };
    for (const agent of Object.values(this.agents)) dropUnrequested(agent);
    this.axios = axios.create({
      ...this.agents,
      // Axios would read the environment itself, send plain http to a proxy, and take a proxy's
      // answer for the host's.
      proxy: false,
      headers: { Accept: 'application/json', 'User-Agent': `vmc-cancel/${version}` },
      // A redirect would carry the token to a host that is not configured.
      maxRedirects: 0,
      validateStatus: () => true,
      responseType: 'text',
      transformResponse: (data: unknown) => data,
    });
  }

  private readonly bodies = new AnswerBodies();

  /** One exchange, whatever comes of it. Rejects only with the reason of the caller's own abort. */
  async send({ body, maxAnswerBytes, secrets, ...request }: Outgoing, signal: AbortSignal): Promise<Exchange> {
    try {
      const answer = await this.axios.request<unknown>({
        ...request,
        data: body,
        maxContentLength: maxAnswerBytes,
        signal,
      });
      if (!isOfHost(answer, request.url)) return { kind: 'unanswered', code: null, proxy: this.proxy };
      return {
        kind: 'answered',
        httpStatus: answer.status,
        retryAfter: textOrNull(answer.headers['retry-after']),
        date: textOrNull(answer.headers.date),
        body: await this.bodies.parse(answer.data, { secrets, signal }),
      };
    } catch (error) {
      if (timedOut(signal)) return { kind: 'timedOut', proxy: this.proxy };
      // An AxiosError holds the request's headers, and with them a token: nothing of it but its
      // code gets out.
      const { code = null, cause } = isAxiosError(error) ? error : {};
      return cause instanceof NoTunnelError
        ? { kind: 'noTunnel', httpStatus: cause.httpStatus, code: cause.code, proxy: cause.proxy }
        : { kind: 'unanswered', code, proxy: this.proxy };
    }
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }
}

/**
 * Destroys an idle connection that brings bytes. Node keeps them, and reads them as the answer to
 * the next request.
 */
function dropUnrequested(agent: http.Agent): void {
  const watched = new WeakSet<Duplex>();
  agent.on('free', (socket: Duplex) => {
    if (watched.has(socket)) return;
    watched.add(socket);
    socket.on('data', () => {
      const idle = Object.values(agent.freeSockets).flat();
      if (idle.some((one) => one === socket)) socket.destroy();
    });
  });
}

/**
 * Whatever the agents do: an https answer is the host's only if it came over TLS from whom the
 * certificate names.
 */
function isOfHost({ request }: AxiosResponse<unknown, unknown>, url: string): boolean {
  const { socket } = request as ClientRequest;
  return new URL(url).protocol === 'http:' || (socket instanceof TLSSocket && socket.authorized);
}

function textOrNull(header: unknown): string | null {
  return typeof header === 'string' ? header : null;
}

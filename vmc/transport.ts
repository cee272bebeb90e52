import http from 'node:http';
import https from 'node:https';
import axios, { isAxiosError } from 'axios';
import { version } from '../package.json';
import { AnswerBodies } from './answerBody';
import { timeLimitRanOut } from './callLimits';

/** How one HTTP exchange went. What the other side said is kept only as far as somebody decides by it. */
export type Exchange =
  | {
      kind: 'answered';
      httpStatus: number;
      retryAfter: string | null;
      date: string | null;
      /** undefined if it is no JSON */
      body: unknown;
    }
  | { kind: 'unanswered'; /** such as ECONNREFUSED */ code: string | null }
  | { kind: 'timedOut' };

export interface Outgoing {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string;
  maxAnswerBytes: number;
  /** Blanked in the answer: a server that echoes what it was sent would put it into messages. */
  secrets: readonly string[];
}

/** Below the idle limits of common load balancers, so that a request seldom meets a connection that is just being closed. */
const IDLE_CONNECTION_MS = 30_000;

/** The one place that speaks HTTP. Its connections are kept for the next exchange, until `close`. */
export class Transport {
  private readonly agents = {
    httpAgent: new http.Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS }),
    httpsAgent: new https.Agent({ keepAlive: true, timeout: IDLE_CONNECTION_MS }),
  };
  private readonly axios = axios.create({
    ...this.agents,
    headers: { Accept: 'application/json', 'User-Agent': `vmc-cancel/${version}` },
    // A redirect would carry the token to a host that nobody configured.
    maxRedirects: 0,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
  });

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
      return {
        kind: 'answered',
        httpStatus: answer.status,
        retryAfter: textOrNull(answer.headers['retry-after']),
        date: textOrNull(answer.headers.date),
        body: await this.bodies.parse(answer.data, { secrets, signal }),
      };
    } catch (error) {
      if (timeLimitRanOut(signal)) return { kind: 'timedOut' };
      // An AxiosError holds the request's headers, and with them a token: nothing of it but its code gets out.
      return { kind: 'unanswered', code: isAxiosError(error) ? (error.code ?? null) : null };
    }
  }

  close(): void {
    this.agents.httpAgent.destroy();
    this.agents.httpsAgent.destroy();
  }
}

function textOrNull(header: unknown): string | null {
  return typeof header === 'string' ? header : null;
}

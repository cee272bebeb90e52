import { setTimeout as elapse } from 'node:timers/promises';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Random } from '../../bench/kit/random';
import type { Operation } from '../../simulator/calls';

/** What is done to a call. `isSent`: the API gets it all the same. */
export type Disturbance =
  | { kind: 'answer'; status: number; headers: Readonly<Record<string, string>>; body: string }
  | { kind: 'delay'; mostMs: number }
  | { kind: 'slow'; forMs: number }
  | { kind: 'truncate' }
  | { kind: 'cut' | 'reset' | 'hang'; isSent: boolean }
  | { kind: 'duplicate' }
  /** It waits until another call was answered, if one is within this time. */
  | { kind: 'hold'; mostMs: number }
  /** An error that quotes the access token which it was sent. */
  | { kind: 'echo' }
  /** The API's own answer with its task, or each of its tasks, shown as over. */
  | { kind: 'premature' };

/** From its beginning to its end, calls of these operations meet the disturbance. */
export interface Rule {
  operations: readonly Operation[];
  /** Nothing: all organizations, and sign-ins. */
  orgId?: string;
  /** Of these calls. */
  share: number;
  random: Random;
  disturbance: () => Disturbance;
}

/** One call as the proxy saw it. */
export interface ProxiedCall {
  /** In the path of the call in the API's own log: see `markOf`. */
  mark: string;
  operation: Operation;
  orgId: string | null;
  taskId: string | null;
  receivedAtMs: number;
  /** What the proxy answered in the API's place. */
  forgedStatus: number | null;
  /** Whether the caller was sent all of an answer. */
  isAnswered: boolean;
  /** Sent once more, with this mark, and that answer thrown away. */
  copyMark: string | null;
}

/** API tokens and access tokens. */
export type Secrets = ReadonlySet<string>;

interface Upstream {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

const MARK = 'proxied';
const SLOW_PIECES = 8;

/** The mark in a path of the API's log of calls, or null. */
export function markOf(path: string): string | null {
  return new URL(path, 'http://localhost').searchParams.get(MARK);
}

/** Between one worker and the API. It is transparent until a rule says otherwise. */
export class Proxy {
  readonly calls: ProxiedCall[] = [];
  private readonly presented = new Set<string>();
  private readonly rules = new Set<Rule>();
  private readonly agent = new Agent({ keepAlive: true });
  private readonly answered = new Set<() => void>();
  private readonly hanging = new Set<() => void>();
  private readonly server = createServer((request, response) => {
    void this.take(request, response);
  });

  /** @param name one for each proxy: begins its marks */
  constructor(
    private readonly name: string,
    private readonly target: { host: string; port: number },
    private readonly now: () => number = Date.now,
  ) {}

  /** All that was presented so far. */
  get secrets(): Secrets {
    return this.presented;
  }

  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    this.agent.destroy();
    await closed;
  }

  /** Begins a rule. Gives the function that ends it, and closes what it left hanging. */
  disturb(rule: Rule): () => void {
    this.rules.add(rule);
    return () => {
      this.rules.delete(rule);
      for (const close of this.hanging) close();
    };
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = this.arrived(request);
    const rule = [...this.rules].find(({ operations, orgId = call.orgId, share, random }) => {
      return operations.includes(call.operation) && orgId === call.orgId && random() < share;
    });
    response.on('error', () => undefined);
    response.once('finish', () => {
      call.isAnswered = true;
      for (const go of this.answered) go();
    });
    try {
      const body = await buffer(request);
      for (const secret of secretsIn(request, body)) this.presented.add(secret);
      const send = (mark = call.mark) => this.forward(request, body, mark);
      if (rule === undefined) answer(response, await send());
      else await this.disturbed(rule, { call, request, response, send });
    } catch {
      // The API is away, or the caller left: the connection ends as theirs did.
      response.destroy();
    }
  }

  private arrived(request: IncomingMessage): ProxiedCall {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const [, orgId = null, taskId = null] = /\/orgs\/([^/]+)\/tasks(?:\/([^/]+))?$/.exec(pathname) ?? [];
    const operation: Operation =
      orgId === null
        ? 'authorize'
        : taskId === null
          ? 'listTasks'
          : request.method === 'POST'
            ? 'cancelTask'
            : 'getTask';
    const call: ProxiedCall = {
      mark: this.newMark(),
      ...{ operation, orgId, taskId, receivedAtMs: this.now() },
      ...{ forgedStatus: null, isAnswered: false, copyMark: null },
    };
    this.calls.push(call);
    return call;
  }

  private marks = 0;
  private newMark(): string {
    return `${this.name}-${(this.marks += 1)}`;
  }

  private async disturbed(
    { disturbance, random }: Rule,
    {
      call,
      request,
      response,
      send,
    }: {
      call: ProxiedCall;
      request: IncomingMessage;
      response: ServerResponse;
      send: (mark?: string) => Promise<Upstream>;
    },
  ): Promise<void> {
    const disturbed = disturbance();
    switch (disturbed.kind) {
      case 'answer':
        call.forgedStatus = disturbed.status;
        response.writeHead(disturbed.status, disturbed.headers).end(disturbed.body);
        return;
      case 'echo':
        call.forgedStatus = ECHO_STATUS;
        response.writeHead(ECHO_STATUS, { 'content-type': 'application/json' }).end(echoOf(request));
        return;
      case 'premature':
        answer(response, premature(await send()));
        return;
      case 'delay':
        await elapse(disturbed.mostMs * random());
        answer(response, await send());
        return;
      case 'hold':
        await this.untilAnotherIsAnswered(disturbed.mostMs);
        answer(response, await send());
        return;
      case 'slow':
        await answerSlowly(response, await send(), disturbed.forMs);
        return;
      case 'truncate': {
        const { status, headers, body } = await send();
        response.writeHead(status, headers);
        response.write(body.subarray(0, body.length / 2), () => response.destroy());
        return;
      }
      case 'cut':
        if (disturbed.isSent) await send();
        response.destroy();
        return;
      case 'reset':
        if (disturbed.isSent) await send();
        response.socket?.resetAndDestroy();
        return;
      case 'hang': {
        if (disturbed.isSent) await send();
        const close = () => response.destroy();
        this.hanging.add(close);
        response.once('close', () => this.hanging.delete(close));
        return;
      }
      case 'duplicate': {
        // Of the two, either may arrive first, and either answer be thrown away.
        const copyMark = this.newMark();
        call.copyMark = copyMark;
        const copy = send(copyMark).catch(() => undefined);
        if (random() < 0.5) await copy;
        answer(response, await send());
        await copy;
        return;
      }
    }
  }

  private async untilAnotherIsAnswered(mostMs: number): Promise<void> {
    const limit = new AbortController();
    const go = () => {
      limit.abort();
    };
    this.answered.add(go);
    await elapse(mostMs, undefined, { signal: limit.signal }).catch(() => undefined);
    this.answered.delete(go);
  }

  private async forward(request: IncomingMessage, body: Buffer, mark: string): Promise<Upstream> {
    const url = request.url ?? '';
    const forwarded = httpRequest({
      ...this.target,
      agent: this.agent,
      method: request.method,
      path: `${url}${url.includes('?') ? '&' : '?'}${MARK}=${mark}`,
      headers: request.headers,
    });
    forwarded.end(body);
    const [upstream] = (await once(forwarded, 'response')) as [IncomingMessage];
    return { status: upstream.statusCode ?? 0, headers: upstream.headers, body: await buffer(upstream) };
  }
}

function secretsIn({ headers }: IncomingMessage, body: Buffer): string[] {
  const signIn = new URLSearchParams(body.toString()).get('refresh_token');
  return [headers['csp-auth-token'], signIn].filter((secret) => typeof secret === 'string');
}

const ECHO_STATUS = 503;

/** As the API itself writes an error. */
function echoOf({ headers, url = '' }: IncomingMessage): string {
  const message = `The token ${String(headers['csp-auth-token'])} cannot be checked now.`;
  const path = new URL(url, 'http://localhost').pathname;
  return JSON.stringify({ status: ECHO_STATUS, path, retryable: true, error_code: 'BUSY', error_messages: [message] });
}

function premature({ status, headers, body }: Upstream): Upstream {
  const text = body.toString().replaceAll(/"status":"(STARTED|CANCELING)"/g, '"status":"FAILED"');
  const others = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'content-length'));
  return { status, headers: others, body: Buffer.from(text) };
}

function answer(response: ServerResponse, { status, headers, body }: Upstream): void {
  response.writeHead(status, headers).end(body);
}

async function answerSlowly(
  response: ServerResponse,
  { status, headers, body }: Upstream,
  forMs: number,
): Promise<void> {
  response.writeHead(status, headers);
  const size = Math.ceil(body.length / SLOW_PIECES);
  for (let from = 0; from < body.length && !response.destroyed; from += size) {
    response.write(body.subarray(from, from + size));
    await elapse(forMs / SLOW_PIECES);
  }
  response.end();
}

import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Certificate } from './certificates';

export interface Call {
  method: string;
  /** With the query, as it came over the wire. */
  url: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/**
 * What a call is answered with; `drop` closes the connection without a word, `hold` answers once
 * the promise is kept.
 */
export interface Reply {
  status?: number;
  headers?: Record<string, string>;
  /** JSON, unless it is a text or bytes. */
  body?: unknown;
  drop?: boolean;
  hold?: Promise<unknown>;
}

export type Script = (call: Call) => Reply;

/**
 * A real HTTP or HTTPS server on loopback that answers as its script says and remembers what it was
 * asked.
 */
export class ScriptedServer {
  readonly calls: Call[] = [];
  connections = 0;
  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
    public script: Script,
  ) {}

  static async start(script: Script, certificate: Certificate | null = null): Promise<ScriptedServer> {
    const server = certificate === null ? createServer() : createTlsServer(certificate);
    const scripted = new ScriptedServer(server, certificate === null ? 'http' : 'https', script);
    server.on('request', scripted.onRequest);
    server.on('connection', () => scripted.connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  callsTo(path: string): Call[] {
    return this.calls.filter(({ url }) => url.split('?')[0] === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private readonly onRequest: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const call = { method, url, headers, body: Buffer.concat(chunks).toString() };
      this.calls.push(call);
      const reply = this.script(call);
      if (reply.drop) {
        request.socket.destroy();
        return;
      }
      void (reply.hold ?? Promise.resolve()).then(() => {
        response.writeHead(reply.status ?? 200, reply.headers);
        const { body } = reply;
        response.end(
          typeof body === 'string' || Buffer.isBuffer(body) ? body : body === undefined ? '' : JSON.stringify(body),
        );
      });
    });
  };
}

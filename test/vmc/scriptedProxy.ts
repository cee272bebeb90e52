import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificates';

/**
 * `tunnel` goes to a port of this machine, whatever host was asked for; a text is written as it is
 * and the connection then closed.
 */
export type ProxyReply = { tunnel: number } | { text: string } | { stream: string } | 'hang' | 'drop';

export interface Asked {
  method: string;
  target: string;
  headers: IncomingMessage['headers'];
}

/**
 * A real forward proxy on loopback that answers CONNECT as its script says and remembers all that
 * it was asked.
 */
export class ScriptedProxy {
  readonly asked: Asked[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly scheme: 'http' | 'https',
    public script: (asked: Asked) => ProxyReply,
  ) {}

  static async start(script: (asked: Asked) => ProxyReply, certificate: Certificate | null = null) {
    const server = certificate === null ? createServer() : createTlsServer(certificate);
    const proxy = new ScriptedProxy(server, certificate === null ? 'http' : 'https', script);
    server.on('connect', proxy.onConnect);
    server.on('request', (request, response) => {
      proxy.note(request);
      response.end();
    });
    server.on('connection', (socket: Socket) => proxy.sockets.add(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return this.urlFor('');
  }

  urlFor(userInfo: string): string {
    return `${this.scheme}://${userInfo}${this.host}`;
  }

  /** Until every connection to it is closed. */
  async idle(): Promise<void> {
    for (const socket of this.sockets) if (!socket.closed) await once(socket, 'close');
  }

  /** Ends every connection as a proxy that crashes does. */
  reset(): void {
    for (const socket of this.sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private note({ method = '', url = '', headers }: IncomingMessage): Asked {
    const asked = { method, target: url, headers };
    this.asked.push(asked);
    return asked;
  }

  private readonly onConnect = (request: IncomingMessage, socket: Duplex) => {
    const reply = this.script(this.note(request));
    socket.on('error', () => socket.destroy());
    if (reply === 'hang') socket.resume().on('end', () => socket.destroy());
    else if (reply === 'drop') socket.destroy();
    else if ('text' in reply) socket.end(reply.text);
    else if ('stream' in reply) writeOn(socket, reply.stream);
    else this.tunnel(socket, reply.tunnel);
  };

  private tunnel(socket: Duplex, port: number): void {
    const beyond: Socket = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(beyond).pipe(socket);
    });
    this.sockets.add(beyond);
    beyond.on('error', () => socket.destroy());
    socket.on('close', () => beyond.destroy());
  }
}

/** Writes until nobody reads any more. */
function writeOn(socket: Duplex, text: string): void {
  socket.write(text, (error) => {
    if (!error && !socket.destroyed) writeOn(socket, text);
  });
}

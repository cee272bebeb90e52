import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** A proxy that tunnels every CONNECT, whatever it names, to one port of this machine. */
export class ConnectProxy {
  private readonly server = createServer();
  private readonly sockets = new Set<Duplex>();
  /** What was asked for, and with which credentials. */
  readonly requests: { target: string; authorization: string | undefined }[] = [];
  /** Another status than 200 refuses, and quotes the credentials. */
  status = 200;

  static async start(targetPort: number): Promise<ConnectProxy> {
    const proxy = new ConnectProxy();
    proxy.server.on('connect', ({ url = '', headers }, socket, head) => {
      proxy.requests.push({ target: url, authorization: headers['proxy-authorization'] });
      proxy.keep(socket);
      if (proxy.status !== 200) {
        const quoted = headers['proxy-authorization'] ?? '';
        socket.end(`HTTP/1.1 ${proxy.status} Refused ${quoted}\r\n\r\n${quoted}`);
        return;
      }
      const tunnel = proxy.keep(connect(targetPort, '127.0.0.1'));
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      tunnel.write(head);
      tunnel.pipe(socket).pipe(tunnel);
    });
    proxy.server.listen(0, '127.0.0.1');
    await once(proxy.server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private keep<S extends Duplex>(socket: S): S {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    return socket;
  }
}

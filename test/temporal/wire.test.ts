import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ChildProcess } from '../stage/childProcess';
import { Cli } from '../stage/cli';
import { WorkerProcess } from '../stage/workerProcess';
import { ConnectProxy } from './connectProxy';

/** Takes what is sent to it, and answers nothing. */
class Listener {
  private readonly server = createServer((socket) => {
    this.sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (data) => {
      this.received += data.toString('latin1');
      this.server.emit('received');
    });
  });
  private readonly sockets = new Set<Socket>();
  received = '';

  async start(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async receives(text: string): Promise<void> {
    while (!this.received.includes(text)) await once(this.server, 'received');
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }
}

let listener: Listener;
beforeEach(async () => {
  listener = new Listener();
  await listener.start();
});
afterEach(async () => {
  await ChildProcess.killAll();
  await listener.stop();
});

const PROCESSES = {
  'the worker': (environment: Record<string, string>) => new WorkerProcess({ VMC_API_TOKEN: 'token', ...environment }),
  'the command line': (environment: Record<string, string>) => new Cli(['list'], environment),
};
const TLS_HANDSHAKE = '\x16\x03';
const HTTP2_IN_THE_CLEAR = 'PRI * HTTP/2.0';

describe.each(Object.entries(PROCESSES))('%s', (_, start) => {
  it.each(['True', 'YES', 'true\r', ''])(
    'begins with TLS where there is a key and TEMPORAL_TLS is %j',
    async (word) => {
      start({ TEMPORAL_ADDRESS: `127.0.0.1:${listener.port}`, TEMPORAL_API_KEY: 'canary-key', TEMPORAL_TLS: word });
      await listener.receives(TLS_HANDSHAKE);
      expect(listener.received.startsWith(TLS_HANDSHAKE)).toBe(true);
      expect(listener.received).not.toContain('canary');
    },
  );

  it('begins with TLS where another machine would get an authorization header', async () => {
    const proxy = await ConnectProxy.start(listener.port);
    try {
      start({
        TEMPORAL_ADDRESS: 'temporal.test:7233',
        TEMPORAL_GRPC_META_AUTHORIZATION: 'Bearer canary',
        https_proxy: `http://127.0.0.1:${proxy.port}`,
      });
      await listener.receives(TLS_HANDSHAKE);
      expect(listener.received.startsWith(TLS_HANDSHAKE)).toBe(true);
    } finally {
      await proxy.stop();
    }
  });

  it('sends in the clear where TEMPORAL_TLS says so in any case', async () => {
    start({ TEMPORAL_ADDRESS: `127.0.0.1:${listener.port}`, TEMPORAL_API_KEY: 'canary-key', TEMPORAL_TLS: 'False\r' });
    await listener.receives(HTTP2_IN_THE_CLEAR);
  });
});

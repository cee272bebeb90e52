import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createClient, IDS, limits, taskBody, WITH_API_TOKEN } from '../world';

const SIGNED_IN = JSON.stringify({ access_token: 'token', expires_in: 1799 });
const TASK = JSON.stringify(taskBody('CANCELING'));

function answer(status: number, body: string): string {
  return `HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Answers every request on a connection that it keeps. */
let server: Server;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      socket.write(answer(200, bytes.includes('/auth/') ? SIGNED_IN : TASK));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await once(server, 'close');
});

function clientOfServer() {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createClient({ configuration: { apiUrl: url, cspUrl: url, credentials: WITH_API_TOKEN } });
}

it.each([
  ['an answer', answer(403, '')],
  ['a part of one', 'HTTP/1.1 403'],
  ['no HTTP', '\0'],
])('%s that nobody has requested ends its connection, and is not the answer to the next call', async (_, bytes) => {
  const client = clientOfServer();
  expect(await client.getTask(IDS, limits())).toMatchObject({ task: { status: 'CANCELING' } });
  const [, kept] = sockets;
  kept?.write(bytes);
  await once(kept ?? server, 'close');
  expect(await client.getTask(IDS, limits())).toMatchObject({ task: { status: 'CANCELING' } });
  expect(sockets).toHaveLength(3);
});

it('a connection is kept from call to call', async () => {
  const client = clientOfServer();
  for (let calls = 0; calls < 3; calls += 1)
    expect(await client.getTask(IDS, limits())).toMatchObject({ task: { status: 'CANCELING' } });
  expect(sockets).toHaveLength(2);
});

import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { drawnAnswer } from './draw';
import { ACCESS_TOKEN, DRAWN_API_TOKEN, NO_TOKEN, sentBy } from './secrets';
import type { Written } from './wire';
import { written } from './wire';

const HOST = '127.0.0.1';
const TRICKLE_MS = 20;

/** The organization of a call names the answer that it gets. */
export function organizationOf(index: number): string {
  return `answer-${index}`;
}

interface Request {
  path: string;
  accessToken: string;
  body: string;
}

/**
 * Answers the API's calls and the drawn sign-ins with whatever was drawn, and the other sign-ins
 * with a token. It writes to the socket itself: no HTTP library would send most of it.
 */
export class HostileServer {
  private readonly sockets = new Set<Socket>();
  private tokens = 0;

  private constructor(
    private readonly server: Server,
    private readonly seed: number,
  ) {}

  static async start(seed: number): Promise<HostileServer> {
    const server = createServer();
    const hostile = new HostileServer(server, seed);
    server.on('connection', (socket: Socket) => {
      hostile.serve(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return hostile;
  }

  get url(): string {
    return `http://${HOST}:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private serve(socket: Socket): void {
    this.sockets.add(socket);
    socket.once('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let unread = '';
    socket.on('data', (bytes) => {
      unread += bytes.toString('latin1');
      // The client waits for one answer before it sends the next request.
      const request = requestIn(unread);
      if (request === null) return;
      unread = '';
      write(socket, this.answerTo(request));
    });
  }

  private answerTo({ path, accessToken, body }: Request): Written {
    const drawn = /\/orgs\/answer-(\d+)\//.exec(path) ?? new RegExp(`${DRAWN_API_TOKEN}(\\d+)`).exec(body);
    if (drawn !== null) {
      const index = Number(drawn[1]);
      return written(drawnAnswer(this.seed, index), sentBy(index, accessToken));
    }
    this.tokens += 1;
    const answer = JSON.stringify({ access_token: `${ACCESS_TOKEN}-${this.tokens}`, expires_in: 1799 });
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(answer)}\r\n\r\n`;
    return { pieces: [Buffer.from(head + answer)], then: 'open', isTrickled: false };
  }
}

/** Null while it is not whole. */
function requestIn(text: string): Request | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const valueOf = (name: string) =>
    lines.find((line) => line.toLowerCase().startsWith(`${name}: `))?.slice(name.length + 2);
  const body = text.slice(end + 4);
  if (body.length < Number(valueOf('content-length') ?? 0)) return null;
  return { path: first.split(' ')[1] ?? '', accessToken: valueOf('csp-auth-token') ?? NO_TOKEN, body };
}

function write(socket: Socket, { pieces, then, isTrickled }: Written): void {
  if (isTrickled) {
    trickle(socket, Buffer.concat(pieces));
    return;
  }
  for (const piece of pieces) socket.write(piece);
  if (then === 'close') socket.end();
  if (then === 'reset') socket.resetAndDestroy();
}

function trickle(socket: Socket, bytes: Buffer, at = 0): void {
  if (socket.destroyed || at >= bytes.length - 1) return;
  socket.write(bytes.subarray(at, at + 1));
  setTimeout(trickle, TRICKLE_MS, socket, bytes, at + 1);
}

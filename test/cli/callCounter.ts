import { once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import { connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface Call {
  method: string;
  atMs: number;
}

/** Stands before a Temporal, passes every call on, and keeps what was called when. */
export class CallCounter {
  readonly calls: Call[] = [];
  private readonly atOnce = new Map<string, number>();
  private readonly mostAtOnce = new Map<string, number>();
  private readonly server = createServer();
  private readonly sessions = new Set<ServerHttp2Session>();

  private constructor(private readonly upstream: ClientHttp2Session) {
    this.server.on('session', (session) => this.sessions.add(session));
    this.server.on('stream', (stream, headers) => {
      this.pass(stream, headers);
    });
  }

  static async before(address: string): Promise<CallCounter> {
    const upstream = connect(`http://${address}`);
    await once(upstream, 'connect');
    const counter = new CallCounter(upstream);
    counter.server.listen(0, '127.0.0.1');
    await once(counter.server, 'listening');
    return counter;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async end(): Promise<void> {
    for (const session of this.sessions) session.destroy();
    this.upstream.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  /** The most calls of this method that began within a time of this length. */
  mostWithin(windowMs: number, method: string): number {
    const times = this.calls.filter((call) => call.method === method).map(({ atMs }) => atMs);
    return Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + windowMs).length));
  }

  /** The most calls of this method that were under way together. */
  mostAtOnceOf(method: string): number {
    return this.mostAtOnce.get(method) ?? 0;
  }

  private pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    this.began(method);
    stream.once('close', () => this.atOnce.set(method, (this.atOnce.get(method) ?? 0) - 1));
    const call = this.upstream.request({ ...headers, ':authority': undefined });
    let trailers: IncomingHttpHeaders = {};
    call.on('trailers', (told: IncomingHttpHeaders) => {
      trailers = told;
    });
    call.on('response', (answer, flags) => {
      const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      if (stream.destroyed) return;
      stream.respond(answer, { waitForTrailers: !isAll, endStream: isAll });
      if (!isAll) call.pipe(stream);
    });
    stream.on('wantTrailers', () => {
      stream.sendTrailers(trailers);
    });
    stream.pipe(call);
    const leave = () => {
      call.close(constants.NGHTTP2_CANCEL);
    };
    stream.on('error', leave);
    stream.on('aborted', leave);
    call.on('error', () => {
      if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    });
  }

  private began(method: string): void {
    this.calls.push({ method, atMs: Date.now() });
    const atOnce = (this.atOnce.get(method) ?? 0) + 1;
    this.atOnce.set(method, atOnce);
    this.mostAtOnce.set(method, Math.max(atOnce, this.mostAtOnceOf(method)));
  }
}

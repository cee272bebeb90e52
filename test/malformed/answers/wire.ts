import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import type { Answer } from './draw';
import type { CODINGS } from './draw';
import type { Sent } from './secrets';
import { echoed } from './secrets';

/** What goes over the wire, piece by piece, and what becomes of the connection then. */
export interface Written {
  pieces: Buffer[];
  /** `open`: it is left as it is, for the next request or for ever. */
  then: 'open' | 'close' | 'reset';
  /** Written byte by byte, and never to its end. */
  isTrickled: boolean;
}

/** The best that they can do takes seconds for a bomb. */
const PACKERS = {
  gzip: (bytes) => gzipSync(bytes, { level: 1 }),
  deflate: (bytes) => deflateSync(bytes, { level: 1 }),
  br: (bytes) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
} satisfies Record<(typeof CODINGS)[number], (bytes: Buffer) => Buffer>;

/** Of a bomb, which takes long to make. */
const packedBombs = new Map<string, Buffer>();

function bodyOf({ body, packed }: Answer, sent: Sent): { bytes: Buffer; coding: string | null } {
  if (body.bombMib !== undefined) {
    const coding = packed ?? 'gzip';
    const key = `${coding} ${body.kind}`;
    const bytes = packedBombs.get(key) ?? PACKERS[coding](body.make());
    packedBombs.set(key, bytes);
    return { bytes, coding };
  }
  const made = body.make();
  const bytes = made.includes('<<') ? Buffer.from(echoed(made.toString('latin1'), sent), 'latin1') : made;
  return packed === null ? { bytes, coding: null } : { bytes: PACKERS[packed](bytes), coding: packed };
}

const CHUNK_BYTES = 10_000;

function chunks(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    const piece = bytes.subarray(at, at + CHUNK_BYTES);
    pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
  }
  return pieces;
}

const LAST_CHUNK = Buffer.from('0\r\n\r\n');
const CHUNKED = ['Transfer-Encoding: chunked'];
const INTERIM = 'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';

interface Framed {
  /** Lines of the head that say where the body ends. */
  lines: string[];
  pieces: Buffer[];
  /** Nothing else says where the body ends. */
  untilClose?: boolean;
}

function framed({ framing }: Answer, bytes: Buffer): Framed {
  const length = [`Content-Length: ${bytes.length}`];
  switch (framing) {
    case 'length':
    case 'interimFirst':
      return { lines: length, pieces: [bytes] };
    case 'chunked':
      return { lines: CHUNKED, pieces: [...chunks(bytes), LAST_CHUNK] };
    case 'untilClose':
      return { lines: ['Connection: close'], pieces: [bytes], untilClose: true };
    case 'tooShort':
      return { lines: [`Content-Length: ${Math.floor(bytes.length / 2)}`], pieces: [bytes] };
    case 'tooLong':
      return { lines: [`Content-Length: ${bytes.length + 7}`], pieces: [bytes], untilClose: true };
    case 'bothFramings':
      return { lines: [...CHUNKED, ...length], pieces: [...chunks(bytes), LAST_CHUNK] };
    case 'badChunk':
      return { lines: CHUNKED, pieces: [...chunks(bytes), Buffer.from('zz\r\nx\r\n'), LAST_CHUNK] };
    case 'hugeChunk':
      return { lines: CHUNKED, pieces: [Buffer.from('ffffffffffffffff\r\n'), bytes], untilClose: true };
    case 'noLastChunk':
      return { lines: CHUNKED, pieces: chunks(bytes), untilClose: true };
    case 'longExtension':
      return { lines: CHUNKED, pieces: [Buffer.from(`1;${'x'.repeat(20_000)}\r\n{\r\n`), LAST_CHUNK] };
    case 'badTrailer':
      return {
        lines: [...CHUNKED, 'Trailer: Retry-After'],
        pieces: [...chunks(bytes), Buffer.from('0\r\nRetry-After: 7\r\n__proto__: x\r\nno header\r\n\r\n')],
      };
    case 'badLength':
      return { lines: [`Content-Length: ${BAD_LENGTHS[bytes.length % BAD_LENGTHS.length] ?? ''}`], pieces: [bytes] };
    case 'twoLengths':
      return { lines: [...length, `Content-Length: ${bytes.length + 1}`], pieces: [bytes] };
    case 'twice':
      return { lines: length, pieces: [bytes, Buffer.from('HTTP/1.1 404 Second\r\nContent-Length: 0\r\n\r\n')] };
    case 'none':
      return { lines: [], pieces: [bytes], untilClose: true };
  }
}

const BAD_LENGTHS = ['-1', '+5', '1e3', '0x10', '5, 6', 'abc', '', '18446744073709551616', '9'.repeat(400), '1 2'];

/** @param sent what is echoed */
export function written(answer: Answer, sent: Sent): Written {
  const { bytes, coding } = bodyOf(answer, sent);
  const { lines, pieces, untilClose = false } = framed(answer, bytes);
  const head = [
    answer.statusLine,
    ...answer.headers.map(([name, value]) => `${name}: ${value}`),
    ...(coding === null ? [] : [`Content-Encoding: ${coding}`]),
    ...lines,
  ];
  const first = `${answer.framing === 'interimFirst' ? INTERIM : ''}${echoed(head.join('\r\n'), sent)}\r\n\r\n`;
  const all = [Buffer.from(first, 'latin1'), ...pieces];
  const isInterim = /^HTTP\/1\.1 1\d\d /.test(answer.statusLine);
  switch (answer.ending) {
    case 'hang':
      return { pieces: [], then: 'open', isTrickled: false };
    case 'halfHead':
      return { pieces: [Buffer.from(first.slice(0, Math.ceil(first.length / 2)))], then: 'open', isTrickled: false };
    case 'trickle':
      return { pieces: all, then: 'open', isTrickled: true };
    case 'reset':
      return { pieces: all, then: 'reset', isTrickled: false };
    case 'close':
      return { pieces: all, then: 'close', isTrickled: false };
    case 'keep':
      return { pieces: all, then: untilClose || isInterim ? 'close' : 'open', isTrickled: false };
  }
}

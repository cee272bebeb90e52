import fc from 'fast-check';
import { seedOf } from '../../../bench/kit/random';
import { hostileBody, hostileText } from '../../hostile';
import { hostileBytes, hostileSignInBody, listBody } from './bodies';
import type { Bytes } from './bodies';
import { ECHOES } from './secrets';

/** What a call asks for. */
export const OPERATIONS = ['cancel', 'get', 'list', 'signIn'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const TASK_ID = 'task-1';

export const CODINGS = ['gzip', 'deflate', 'br'] as const;

/** One answer, as it goes over the wire. */
export interface Answer {
  statusLine: string;
  headers: readonly (readonly [string, string])[];
  body: Bytes;
  /** What the body is really packed with; a header may say something else. */
  packed: (typeof CODINGS)[number] | null;
  framing: Framing;
  ending: Ending;
}

export type Framing = (typeof GOOD_FRAMINGS)[number] | (typeof BAD_FRAMINGS)[number];
const GOOD_FRAMINGS = ['length', 'chunked', 'untilClose'] as const;
const BAD_FRAMINGS = [
  'tooShort',
  'tooLong',
  'bothFramings',
  'badChunk',
  'hugeChunk',
  'noLastChunk',
  'longExtension',
  'badTrailer',
  'badLength',
  'twoLengths',
  'twice',
  'interimFirst',
  'none',
] as const;

/** `trickle`: byte for byte, and never to its end. */
export type Ending = 'keep' | 'close' | 'reset' | 'hang' | 'halfHead' | 'trickle';

const OTHER_STATUSES = [
  201, 202, 204, 206, 301, 302, 304, 401, 403, 404, 408, 409, 410, 418, 422, 425, 429, 500, 501, 502, 503, 504, 520,
];
const ODD_LINES = [
  'HTTP/1.1 0 Zero',
  'HTTP/1.1 000 Zero',
  'HTTP/1.1 099 Below',
  'HTTP/1.1 600 Above',
  'HTTP/1.1 999 Odd',
  'HTTP/1.1 2000 Long',
  'HTTP/1.1 20 Short',
  'HTTP/1.1 -1 Negative',
  'HTTP/1.1 2e2 Number',
  'HTTP/1.1 200',
  'HTTP/1.1 200 ',
  'HTTP/1.1  200 OK',
  'HTTP/1.1 200 \u0000',
  'HTTP/1.1 200 O\rK',
  'HTTP/1.1 200 \u00fc\u001b[31m',
  `HTTP/1.1 200 ${'x'.repeat(20_000)}`,
  `HTTP/1.1 400 ${ECHOES.accessToken}`,
  'HTTP/1.0 200 OK',
  'HTTP/0.9 200 OK',
  'HTTP/2 200',
  'HTTP/9.9 200 OK',
  'http/1.1 200 ok',
  'ICY 200 OK',
  'RTSP/1.0 200 OK',
  'SSH-2.0-OpenSSH_9.6',
  '220 mail.example ESMTP',
  '<html>',
  '{"id":"task-1","status":"CANCELED"}',
  '\u0016\u0003\u0001\u0002\u0000',
  '',
];

const statusLine = fc.oneof(
  // Those that say most.
  { weight: 6, arbitrary: fc.constantFrom('HTTP/1.1 200 Drawn', 'HTTP/1.1 200 Drawn', 'HTTP/1.1 400 Drawn') },
  { weight: 8, arbitrary: fc.constantFrom(...OTHER_STATUSES).map((status) => `HTTP/1.1 ${status} Drawn`) },
  { weight: 3, arbitrary: fc.integer({ min: 200, max: 599 }).map((status) => `HTTP/1.1 ${status} Drawn`) },
  { weight: 1, arbitrary: fc.integer({ min: 100, max: 199 }).map((status) => `HTTP/1.1 ${status} Drawn`) },
  { weight: 2, arbitrary: fc.constantFrom(...ODD_LINES) },
);

const DATES = [
  'Sat, 31 Jan 2026 12:00:30 GMT',
  'Saturday, 31-Jan-26 12:00:30 GMT',
  'Sat Jan 31 12:00:30 2026',
  'Sat, 31 Jan 2026 12:00:30 +0900',
  'Sat, 31 Jan 275761 12:00:30 GMT',
  'Thu, 01 Jan 1970 00:00:00 GMT',
  'Sat, 31 Feb 2026 25:61:61 GMT',
  'Mon, 00 xyz 0000 00:00:00 GMT',
  '2026-01-31T12:00:30Z',
  'yesterday',
  '',
];
const DELAYS = [
  '0',
  '1',
  '7',
  '1.5',
  '-1',
  '+5',
  '9'.repeat(400),
  '1e9',
  '0x10',
  'Infinity',
  'NaN',
  '7, 8',
  ' 7 ',
  '٣',
];
const SAFE_HEADERS = ['retry-after', 'date', 'content-type', 'x-echo', 'www-authenticate', 'server'];

/** No obstacle to reading the answer. */
const harmlessHeader = fc.oneof(
  fc.tuple(
    fc.constantFrom('Retry-After', 'retry-after', 'Date'),
    fc.constantFrom(...DATES, ...DELAYS, 'z'.repeat(2_000)),
  ),
  fc.tuple(
    fc.constant('Content-Type'),
    fc.constantFrom('application/json', 'text/html; charset=utf-16', 'application/json; charset=latin1', '', '\u00ff'),
  ),
  fc.tuple(
    fc.constantFrom('X-Echo', 'WWW-Authenticate', 'Location', 'Set-Cookie', 'Server'),
    fc.constantFrom('', 'https://elsewhere.example/', ...Object.values(ECHOES)),
  ),
  fc.tuple(fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'), fc.constant('{"status":200}')),
);

/** Written as it is: what is no header is among them. */
const hostileHeader = fc.oneof(
  fc.tuple(fc.constant('Content-Encoding'), fc.constantFrom('gzip', 'deflate', 'br', 'zstd', 'compress', 'gzip, gzip')),
  fc.tuple(
    fc.constant('Transfer-Encoding'),
    fc.constantFrom('chunked', 'gzip, chunked', 'identity', 'chunked, chunked'),
  ),
  fc.tuple(
    fc.constantFrom('Connection', 'Keep-Alive', 'Upgrade', 'Proxy-Connection'),
    fc.constantFrom('close', 'keep-alive', 'upgrade', 'timeout=0', 'timeout=-1, max=x', 'h2c', 'websocket'),
  ),
  fc.tuple(
    fc.constantFrom('X-Long', 'Retry-After', 'Date', 'Content-Type'),
    fc.constantFrom('x'.repeat(8_000), 'x'.repeat(20_000), '7\u0000', '7\u0007', '7\r', '7\n folded', '\u001b[31m'),
  ),
  fc.tuple(fc.constantFrom('', ' ', 'No Token', 'no-colon\r\nX', '\u0000', 'h\u00e4'), fc.constant('x')),
  fc.tuple(fc.constantFrom('X', 'Retry-After', 'Content-Length'), hostileText),
);

const manyHeaders = fc
  .tuple(fc.constantFrom(...SAFE_HEADERS), fc.constantFrom(50, 300, 3_000))
  .map(([name, count]) => Array.from({ length: count }, (_, n): [string, string] => [name, String(n)]));

const headers = fc.oneof(
  { weight: 12, arbitrary: fc.array(harmlessHeader, { maxLength: 5 }) },
  {
    weight: 3,
    arbitrary: fc.array(fc.oneof(harmlessHeader, hostileHeader), { minLength: 1, maxLength: 5 }),
  },
  { weight: 1, arbitrary: manyHeaders },
);

const framing = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom<Framing>(...GOOD_FRAMINGS) },
  { weight: 3, arbitrary: fc.constantFrom<Framing>(...BAD_FRAMINGS) },
);

const ending = fc.oneof(
  { weight: 300, arbitrary: fc.constant<Ending>('keep') },
  { weight: 60, arbitrary: fc.constant<Ending>('close') },
  { weight: 15, arbitrary: fc.constant<Ending>('reset') },
  { weight: 1, arbitrary: fc.constantFrom<Ending>('hang', 'halfHead', 'trickle') },
);

const packed = fc.oneof(
  { weight: 8, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constantFrom(...CODINGS) },
);

/** What an operation might well be answered with, and what it never should. */
const BODIES: Record<Operation, fc.Arbitrary<Bytes>> = {
  cancel: hostileBytes(hostileBody(TASK_ID)),
  get: hostileBytes(hostileBody(TASK_ID)),
  list: hostileBytes(listBody(TASK_ID)),
  signIn: hostileBytes(hostileSignInBody),
};

function answerTo(operation: Operation): fc.Arbitrary<Answer> {
  return fc.noBias(fc.record({ statusLine, headers, body: BODIES[operation], packed, framing, ending }));
}

const ANSWERS: Record<Operation, fc.Arbitrary<Answer>> = {
  cancel: answerTo('cancel'),
  get: answerTo('get'),
  list: answerTo('list'),
  signIn: answerTo('signIn'),
};

/** By turns, so that a part of a run has all of them. */
export function operationOf(index: number): Operation {
  return OPERATIONS[index % OPERATIONS.length] ?? 'get';
}

/** Each answer depends on nothing but its seed and its number: it can be drawn alone. */
export function drawnAnswer(seed: number, index: number): Answer {
  const [answer] = fc.sample(ANSWERS[operationOf(index)], { seed: seedOf(`${seed}/${index}`), numRuns: 1 });
  if (answer === undefined) throw new Error('nothing was drawn');
  return answer;
}

import fc from 'fast-check';
import { hostileBody, hostileText } from '../../hostile';
import { CANARY, ECHOES } from './secrets';

/** A body, made only when it is sent: some are large. */
export interface Bytes {
  /** For whoever looks at a finding. */
  kind: string;
  make: () => Buffer;
  /** So many mebibytes of it, packed: what is sent is small. */
  bombMib?: number;
}

const MEBI = 1024 * 1024;

function bytesOf(kind: string, text: string): Bytes {
  return { kind, make: () => Buffer.from(text) };
}

function signedIn(fields: Record<string, unknown>): Record<string, unknown> {
  return { token_type: 'bearer', scope: 'ALL', refresh_token: ECHOES.secret, ...fields };
}

const accessToken = fc.oneof(
  fc.constantFrom<unknown>(
    `${CANARY}-drawn`,
    '',
    ' ',
    'a\r\nX-Injected: 1',
    'ä',
    'x'.repeat(15_000),
    7,
    null,
    ['a'],
    {},
  ),
  hostileText,
);
const expiresIn = fc.constantFrom<unknown>(
  1799,
  '1799',
  0,
  -1,
  0.0001,
  1e-300,
  1e300,
  '1e400',
  'soon',
  null,
  true,
  [],
  [5],
  {},
  '',
);
export const hostileSignInBody: fc.Arbitrary<unknown> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .tuple(accessToken, expiresIn)
      .map(([access_token, expires_in]) => signedIn({ access_token, expires_in })),
  },
  hostileBody('task-1'),
);

/** Tasks of an organization, other things among them. */
export function listBody(taskId: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.array(hostileBody(taskId), { maxLength: 8 }) },
    { weight: 10, arbitrary: hostileBody(taskId) },
    { weight: 1, arbitrary: hostileBody(taskId).map((item) => Array.from({ length: 2_000 }, () => item)) },
  );
}

const echo = fc.constantFrom(...Object.values(ECHOES));
const echoing: fc.Arbitrary<Bytes> = fc
  .tuple(echo, fc.constantFrom('', 'before ', '\u001b[31m', '"\\', 'x'.repeat(280), '🙂'.repeat(140)), fc.nat(7))
  .map(([secret, before, place]) => {
    const text = `${before}${secret}`;
    const error = { retryable: place % 2 === 0, error_code: text, error_messages: [text, `${text}${secret}`] };
    const task = { id: 'task-1', status: 'FAILED', error_message: text, sub_status: text, params: { text } };
    const bodies: unknown[] = [
      error,
      task,
      { ...task, status: text, service_errors: [{ default_message: text, localized_message: text }] },
      { ...task, [text]: text },
      [{ ...task, resource_id: text }, text],
      [{ ...task, id: text }],
      { access_token: text, message: text },
      `Refused: ${text}`,
    ];
    return bytesOf('echo', JSON.stringify(bodies[place]));
  });

const NESTINGS: readonly (readonly [string, string, string])[] = [
  ['[', '', ']'],
  ['{"a":', '1', '}'],
  ['[{"id":"task-1","status":"STARTED","a":', '1', '}]'],
  ['{"id":"task-1","status":"STARTED","params":', '{}', '}'],
];
const nested: fc.Arbitrary<Bytes> = fc
  .tuple(fc.constantFrom(...NESTINGS), fc.constantFrom(10, 90, 200, 2_000, 10_000, 50_000), fc.boolean())
  .map(([[open, middle, close], depth, isClosed]) => ({
    kind: `nested ${depth}`,
    make: () => Buffer.from(`${open.repeat(depth)}${middle}${isClosed ? close.repeat(depth) : ''}`),
  }));

const LARGE: readonly Bytes[] = [
  large('a text below the limit', () => JSON.stringify({ id: 'task-1', status: 'STARTED', x: 'x'.repeat(0.9 * MEBI) })),
  large('a text above the limit', () => JSON.stringify({ id: 'task-1', status: 'STARTED', x: 'x'.repeat(1.1 * MEBI) })),
  large('an error of megabytes', () =>
    JSON.stringify({ retryable: false, error_code: 'x'.repeat(0.4 * MEBI), error_messages: ['\ud83d'.repeat(90_000)] }),
  ),
  large('messages without number', () =>
    JSON.stringify({ retryable: true, error_code: null, error_messages: Array.from({ length: 90_000 }, () => 'x') }),
  ),
  large('fields without number', () =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`f${n}`, n]))),
  ),
  large('numbers', () => `[${'1e9,'.repeat(200_000)}0]`),
  large('blanks', () => ' '.repeat(3 * MEBI)),
  large('a list of large tasks', () =>
    JSON.stringify(
      Array.from({ length: 40 }, (_, n) => ({ id: `t-${n}`, status: 'STARTED', params: 'x'.repeat(60_000) })),
    ),
  ),
];

function large(kind: string, text: () => string): Bytes {
  return { kind, make: () => Buffer.from(text()) };
}

const ENCODERS: Record<string, (text: string) => Buffer> = {
  'utf-8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  'utf-16le with a mark': (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'utf-16be': (text) => Buffer.from(text, 'utf16le').swap16(),
  latin1: (text) => Buffer.from(`${text.slice(0, -1)},"x":"\u00e4\u00ff"}`, 'latin1'),
  'lone bytes': (text) =>
    Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80])]),
  'cut within a character': (text) => Buffer.from(`"${text.length}€`).subarray(0, -1),
  'lone surrogates': (text) => Buffer.from(`${text.slice(0, -1)},"error_message":"\\ud800 \\udc00x\\ud83d"}`),
  'bytes that are a surrogate': (text) =>
    Buffer.concat([
      Buffer.from(`${text.slice(0, -1)},"error_message":"`),
      Buffer.from([0xed, 0xa0, 0x80]),
      Buffer.from('"}'),
    ]),
  'raw controls': (text) => Buffer.from(`${text.slice(0, -1)},"error_message":"\u0000\u0007\u001b[31m\n"}`),
  'escaped controls': (text) => Buffer.from(`${text.slice(0, -1)},"error_message":"\\u0000\\u001b[31m\\u202e\\u2028"}`),
};

const PROTOTYPES: readonly string[] = [
  '{"__proto__":{"id":"task-1","status":"CANCELED"}}',
  '{"__proto__":{"status":"CANCELED"},"id":"task-1"}',
  '{"id":"task-1","status":"STARTED","__proto__":{"status":"CANCELED","isAdmin":true}}',
  '{"constructor":{"prototype":{"id":"task-1","status":"CANCELED"}},"id":"task-1","status":"STARTED"}',
  '{"id":"task-1","status":"STARTED","toString":null,"hasOwnProperty":1,"valueOf":"x","toJSON":"x"}',
  '{"__proto__":{"retryable":false,"error_code":null,"error_messages":[]}}',
  '{"retryable":false,"error_code":null,"error_messages":[],"__proto__":{"retryable":true}}',
  '[{"__proto__":null},{"id":"task-1","status":"STARTED","__proto__":[]}]',
  '{"__proto__":{"access_token":"x","expires_in":9}}',
];

const NEARLY: readonly string[] = [
  '',
  ' ',
  'null',
  'true',
  '0',
  '-0',
  '""',
  '[]',
  '{}',
  '[null]',
  '[[]]',
  '1e999',
  'NaN',
  'undefined',
  '{"id":"task-1","status":"CANCELED"',
  '{"id":"task-1","status":"CANCELED"},',
  "{'id':'task-1','status':'CANCELED'}",
  '{"id":"task-1","status":"CANCELED",}',
  '/**/{"id":"task-1","status":"CANCELED"}',
  'callback({"id":"task-1","status":"CANCELED"})',
  ')]}\',\n{"id":"task-1","status":"CANCELED"}',
  '{"id":"task-1","status":"CANCELED"}\n{"id":"task-1","status":"FAILED"}\n',
  '{"id":"task-1","status":"CANCELED"}{"id":"task-1","status":"FAILED"}',
  '{"id":"task-2","id":"task-1","status":"FAILED","status":"CANCELED"}',
  '{"id":"TASK-1","status":"CANCELED"}',
  '{"id":"task-1 ","status":"CANCELED"}',
  '{"id":"\\u001b[31mtask-1","status":"CANCELED"}',
  '{"id":"task-1\\u0000","status":"CANCELED"}',
  '{"id":["task-1"],"status":["CANCELED"]}',
  '{"id":"task-1","status":"canceled"}',
  '{"id":"task-1","status":" CANCELED"}',
  '{"id":"task-1","status":""}',
  '{"id":"task-1","status":"CANCELED","org_id":"another"}',
  '[{"id":"task-1","status":"CANCELED"}]',
  '{"data":{"id":"task-1","status":"CANCELED"}}',
  '{"id":"task-1","status":"STARTED","progress_percent":1e308,"estimated_remaining_minutes":-1e308}',
  '{"retryable":"false","error_code":null,"error_messages":[]}',
  '{"retryable":false,"error_code":7,"error_messages":"x"}',
  '{"retryable":false}',
  '{"retryable":true,"error_code":null,"error_messages":null}',
  '<!doctype html><html><body>Sign in</body></html>',
  '<?xml version="1.0"?><task id="task-1" status="CANCELED"/>',
  'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
];

const TASK = '{"id":"task-1","status":"CANCELED","sub_status":null,"progress_percent":4}';

const bomb: fc.Arbitrary<Bytes> = fc.constantFrom(1, 4, 64).map((mib) => ({
  kind: `bomb of ${mib} MiB`,
  make: () => Buffer.alloc(mib * MEBI, '{"id":"task-1","status":"CANCELED"} '),
  bombMib: mib,
}));

/** @param usual what the operation is mostly answered with */
export function hostileBytes(usual: fc.Arbitrary<unknown>): fc.Arbitrary<Bytes> {
  const json = usual.map((value) => ({ kind: 'JSON', make: () => Buffer.from(JSON.stringify(value)) }));
  const truncated = fc.tuple(usual, fc.double({ min: 0, max: 1, noNaN: true })).map(([value, share]) => {
    const text = JSON.stringify(value);
    return bytesOf('cut JSON', text.slice(0, Math.floor(share * text.length)));
  });
  const encoded = fc.constantFrom(...Object.keys(ENCODERS)).map((kind) => ({
    kind,
    make: () => ENCODERS[kind]?.(TASK) ?? Buffer.from(TASK),
  }));
  const noise = fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ kind: 'noise', make: () => Buffer.from(bytes) }));
  return fc.oneof(
    { weight: 400, arbitrary: json },
    { weight: 60, arbitrary: truncated },
    { weight: 100, arbitrary: echoing },
    { weight: 40, arbitrary: encoded },
    { weight: 20, arbitrary: noise },
    { weight: 80, arbitrary: fc.constantFrom(...PROTOTYPES, ...NEARLY).map((text) => bytesOf('nearly right', text)) },
    { weight: 10, arbitrary: nested },
    { weight: 3, arbitrary: fc.constantFrom(...LARGE) },
    { weight: 2, arbitrary: bomb },
  );
}

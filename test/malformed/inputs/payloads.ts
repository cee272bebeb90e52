import fc from 'fast-check';
import type { temporal } from '@temporalio/proto';
import { hostileInput, hostileUpdateArgument } from '../../hostile';

export type Payload = temporal.api.common.v1.IPayload;

export function payload(data: Uint8Array, encoding: string | Uint8Array | null = 'json/plain'): Payload {
  return { metadata: encoding === null ? {} : { encoding: Buffer.from(encoding) }, data };
}

export function json(value: unknown): Payload {
  return payload(Buffer.from(JSON.stringify(value)));
}

/** Of a task that is over as soon as it is cancelled, and of one that there is not. */
export const KNOWN_TASK = { orgId: 'o', taskId: 't' };
const UNKNOWN_TASK = { orgId: 'o', taskId: 'unknown' };

/** What an encoder of ours would not write. */
const rawPayload = fc.oneof(
  fc
    .tuple(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom('json/plain', 'binary/plain', 'binary/null', 'json/protobuf', 'x', ''),
    )
    .map(([data, encoding]) => payload(data, encoding)),
  fc.uint8Array({ maxLength: 8 }).map((encoding) => payload(Buffer.from('{}'), encoding)),
  fc.constant(payload(Buffer.from('{}'), null)),
  fc.constantFrom(
    payload(
      Buffer.concat([Buffer.from('{"orgId":"o","taskId":"t","'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('":1}')]),
    ),
    payload(Buffer.from('{"orgId":"o","taskId":"t","\\ud800":1}')),
    payload(Buffer.from('{"orgId":"o","taskId":"t","__proto__":{"deadline":1}}')),
    payload(Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)),
    payload(Buffer.from(`${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`)),
    payload(Buffer.from('{"orgId":"o","taskId":"t","deadline":1e999}')),
  ),
);

function mostly(usual: fc.Arbitrary<unknown>): fc.Arbitrary<Payload[]> {
  return fc.oneof(
    { weight: 6, arbitrary: usual.map((value) => [json(value)]) },
    { weight: 3, arbitrary: rawPayload.map((raw) => [raw]) },
    { weight: 1, arbitrary: fc.array(rawPayload, { maxLength: 3 }) },
  );
}

export const startPayloads = mostly(
  fc.oneof({ weight: 9, arbitrary: hostileInput(KNOWN_TASK) }, { weight: 1, arbitrary: hostileInput(UNKNOWN_TASK) }),
);
export const argumentPayloads = mostly(hostileUpdateArgument);

const unknownFields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${n}`, n]));
/** Near the two megabytes that a payload may have. */
export const LARGE: readonly Payload[] = [
  payload(Buffer.alloc(100_000, 0xff), 'binary/plain'),
  payload(Buffer.alloc(1_900_000, 0xff), 'binary/plain'),
  json({ ...KNOWN_TASK, ...unknownFields(100_000) }),
  json({ ...KNOWN_TASK, ['\ud800'.repeat(300_000)]: 1 }),
  json({ ...KNOWN_TASK, ['n'.repeat(1_900_000)]: 1 }),
  json({ ...KNOWN_TASK, reason: '🙂'.repeat(450_000) }),
  json({ ...KNOWN_TASK, poll: unknownFields(100_000) }),
  json(Array.from({ length: 900_000 }, () => 1)),
];

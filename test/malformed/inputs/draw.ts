import fc from 'fast-check';
import { temporal } from '@temporalio/proto';
import { seedOf } from '../../../bench/kit/random';
import { PROGRESS_QUERY, UPDATES } from '../../../domain/contract/names';
import { hostileText } from '../../hostile';
import type { Payload } from './payloads';
import { argumentPayloads, json, KNOWN_TASK, LARGE, payload, startPayloads } from './payloads';

type Failure = temporal.api.failure.v1.IFailure;

/** What anybody may send who reaches Temporal. */
export type Input =
  | { kind: 'start'; payloads: Payload[]; continuedFailure?: Failure }
  | { kind: 'update' | 'signal' | 'query'; name: string; payloads: Payload[] };

export const UPDATE_NAMES: readonly string[] = Object.values(UPDATES);

/** The server takes no longer ones. */
const MAX_NAME_CHARACTERS = 200;
const strangeName = hostileText.map((text) => `no${text.toWellFormed().slice(0, MAX_NAME_CHARACTERS)}`);

const drawn: fc.Arbitrary<Input> = fc.noBias(
  fc.oneof(
    { weight: 20, arbitrary: startPayloads.map((payloads): Input => ({ kind: 'start', payloads })) },
    { weight: 58, arbitrary: sent('update', fc.constantFrom(...UPDATE_NAMES)) },
    { weight: 2, arbitrary: sent('update', strangeName) },
    { weight: 10, arbitrary: sent('signal', fc.oneof(strangeName, fc.constantFrom('__temporal_x', ...UPDATE_NAMES))) },
    { weight: 9, arbitrary: sent('query', fc.constant(PROGRESS_QUERY)) },
    { weight: 1, arbitrary: sent('query', strangeName) },
  ),
);

function sent(kind: 'update' | 'signal' | 'query', name: fc.Arbitrary<string>): fc.Arbitrary<Input> {
  return fc.tuple(name, argumentPayloads).map(([name, payloads]) => ({ kind, name, payloads }));
}

/** Each depends on nothing but its seed and its number: it can be drawn alone. */
export function drawnInput(seed: number, index: number): Input {
  const [input] = fc.sample(drawn, { seed: seedOf(`${seed}/${index}`), numRuns: 1 });
  if (input === undefined) throw new Error('nothing was drawn');
  return input;
}

/** What a cron schedule or a retry hands on of the run before, as anybody may write it. */
const CONTINUED_FAILURES: readonly Failure[] = [
  temporal.api.failure.v1.Failure.fromObject({ message: 'm', activityFailureInfo: { retryState: 99 } }),
  { message: 'm', childWorkflowExecutionFailureInfo: {} },
  { message: '\u202e', applicationFailureInfo: { details: { payloads: [payload(Buffer.from('{'))] } } },
];

const LARGE_NAMES: readonly string[] = ['n'.repeat(900_000), '🙂'.repeat(200_000), '\u202e'.repeat(100_000)];

/** What is too large, or too rare, to be drawn: part of every run. */
export const FIXED: readonly Input[] = [
  ...LARGE.map((large): Input => ({ kind: 'start', payloads: [large] })),
  ...CONTINUED_FAILURES.map((continuedFailure): Input => ({
    kind: 'start',
    payloads: [json({ ...KNOWN_TASK, deadline: 'soon' })],
    continuedFailure,
  })),
  ...LARGE.slice(0, 6).flatMap((large) =>
    UPDATE_NAMES.map((name): Input => ({ kind: 'update', name, payloads: [large] })),
  ),
  ...LARGE_NAMES.map((name): Input => ({ kind: 'update', name: `no${name}`, payloads: [] })),
  ...LARGE.slice(0, 4).map((large): Input => ({ kind: 'signal', name: 'large', payloads: [large] })),
  ...['__temporal_x', '__stack_trace'].flatMap((name): Input[] => [
    { kind: 'signal', name, payloads: [] },
    { kind: 'query', name: `no${name}`, payloads: [] },
  ]),
  // The SDK would fail every workflow task at a name that is empty: the server takes none.
  { kind: 'signal', name: '', payloads: [] },
  { kind: 'update', name: '', payloads: [] },
];

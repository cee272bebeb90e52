import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { DEFAULT_TASK_QUEUE, PROGRESS_QUERY, UPDATES, workflowId, WORKFLOW_TYPE } from '../../domain/contract/names';
import { hostileInput, hostileText, hostileUpdateArgument } from '../hostile';
import { Stage } from '../stage/stage';
import type { WorkerProcess } from '../stage/workerProcess';
import { draws } from '../environment/draws';

/** `POISON_SEED=7 POISON_COUNT=20000 npm run poison` draws others, and more. */
const SEED = Number(process.env.POISON_SEED ?? 1);
const COUNT = Number(process.env.POISON_COUNT ?? draws(500, 2_000));
const UPDATES_SHARE = 0.3;
const AT_ONCE = 20;
/** The server lets a run have ten updates in flight, and two thousand in all. */
const UPDATES_AT_ONCE = 8;
const UPDATES_A_RUN = 1_000;

const MAX_FAILURE_BYTES = 16_000;
const MAX_LOG_BYTES = 10_000_000;
const MAX_GROWTH_MIB = 200;

jest.setTimeout(10 * 60_000);

const { HistoryEventFilterType } = temporal.api.enums.v1;
const COMPLETED =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;

type Payload = temporal.api.common.v1.IPayload;

let stage: Stage;
let worker: WorkerProcess;
let client: Client;
let connection: Connection;
beforeAll(async () => {
  stage = await Stage.begin();
  worker = await stage.startWorker();
  connection = await Connection.connect({ address: stage.server.address });
  client = new Client({ connection });
});
afterAll(async () => {
  await connection.close();
  await stage.end();
});

function payload(data: Uint8Array, encoding: string | Uint8Array | null = 'json/plain'): Payload {
  return { metadata: encoding === null ? {} : { encoding: Buffer.from(encoding) }, data };
}

function json(value: unknown): Payload {
  return payload(Buffer.from(JSON.stringify(value)));
}

const IDS = { orgId: 'o', taskId: 't' };

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

const startPayloads: fc.Arbitrary<Payload[]> = fc.oneof(
  { weight: 6, arbitrary: hostileInput(IDS).map((input) => [json(input)]) },
  { weight: 3, arbitrary: rawPayload.map((raw) => [raw]) },
  { weight: 1, arbitrary: fc.array(rawPayload, { maxLength: 3 }) },
);
const updatePayloads: fc.Arbitrary<Payload[]> = fc.oneof(
  { weight: 6, arbitrary: hostileUpdateArgument.map((argument) => [json(argument)]) },
  { weight: 3, arbitrary: rawPayload.map((raw) => [raw]) },
  { weight: 1, arbitrary: fc.array(rawPayload, { maxLength: 3 }) },
);

const unknownFields = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`field${n}`, n]));
/** Near the two megabytes that a payload may have. */
const LARGE: readonly Payload[] = [
  payload(Buffer.alloc(100_000, 0xff), 'binary/plain'),
  payload(Buffer.alloc(1_900_000, 0xff), 'binary/plain'),
  json({ ...IDS, ...unknownFields(100_000) }),
  json({ ...IDS, ['\ud800'.repeat(300_000)]: 1 }),
  json({ ...IDS, ['n'.repeat(1_900_000)]: 1 }),
  json({ ...IDS, reason: '🙂'.repeat(450_000) }),
  json({ ...IDS, poll: unknownFields(100_000) }),
  json(Array.from({ length: 900_000 }, () => 1)),
];

const LARGE_NAMES: readonly string[] = ['n'.repeat(900_000), '🙂'.repeat(200_000), '\u202e'.repeat(100_000)];

async function inTurn<T>(items: readonly T[], atOnce: number, work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

/** Throws for a failure that is too large, or would not be fit to be shown. */
function check(failure: temporal.api.failure.v1.IFailure): void {
  if (sizeOf(failure) >= MAX_FAILURE_BYTES) throw new Error(`a failure of ${sizeOf(failure)} bytes`);
  const text = `${failure.message} ${failure.stackTrace}`.replaceAll('\n', ' ');
  if (/[\p{Cc}\p{Cf}]/u.test(text)) throw new Error(`a failure with controls: ${JSON.stringify(failure.message)}`);
}

function sizeOf(failure: temporal.api.failure.v1.IFailure): number {
  const details = failure.applicationFailureInfo?.details?.payloads ?? [];
  return (
    Buffer.byteLength(failure.message ?? '') +
    Buffer.byteLength(failure.stackTrace ?? '') +
    details.reduce((bytes, { data }) => bytes + (data?.length ?? 0), 0)
  );
}

/** Starts a run and gives the type of the failure in which it ends. */
async function typeOfStarted(
  payloads: Payload[],
  more: temporal.api.workflowservice.v1.IStartWorkflowExecutionRequest = {},
): Promise<string> {
  const id = randomUUID();
  await connection.workflowService.startWorkflowExecution({
    namespace: 'default',
    requestId: randomUUID(),
    workflowId: id,
    workflowType: { name: WORKFLOW_TYPE },
    taskQueue: { name: DEFAULT_TASK_QUEUE },
    input: { payloads },
    ...more,
  });
  let end: temporal.api.history.v1.IHistoryEvent | undefined;
  // The server waits 20 s at most, and a busy machine may need longer.
  while (end === undefined) {
    const { history } = await connection.workflowService.getWorkflowExecutionHistory({
      namespace: 'default',
      execution: { workflowId: id },
      waitNewEvent: true,
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    });
    end = history?.events?.at(-1);
  }
  const failure = end.workflowExecutionFailedEventAttributes?.failure;
  if (!failure) throw new Error(`no failure: ${JSON.stringify(end)}`);
  check(failure);
  return failure.applicationFailureInfo?.type ?? 'none';
}

/** A run that goes on, for updates. */
async function startTarget(): Promise<string> {
  const ids = await stage.task({ settlesAfterMs: 3_600_000 });
  await client.workflow.start(WORKFLOW_TYPE, {
    taskQueue: DEFAULT_TASK_QUEUE,
    workflowId: workflowId(ids),
    args: [ids],
  });
  return workflowId(ids);
}

/** What came of an update: `answered`, or the type of its refusal. */
async function typeOfUpdated(target: string, name: string, payloads: Payload[]): Promise<string> {
  const { outcome } = await connection.workflowService.updateWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: target },
    request: { meta: { updateId: randomUUID() }, input: { name, args: { payloads } } },
    waitPolicy: { lifecycleStage: COMPLETED },
  });
  if (outcome?.success) return 'answered';
  if (!outcome?.failure) throw new Error('an update without an outcome');
  check(outcome.failure);
  return outcome.failure.applicationFailureInfo?.type ?? 'none';
}

async function residentMib(): Promise<number> {
  const status = await readFile(`/proc/${worker.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** No signal means anything to a run, whatever it is called and holds. */
async function signal(target: string, seed: number): Promise<void> {
  const named = fc.tuple(hostileText, updatePayloads).map(([name, payloads]) => [`s${name}`, payloads] as const);
  const signals: (readonly [string, Payload[]])[] = [
    ...fc.sample(named, { seed, numRuns: 50 }),
    ...['__temporal_x', '__stack_trace', UPDATES.pollNow].map((name): [string, Payload[]] => [name, []]),
    ...LARGE.slice(0, 4).map((large): [string, Payload[]] => ['large', [large]]),
  ];
  const send = async (signalName: string, payloads: Payload[]) =>
    await connection.workflowService.signalWorkflowExecution({
      namespace: 'default',
      workflowExecution: { workflowId: target },
      requestId: randomUUID(),
      signalName: signalName.toWellFormed().slice(0, 200),
      input: { payloads },
    });
  await inTurn(signals, UPDATES_AT_ONCE, async ([name, payloads]) => {
    await send(name, payloads);
  });
  // The SDK would fail every workflow task at a name that is empty: the server takes none.
  await expect(send('', [])).rejects.toThrow('SignalName is not set');
  await expect(typeOfUpdated(target, '', [])).rejects.toThrow('name is not set');
}

/** The query is answered, whatever comes with it, and another one is refused. */
async function query(target: string, seed: number): Promise<void> {
  const ask = async (queryType: string, payloads: Payload[]) =>
    await connection.workflowService.queryWorkflow({
      namespace: 'default',
      execution: { workflowId: target },
      query: { queryType, queryArgs: { payloads } },
    });
  await inTurn(fc.sample(updatePayloads, { seed, numRuns: 50 }), UPDATES_AT_ONCE, async (payloads) => {
    expect((await ask(PROGRESS_QUERY, payloads)).queryResult?.payloads).toHaveLength(1);
  });
  for (const name of ['__temporal_x', ...fc.sample(hostileText, { seed, numRuns: 5 })])
    await expect(ask(`no${name.toWellFormed().slice(0, 200)}`, [])).rejects.toThrow();
}

function tally(types: readonly string[]): Record<string, number> {
  return Object.fromEntries([...new Set(types)].map((type) => [type, types.filter((other) => other === type).length]));
}

/** What a cron schedule or a retry hands on of the run before, as anybody may write it. */
const CONTINUED_FAILURES: readonly temporal.api.failure.v1.IFailure[] = [
  temporal.api.failure.v1.Failure.fromObject({ message: 'm', activityFailureInfo: { retryState: 99 } }),
  { message: 'm', childWorkflowExecutionFailureInfo: {} },
  { message: '\u202e', applicationFailureInfo: { details: { payloads: [payload(Buffer.from('{'))] } } },
];

async function poison(count: number, seed: number): Promise<{ starts: string[]; updates: string[] }> {
  const updateCount = Math.round(count * UPDATES_SHARE);
  const starts: string[] = [];
  const updates: string[] = [];
  await inTurn(
    [...LARGE.map((large) => [large]), ...fc.sample(startPayloads, { seed, numRuns: count - updateCount })],
    AT_ONCE,
    async (payloads) => {
      starts.push(await typeOfStarted(payloads));
    },
  );
  for (const continuedFailure of CONTINUED_FAILURES)
    starts.push(await typeOfStarted([json({ ...IDS, deadline: 'soon' })], { continuedFailure }));
  let target = '';
  // `stopMonitoring` with an argument that happens to be right would end the run that the others
  // need.
  const names = [UPDATES.pollNow, UPDATES.extendDeadline, UPDATES.reissueCancel];
  const all = fc.sample(fc.tuple(fc.constantFrom(...names), updatePayloads), { seed, numRuns: updateCount });
  for (let from = 0; from < all.length; from += UPDATES_A_RUN) {
    target = await startTarget();
    await inTurn(all.slice(from, from + UPDATES_A_RUN), UPDATES_AT_ONCE, async ([name, payloads]) => {
      updates.push(await typeOfUpdated(target, name, payloads));
    });
    for (const large of LARGE.slice(0, 6))
      for (const name of Object.values(UPDATES)) updates.push(await typeOfUpdated(target, name, [large]));
    // The SDK quotes the name of an update that there is not.
    for (const name of [...fc.sample(hostileText, { seed, numRuns: 20 }), ...LARGE_NAMES])
      expect(await typeOfUpdated(target, `no${name.toWellFormed()}`, [])).toBe('Error');
    await signal(target, seed);
    await query(target, seed);
    await client.workflow.getHandle(target).executeUpdate(UPDATES.stopMonitoring);
  }
  return { starts, updates };
}

it(`${COUNT} generated starts and updates (seed ${SEED}) end in a typed answer each, and the worker never notices`, async () => {
  // What a worker takes once, such as compiled code and caches that fill, is no growth.
  await poison(Math.min(COUNT, 100), SEED + 1);
  const before = await residentMib();
  const { starts, updates } = await poison(COUNT, SEED);
  const after = await residentMib();
  console.log('starts', tally(starts), 'updates', tally(updates), 'MiB', Math.round(before), Math.round(after));
  expect(Object.keys(tally(starts)).sort()).toEqual(['InvalidInput', 'TaskNotFound']);
  expect(Object.keys(tally(updates)).sort()).toEqual(['InvalidInput', 'answered']);
  expect(starts.length + updates.length).toBeGreaterThanOrEqual(COUNT);
  expect(worker.output.length).toBeLessThan(MAX_LOG_BYTES);
  expect(after - before).toBeLessThan(MAX_GROWTH_MIB);
  worker.signal('SIGTERM');
  expect(await worker.exitCode).toBe(0);
});

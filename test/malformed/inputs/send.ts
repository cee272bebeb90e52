import { randomUUID } from 'node:crypto';
import type { Connection } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { status } from '@grpc/grpc-js';
import { parsedProgress, parsedResult } from '../../../client/answers';
import { SECOND_MS } from '../../../domain/contract/duration';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../../../domain/contract/names';
import { checkDocument, checkText, typeOf } from './checks';
import type { Input } from './draw';
import type { Payload } from './payloads';

/** More than the 30 s that an update may take, and the 10 s of a task that is not found. */
const LIMIT_MS = 120 * SECOND_MS;
const BETWEEN_ATTEMPTS_MS = SECOND_MS;

const { HistoryEventFilterType } = temporal.api.enums.v1;
const COMPLETED =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED;

const NAMESPACE = 'default';

/** The run to which an update or a signal went was over, by an update that had been right. */
export const OVER = 'over';

/**
 * Sends one input, and gives what it came to: an outcome, the type of a failure, `answered`,
 * `taken`, or what the server refused it with. A server or a worker that has no time for it gets it
 * again.
 *
 * @param target the workflow that updates, signals and queries go to
 * @throws Error that says what is wrong with the answer, or that there is none within the limit
 */
export async function send(connection: Connection, input: Input, target: string): Promise<string> {
  const giveUpAtMs = Date.now() + LIMIT_MS;
  for (;;) {
    const came = await connection.withDeadline(giveUpAtMs, () => attempt(connection, input, target));
    if (came.kind === 'came') return came.to;
    if (Date.now() > giveUpAtMs) throw new Error(came.why);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ATTEMPTS_MS));
  }
}

type Attempt = { kind: 'came'; to: string } | { kind: 'again'; why: string };

async function attempt(connection: Connection, input: Input, target: string): Promise<Attempt> {
  try {
    return { kind: 'came', to: await sent(connection, input, target) };
  } catch (error) {
    if (!isGrpcServiceError(error)) throw error;
    checkText(error.details);
    const why = `${status[error.code]}: ${error.details}`;
    if (error.code === status.NOT_FOUND && input.kind !== 'start') return { kind: 'came', to: OVER };
    if (error.code === status.INVALID_ARGUMENT) return { kind: 'came', to: 'refused by the server' };
    if (BUSY.includes(error.code)) return { kind: 'again', why };
    throw new Error(why, { cause: error });
  }
}

/** A workflow task that was not done in time, thrice, is a precondition that has failed. */
const BUSY = [
  status.UNAVAILABLE,
  status.RESOURCE_EXHAUSTED,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.ABORTED,
  status.FAILED_PRECONDITION,
];

async function sent(connection: Connection, input: Input, target: string): Promise<string> {
  switch (input.kind) {
    case 'start':
      return await started(connection, input);
    case 'update':
      return await updated(connection, input, target);
    case 'signal':
      await connection.workflowService.signalWorkflowExecution({
        namespace: NAMESPACE,
        workflowExecution: { workflowId: target },
        requestId: randomUUID(),
        signalName: input.name,
        input: { payloads: input.payloads },
      });
      return 'taken';
    case 'query': {
      const { queryResult } = await connection.workflowService.queryWorkflow({
        namespace: NAMESPACE,
        execution: { workflowId: target },
        query: { queryType: input.name, queryArgs: { payloads: input.payloads } },
      });
      checkDocument(parsedProgress(documentIn(queryResult?.payloads)));
      return 'answered';
    }
  }
}

async function started(
  connection: Connection,
  { payloads, ...more }: Extract<Input, { kind: 'start' }>,
): Promise<string> {
  const id = randomUUID();
  const continuedFailure = more.continuedFailure === undefined ? {} : { continuedFailure: more.continuedFailure };
  await connection.workflowService.startWorkflowExecution({
    namespace: NAMESPACE,
    requestId: randomUUID(),
    workflowId: id,
    workflowType: { name: WORKFLOW_TYPE },
    taskQueue: { name: DEFAULT_TASK_QUEUE },
    input: { payloads },
    ...continuedFailure,
  });
  let end: temporal.api.history.v1.IHistoryEvent | undefined;
  // The server waits 20 s at most, and a busy machine may need longer.
  while (end === undefined) {
    const { history } = await connection.workflowService.getWorkflowExecutionHistory({
      namespace: NAMESPACE,
      execution: { workflowId: id },
      waitNewEvent: true,
      historyEventFilterType: HistoryEventFilterType.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT,
    });
    end = history?.events?.at(-1);
  }
  const { workflowExecutionCompletedEventAttributes: completed, workflowExecutionFailedEventAttributes: failed } = end;
  if (completed) {
    const result = parsedResult(documentIn(completed.result?.payloads));
    checkDocument(result);
    return result.outcome;
  }
  if (!failed?.failure) throw new Error(`neither a result nor a failure: ${JSON.stringify(end)}`);
  return typeOf(failed.failure);
}

async function updated(
  connection: Connection,
  { name, payloads }: Extract<Input, { name: string }>,
  target: string,
): Promise<string> {
  const updateId = randomUUID();
  const workflowExecution = { workflowId: target };
  let { outcome } = await connection.workflowService.updateWorkflowExecution({
    namespace: NAMESPACE,
    workflowExecution,
    request: { meta: { updateId }, input: { name, args: { payloads } } },
    waitPolicy: { lifecycleStage: COMPLETED },
  });
  // The server waits 20 s at most, as above.
  while (!outcome)
    ({ outcome } = await connection.workflowService.pollWorkflowExecutionUpdate({
      namespace: NAMESPACE,
      updateRef: { workflowExecution, updateId },
      waitPolicy: { lifecycleStage: COMPLETED },
    }));
  if (outcome.success) {
    checkDocument(parsedProgress(documentIn(outcome.success.payloads)));
    return 'answered';
  }
  if (!outcome.failure) throw new Error('an update without an outcome');
  return typeOf(outcome.failure);
}

function documentIn(payloads: Payload[] | null | undefined): unknown {
  return JSON.parse(Buffer.from(payloads?.[0]?.data ?? []).toString());
}

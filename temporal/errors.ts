import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { rethrowKnownErrorTypes } from '@temporalio/client/lib/helpers';
import { parseWorkflowId } from '../domain/contract/names';
import { plainText, quotedShort, shellQuoted } from '../domain/text/printedText';

/**
 * Why a call of the client brought nothing. `type` tells the kinds apart where `instanceof` cannot
 * (another realm, a JSON document); the message is one line for people and says what to do about
 * it.
 */
export abstract class CancellationError extends Error {
  abstract readonly type: string;
  override get name(): string {
    return this.type;
  }
}

/**
 * An input, an update's argument or an id is not within its limits. Each problem begins with the
 * name of its field.
 */
export class InvalidInputError extends CancellationError {
  readonly type = 'InvalidInput';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('; '));
  }
}

/** No cancellation of this task was ever started, or Temporal no longer keeps it. */
export class NotStartedError extends CancellationError {
  readonly type = 'NotStarted';
  constructor(readonly workflowId: string) {
    super(
      parseWorkflowId(workflowId) === null
        ? `no cancellation has the workflow id ${quotedShort(workflowId)}: vmc-cancel list tells of all`
        : `no cancellation of this task was ever started (${workflowId}): start one with vmc-cancel start`,
    );
  }
}

/** The cancellation is over: it takes no more updates. */
export class AlreadyOverError extends CancellationError {
  readonly type = 'AlreadyOver';
  constructor(readonly workflowId: string) {
    super(`the cancellation is over already (${workflowId}): see vmc-cancel result`);
  }
}

/**
 * Somebody has paused the run in Temporal: it does nothing, and answers nobody, until it is
 * unpaused.
 */
export class PausedError extends CancellationError {
  readonly type = 'Paused';
  constructor(
    readonly workflowId: string,
    readonly runId: string,
    namespace: string,
    /** Foreign text. */
    reason: string | null,
  ) {
    super(
      `the cancellation is paused in Temporal${reason === null ? '' : ` (${quotedShort(plainText(reason))})`}: unpause it with ` +
        `temporal workflow unpause --namespace ${shellQuoted(namespace)} --workflow-id ${shellQuoted(workflowId)}`,
    );
  }
}

/**
 * Temporal is there, but no worker answered in time. The cancellation waits, and goes on when a
 * worker comes.
 */
export class NoWorkerError extends CancellationError {
  readonly type = 'NoWorker';
  constructor(
    readonly taskQueue: string,
    cause?: unknown,
  ) {
    super(`no worker answers on the task queue "${taskQueue}": start one (npm run worker)`, { cause: rootOf(cause) });
  }
}

export class TemporalUnreachableError extends CancellationError {
  readonly type = 'TemporalUnreachable';
  constructor(
    readonly address: string,
    cause: unknown,
    /** What else may be the reason. */
    hint = '',
  ) {
    super(`Temporal cannot be reached at ${address}: is it running, and is TEMPORAL_ADDRESS right?${hint}`, { cause });
  }
}

/**
 * Temporal answered, and said no: a namespace that does not exist, a key that it does not know, a
 * right that is missing.
 */
export class TemporalRefusedError extends CancellationError {
  readonly type = 'TemporalRefused';
}

/** The worker refused an update; nothing changed. */
export class UpdateRejectedError extends CancellationError {
  readonly type = 'UpdateRejected';
}

/**
 * An answer that is not of the contract's shape: the worker and this client are of different
 * versions.
 */
export class UnexpectedAnswerError extends CancellationError {
  readonly type = 'UnexpectedAnswer';
  constructor(what: string, problems: readonly string[]) {
    super(`${what} is not of the shape that this version knows (${problems.join('; ')}): are worker and client alike?`);
  }
}

/**
 * Why a run ended without a verdict: the type of its failure (`Unauthorized`, `TaskNotFound`, …),
 * or `Terminated`, `Canceled`, `TimedOut`.
 */
export interface RunFailure {
  type: string;
  message: string;
}

export class RunFailedError extends CancellationError {
  readonly type = 'RunFailed';
  constructor(
    readonly workflowId: string,
    readonly failure: RunFailure,
  ) {
    super(`${failure.type}: ${failure.message}`);
  }
}

export function isCancellationError(error: unknown): error is CancellationError {
  return error instanceof CancellationError;
}

/** What a call was about, for the message of its failure. */
export interface CallSubject {
  address: string;
  namespace: string;
  workflowId?: string;
}

/** gRPC's numbers; the enum itself is in a package that is not ours to depend on. */
const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
  unauthenticated: 16,
} as const;

/** What may pass by itself: these speak of the way to Temporal, not of the question. */
const UNREACHABLE_CODES: readonly number[] = [
  GRPC.cancelled,
  GRPC.unknown,
  GRPC.deadlineExceeded,
  GRPC.resourceExhausted,
  GRPC.aborted,
  GRPC.internal,
  GRPC.unavailable,
  GRPC.dataLoss,
];

/**
 * The one place where what Temporal's client throws becomes an error of ours. What is neither is
 * handed back as it came.
 */
export function cancellationError(thrown: unknown, { address, namespace, workflowId }: CallSubject): unknown {
  if (isCancellationError(thrown)) return thrown;
  const error = knownError(thrown);
  if (error instanceof NamespaceNotFoundError) return namespaceMissing(error, address, namespace);
  if (error instanceof WorkflowNotFoundError && workflowId !== undefined) return new NotStartedError(workflowId);
  if (error instanceof WorkflowUpdateFailedError)
    return new UpdateRejectedError(error.cause?.message ?? error.message, { cause: error });
  if (error instanceof QueryNotRegisteredError) return new UnexpectedAnswerError('the progress', [error.message]);
  const status = grpcStatus(error);
  if (status === null) return error;
  if (UNREACHABLE_CODES.includes(status.code)) return new TemporalUnreachableError(address, error);
  if (status.code === GRPC.unauthenticated || status.code === GRPC.permissionDenied)
    return new TemporalRefusedError(
      `Temporal at ${address} does not permit this in the namespace "${namespace}" (${status.details}): is TEMPORAL_API_KEY right?`,
      { cause: error },
    );
  if (status.code === GRPC.notFound && workflowId !== undefined) return new NotStartedError(workflowId);
  if (status.code === GRPC.notFound) return namespaceMissing(error, address, namespace);
  if (status.code === GRPC.unimplemented)
    return new TemporalRefusedError(
      `what answers at ${address} is not Temporal (${status.details}): is TEMPORAL_ADDRESS right?`,
      { cause: error },
    );
  return new TemporalRefusedError(`Temporal at ${address} refused: ${status.details}`, { cause: error });
}

/**
 * The SDK tells some of its errors apart by the details of gRPC's, but not in calls to the service
 * itself.
 */
function knownError(error: unknown): unknown {
  try {
    if (isGrpcServiceError(error)) rethrowKnownErrorTypes(error);
    return error;
  } catch (known) {
    // What stumbles over an error without details is no error of the SDK's own.
    return known instanceof TypeError ? error : known;
  }
}

function namespaceMissing(cause: unknown, address: string, namespace: string): TemporalRefusedError {
  return new TemporalRefusedError(
    `the namespace "${namespace}" does not exist on Temporal at ${address}: is TEMPORAL_NAMESPACE right?`,
    { cause },
  );
}

/**
 * No worker took the question up: the time ran out (where the server notices first, it cancels the
 * call), or the server knows that nobody polls or that the run cannot answer yet.
 */
export function meansNobodyAnswered(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code === GRPC.deadlineExceeded || code === GRPC.cancelled || code === GRPC.failedPrecondition;
}

/**
 * The server keeps this call to its own operators, as Temporal Cloud does with search attributes.
 */
export function meansNotPermitted(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code === GRPC.permissionDenied || code === GRPC.unauthenticated;
}

/**
 * A query that the server cannot make sense of, such as one with a search attribute that it does
 * not have.
 */
export function meansInvalidQuery(error: unknown): boolean {
  return grpcStatus(error)?.code === GRPC.invalidArgument;
}

/** What an error of ours was made of, which here tells more than the error itself. */
function rootOf(error: unknown): unknown {
  return isCancellationError(error) ? error.cause : error;
}

function grpcStatus(error: unknown): { code: number; details: string } | null {
  let link = error;
  for (let depth = 0; depth < 10 && link instanceof Error; depth++) {
    if (isGrpcServiceError(link)) return { code: link.code, details: link.details };
    link = link.cause;
  }
  return null;
}

import type { StatusObject } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { rethrowKnownErrorTypes } from '@temporalio/client/lib/helpers';
import { shellQuote } from '../domain/text/printedText';
import {
  isCancellationError,
  NotStartedError,
  TemporalRefusedError,
  TemporalUnreachableError,
  UnexpectedAnswerError,
  UpdateRejectedError,
} from './errors';

/** What a call was about, for the message of its failure. */
export interface CallSubject {
  address: string;
  namespace: string;
  workflowId?: string;
}

/** Transient: these concern the connection to Temporal, not the request. */
const UNREACHABLE_CODES: readonly status[] = [
  status.CANCELLED,
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
  status.ABORTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
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
  const answer = grpcStatus(error);
  if (answer === null) return error;
  if (UNREACHABLE_CODES.includes(answer.code)) return new TemporalUnreachableError(address, error);
  if (answer.code === status.UNAUTHENTICATED || answer.code === status.PERMISSION_DENIED)
    return new TemporalRefusedError(
      `Temporal at ${address} does not permit this in the namespace "${namespace}" (${answer.details}): is TEMPORAL_API_KEY right?`,
      { cause: error },
    );
  if (answer.code === status.NOT_FOUND && workflowId !== undefined) return new NotStartedError(workflowId);
  if (answer.code === status.NOT_FOUND) return namespaceMissing(error, address, namespace);
  if (answer.code === status.UNIMPLEMENTED)
    return new TemporalRefusedError(
      `what answers at ${address} is not Temporal (${answer.details}): is TEMPORAL_ADDRESS right?`,
      { cause: error },
    );
  return new TemporalRefusedError(`Temporal at ${address} refused: ${answer.details}`, { cause: error });
}

/**
 * The SDK tells some errors by the details of gRPC's, but not in calls to the service
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
    `the namespace "${namespace}" does not exist on Temporal at ${address}: set TEMPORAL_NAMESPACE to one that does, or create it ` +
      `(temporal operator namespace create --namespace ${shellQuote(namespace)})`,
    { cause },
  );
}

/**
 * No worker took the question up: the time ran out (where the server notices first, it cancels the
 * call), or the server knows that no worker polls or that the run cannot answer yet.
 */
export function meansNobodyAnswered(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED || code === status.FAILED_PRECONDITION;
}

/** A worker took the run's latest workflow task, and failed at it: a query waits in vain. */
export function meansTaskFailed(error: unknown): boolean {
  const answer = grpcStatus(error);
  return answer?.code === status.FAILED_PRECONDITION && answer.details.includes('Workflow Task in failed state');
}

/** Temporal has not answered, or only that it cannot now: the same call may succeed later. */
export function isUnreachable(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code !== undefined && UNREACHABLE_CODES.includes(code);
}

/**
 * The server keeps its operator service to itself, as Temporal Cloud does. Some servers deny the
 * permission, others do not implement the call.
 */
export function meansOperatorsOnly(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code === status.PERMISSION_DENIED || code === status.UNIMPLEMENTED || code === status.UNAUTHENTICATED;
}

/** Temporal does not take the credentials, or not for this call. */
export function meansCredentialsRefused(error: unknown): boolean {
  const code = grpcStatus(error)?.code;
  return code === status.PERMISSION_DENIED || code === status.UNAUTHENTICATED;
}

/**
 * A query that the server cannot make sense of, such as one with a search attribute that it does
 * not have.
 */
export function meansInvalidQuery(error: unknown): boolean {
  return grpcStatus(error)?.code === status.INVALID_ARGUMENT;
}

function grpcStatus(error: unknown): Pick<StatusObject, 'code' | 'details'> | null {
  let link = error;
  for (let depth = 0; depth < 10 && link instanceof Error; depth++) {
    if (isGrpcServiceError(link)) return { code: link.code, details: link.details };
    link = link.cause;
  }
  return null;
}

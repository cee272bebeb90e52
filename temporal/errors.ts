import { parseWorkflowId } from '../domain/contract/names';
import { printable, shortQuote, shellQuote } from '../domain/text/printedText';

/**
 * Why a call of the client failed. `type` distinguishes the kinds where `instanceof` cannot
 * (another realm, a JSON document); the message is one line, with its
 * remedy.
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
        ? `no cancellation has the workflow id ${shortQuote(workflowId)}: vmc-cancel list shows all`
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
 * The run does nothing, and answers no query, until somebody acts: waiting, or another worker of
 * the same build, changes nothing.
 */
export abstract class HaltedError extends CancellationError {
  abstract override readonly type: 'Paused' | 'Stuck';
  constructor(
    readonly workflowId: string,
    readonly runId: string,
    message: string,
  ) {
    super(message);
  }
}

/** The run was paused in Temporal, and goes on when it is unpaused. */
export class PausedError extends HaltedError {
  readonly type = 'Paused';
  constructor(
    workflowId: string,
    runId: string,
    namespace: string,
    /** Foreign text. */
    reason: string | null,
  ) {
    const quoted = reason === null ? '' : ` (${shortQuote(printable(reason))})`;
    super(
      workflowId,
      runId,
      `the cancellation is paused in Temporal${quoted}: unpause it with ` +
        `temporal workflow unpause ${workflowFlags(namespace, workflowId)}`,
    );
  }
}

/** What Temporal calls the cause where the worker's code does not fit the run's history. */
export const DOES_NOT_REPLAY = 'NonDeterministicError';

/** The run's workflow tasks fail one after the other: its worker cannot carry it on. */
export class StuckError extends HaltedError {
  readonly type = 'Stuck';
  constructor(
    workflowId: string,
    runId: string,
    namespace: string,
    /** As Temporal reports it, such as `NonDeterministicError`; foreign text. */
    readonly reason: string,
  ) {
    const remedy =
      reason === DOES_NOT_REPLAY
        ? `its history does not replay on this worker. Roll the worker back if it was just deployed; if not, or if you cannot, reset the run, ` +
          `which sends the cancel again: temporal workflow reset ${workflowFlags(namespace, workflowId)} ` +
          `--type FirstWorkflowTask --reason stuck`
        : 'see the log of the worker';
    super(workflowId, runId, `the cancellation is stuck (${printable(reason)}): ${remedy}`);
  }
}

function workflowFlags(namespace: string, workflowId: string): string {
  return `--namespace ${shellQuote(namespace)} --workflow-id ${shellQuote(workflowId)}`;
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
    why = 'start one (npm run worker)',
  ) {
    super(`no worker answers on the task queue "${taskQueue}": ${why}`, { cause: rootOf(cause) });
  }
}

export class TemporalUnreachableError extends CancellationError {
  readonly type = 'TemporalUnreachable';
  constructor(
    readonly address: string,
    cause: unknown,
    /** What is known of the reason, with its remedy. */
    hint: string | null = null,
  ) {
    super(`Temporal cannot be reached at ${address}: ${hint ?? 'is it running, and is TEMPORAL_ADDRESS right?'}`, {
      cause,
    });
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

/** The cause of an error of ours, which has more details than the error itself. */
function rootOf(error: unknown): unknown {
  return isCancellationError(error) ? error.cause : error;
}

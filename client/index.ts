export type { CancelTaskInput } from '../domain/contract/input';
export { workflowId } from '../domain/contract/names';
export type { CancelTaskProgress, CancelTaskResult, Outcome, Phase, Trouble } from '../domain/contract/result';
export type { ExtendDeadlineArgument, OperatorArgument, StopMonitoringArgument } from '../domain/contract/updates';
export type { WaitOptions } from './result';
export type { StartedCancellation } from './start';
export { CancellationClient } from './cancellationClient';
export type { CancellationId } from './cancellationId';
export type { ConnectOptions } from '../temporal/connection';
export type { RunFailure } from '../temporal/errors';
export {
  AlreadyOverError,
  CancellationError,
  HaltedError,
  InvalidInputError,
  NotStartedError,
  NoWorkerError,
  PausedError,
  RunFailedError,
  StuckError,
  TemporalRefusedError,
  TemporalUnreachableError,
  UnexpectedAnswerError,
  UpdateRejectedError,
} from '../temporal/errors';
export type { CancellationListing, ListFilter } from './list';
export type { OptionDifference } from './optionDifferences';
export type { RegisteredSearchAttributes } from '../temporal/searchAttributes';
export type { CancellationState, RunReference, RunStatus } from './runState';
export type { WatchEvent, WatchOptions } from './watch';

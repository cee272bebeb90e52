export type { CancelTaskInput } from '../domain/input';
export { workflowId } from '../domain/names';
export type { CancelTaskProgress, CancelTaskResult, Outcome, Phase, Trouble } from '../domain/report';
export type { ExtendDeadlineArgument, OperatorArgument, StopMonitoringArgument } from '../domain/updates';
export type { WaitOptions } from './ending';
export type { StartedCancellation, StartOptions } from './starting';
export type { StartMark } from './startMark';
export { CancellationClient } from './cancellationClient';
export type { CancellationId } from './cancellationId';
export type { ConnectOptions } from './connection';
export type { RunFailure } from './errors';
export {
  AlreadyOverError,
  CancellationError,
  InvalidInputError,
  NotStartedError,
  NoWorkerError,
  PausedError,
  RunFailedError,
  TemporalRefusedError,
  TemporalUnreachableError,
  UnexpectedAnswerError,
  UpdateRejectedError,
} from './errors';
export type { CancellationListing, ListFilter } from './listing';
export type { OptionDifference } from './optionDifferences';
export type { RegisteredSearchAttributes } from './searchAttributes';
export type { CancellationState, RunReference, RunStatus } from './state';
export type { WatchEvent, WatchOptions } from './watch';

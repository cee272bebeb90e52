import type { CancelTaskProgress, CancelTaskResult, Outcome } from '../../domain/contract/result';
import { labelOf } from '../../client/cancellationId';
import type { CancellationIds } from '../../client/cancellationId';
import type { HaltedError, RunFailure } from '../../temporal/errors';

/** The summary of a cancellation for one line. */
export interface Glance {
  taskId: string;
  /** The outcome, else the task's status at the API, else the phase of the run. */
  state: string;
  mood: 'good' | 'bad' | 'pending';
  percent: number | null;
  phase: string | null;
  startedAtMs: number | null;
  /** Null while it runs. */
  endedAtMs: number | null;
  nextPollAtMs: number | null;
  trouble: string | null;
}

export function glanceOfProgress(progress: CancelTaskProgress): Glance {
  const { task, trouble } = progress;
  return {
    taskId: progress.taskId,
    state: task?.status ?? progress.phase,
    mood: 'pending',
    percent: task?.progressPercent ?? null,
    phase: task?.phaseInProgress ?? task?.subStatus ?? null,
    startedAtMs: Date.parse(progress.startedAt),
    endedAtMs: null,
    nextPollAtMs: progress.nextPollAt === null ? null : Date.parse(progress.nextPollAt),
    trouble: trouble === null ? null : `${trouble.type}: ${trouble.message}`,
  };
}

export function glanceOfResult(result: CancelTaskResult): Glance {
  return {
    taskId: result.taskId,
    state: result.outcome,
    mood: moodOf(result.outcome),
    percent: null,
    phase: result.alreadySettled ? 'it was over before the cancel' : null,
    startedAtMs: Date.parse(result.startedAt),
    endedAtMs: Date.parse(result.observedAt),
    nextPollAtMs: null,
    trouble: null,
  };
}

export function glanceOfFailure(taskId: string, { type, message }: RunFailure): Glance {
  return { ...unknownGlance(taskId), state: type, mood: 'bad', trouble: message };
}

export function glanceOfHalt(ids: CancellationIds, { type }: HaltedError): Glance {
  return { ...unknownGlance(labelOf(ids)), state: type.toUpperCase() };
}

export function unknownGlance(taskId: string): Glance {
  return {
    taskId,
    state: '…',
    mood: 'pending',
    percent: null,
    phase: null,
    startedAtMs: null,
    endedAtMs: null,
    nextPollAtMs: null,
    trouble: null,
  };
}

const GOOD_OUTCOME: Outcome = 'CANCELED';

/** @param outcome one of ours, or what another version of the worker calls one */
export function moodOf(outcome: string): Glance['mood'] {
  return outcome === GOOD_OUTCOME ? 'good' : 'bad';
}

import type { Cancellation, Ending } from '../cancellation/state';
import type { CancelTaskSettings } from './input';
import { iso } from './instant';
import type { CancelTaskProgress, CancelTaskResult, Phase } from './result';

/** The result and the progress of a cancellation, made from its state. */

type Common = Omit<CancelTaskResult, 'outcome' | 'observedAt'>;

function common(state: Cancellation, settings: CancelTaskSettings): Common {
  const { orgId, taskId, reason, requestedBy } = settings;
  return {
    alreadySettled: state.ending?.kind === 'outcome' && state.ending.alreadySettled,
    orgId,
    taskId,
    reason,
    requestedBy,
    startedAt: iso(state.startedAtMs),
    acceptedAt: isoOrNull(state.acceptedAtMs),
    cancelRequests: state.cancelRequests,
    polls: state.polls,
    task: state.task,
    declined: state.declined,
    timeline: [...state.timeline],
  };
}

export function resultOf(
  state: Cancellation,
  ending: Ending & { kind: 'outcome' },
  settings: CancelTaskSettings,
): CancelTaskResult {
  return { outcome: ending.outcome, ...common(state, settings), observedAt: iso(ending.atMs) };
}

export function progressOf(state: Cancellation, settings: CancelTaskSettings): CancelTaskProgress {
  return {
    phase: phaseOf(state),
    ...common(state, settings),
    observedAt: isoOrNull(state.lastSeenAtMs),
    deadlineAt: iso(state.deadlineAtMs),
    nextPollAt: isoOrNull(state.nextReadAtMs),
    trouble: state.trouble,
  };
}

function phaseOf({ ending, stage, task }: Cancellation): Phase {
  if (ending !== null) return 'SETTLED';
  // Where no answer to a cancel could be read, the task is read first: that is still the first
  // contact.
  return stage === 'monitoring' && task !== null ? 'MONITORING' : 'REQUESTING';
}

function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

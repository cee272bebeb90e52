import type { Sinks } from '@temporalio/workflow';
import { log, proxySinks } from '@temporalio/workflow';
import type { Cancellation, Ending } from '../domain/cancellation/state';
import { SECOND_MS } from '../domain/contract/duration';
import type { TroubleType } from '../domain/contract/answers';
import type { Outcome, Trouble } from '../domain/contract/result';

/**
 * What a run reports to its worker. The SDK passes a call on when its workflow task has completed,
 * and not when a replay repeats it: each is counted once, by the worker that decided it.
 */
export interface RunSinks extends Sinks {
  runs: {
    /** The API accepted a cancel for the first time. */
    accepted(afterSeconds: number): void;
    verdict(outcome: Outcome, afterSeconds: number): void;
    /** The run failed: there can be no verdict. */
    failed(type: string): void;
    /** The latest call failed. */
    troubled(type: TroubleType, nextCallAtMs: number): void;
    untroubled(): void;
  };
}

const { runs } = proxySinks<RunSinks>();

/** Reports what a change of the state means to operators. */
export function reportChange(before: Cancellation, after: Cancellation): void {
  const { startedAtMs, acceptedAtMs, trouble, ending } = after;
  if (before.acceptedAtMs === null && acceptedAtMs !== null) runs.accepted((acceptedAtMs - startedAtMs) / SECOND_MS);
  if (ending === null && before.trouble !== trouble) reportTrouble(before.trouble, after);
  if (ending !== null && before.ending === null) reportEnding(ending, startedAtMs);
}

function reportTrouble(before: Trouble | null, { trouble, nextCancelAtMs, nextReadAtMs }: Cancellation): void {
  if (trouble === null) runs.untroubled();
  else runs.troubled(trouble.type, Math.max(nextCancelAtMs ?? 0, nextReadAtMs ?? 0));
  if (before?.type === trouble?.type) return;
  if (before !== null) log.info('trouble ended', { type: before.type });
  if (trouble !== null) log.warn('trouble began', { type: trouble.type, reason: trouble.message });
}

function reportEnding(ending: Ending, startedAtMs: number): void {
  switch (ending.kind) {
    case 'outcome': {
      const tookMs = ending.atMs - startedAtMs;
      runs.verdict(ending.outcome, tookMs / SECOND_MS);
      log.info('verdict', { outcome: ending.outcome, tookMs });
      break;
    }
    case 'failure':
      reportFailure(ending.type, ending.message);
  }
}

export function reportFailure(type: string, reason: string): void {
  runs.failed(type);
  // No error of the worker: most often the starter's id or credentials are wrong.
  log.warn('no verdict', { type, reason });
}

import { activityInfo, ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { VmcPort } from '../../activities/port';
import type { TaskIds } from '../../domain/contract/ids';
import { isTerminal } from '../../domain/cancellation/taskStatus';
import type { PollPace } from '../../domain/schedule/pollSchedule';
import { pollDelayMs } from '../../domain/schedule/pollSchedule';

const TIME_LIMIT_MS = 9_000;

/**
 * @param pace of the shipped schedule, whose waits the failures carry; without it, the retry
 * policy's
 */
export type ReadUntilOver = (ids: TaskIds, pace?: PollPace) => Promise<string>;

/** A status read that fails, to be retried, while the task goes on. */
export function createReadUntilOver(vmc: Pick<VmcPort, 'getTask'>): ReadUntilOver {
  return async (ids, pace) => {
    const answer = await vmc.getTask(ids, { signal: cancellationSignal(), timeLimitMs: TIME_LIMIT_MS });
    if (answer.kind === 'task' && isTerminal(answer.task.status)) return answer.task.status;
    throw ApplicationFailure.create({
      message: 'The task goes on',
      type: 'GoesOn',
      category: 'BENIGN',
      nextRetryDelay: pace === undefined ? undefined : adaptedDelayMs(pace),
    });
  };
}

/** How far an estimate has fallen would have to be kept in heartbeat details: it is left out. */
function adaptedDelayMs(pace: PollPace): number {
  const elapsedMs = Date.now() - activityInfo().scheduledTimestampMs;
  return pollDelayMs(pace, { elapsedMs, estimate: null, retryAfterMs: 0 }, Math.random());
}

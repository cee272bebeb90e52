import { proxyActivities } from '@temporalio/workflow';
import type { createActivities } from '../../activities';
import type { PollPace } from '../../domain/schedule/pollSchedule';
import type { ReadUntilOver } from './readUntilOver';
import type { FixedWaitInput } from './variants';

const { requestCancel } = proxyActivities<ReturnType<typeof createActivities>>({ startToCloseTimeout: 10_000 });

/**
 * Cancel, then one activity that fails for as long as the task goes on: the server retries it, and
 * the history does not grow.
 */
export async function retriedActivity(input: FixedWaitInput): Promise<string> {
  return await cancelAndRetry(input);
}

/** The same with waits that adapt: each failure carries the delay of the next attempt. */
export async function adaptiveRetry(input: FixedWaitInput): Promise<string> {
  return await cancelAndRetry(input, { minMs: input.waitMs, maxMs: input.waitMs, ratio: 1 });
}

async function cancelAndRetry({ orgId, taskId, waitMs, maxReads }: FixedWaitInput, pace?: PollPace): Promise<string> {
  const { readUntilOver } = proxyActivities<{ readUntilOver: ReadUntilOver }>({
    startToCloseTimeout: 10_000,
    retry: { initialInterval: waitMs, backoffCoefficient: 1, maximumAttempts: maxReads },
  });
  await requestCancel({ orgId, taskId });
  return await readUntilOver({ orgId, taskId }, pace);
}

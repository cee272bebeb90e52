import { proxyActivities } from '@temporalio/workflow';
import type { createActivities } from '../../activities';
import type { ReadUntilOver } from './readUntilOver';
import type { FixedWaitInput } from './variants';

const { requestCancel } = proxyActivities<ReturnType<typeof createActivities>>({ startToCloseTimeout: 10_000 });

/** Cancel, then one activity that fails for as long as the task goes on: the server repeats it, and the history does not grow. */
export async function retriedActivity({ orgId, taskId, waitMs, maxReads }: FixedWaitInput): Promise<string> {
  const { readUntilOver } = proxyActivities<{ readUntilOver: ReadUntilOver }>({
    startToCloseTimeout: 10_000,
    retry: { initialInterval: waitMs, backoffCoefficient: 1, maximumAttempts: maxReads },
  });
  await requestCancel({ orgId, taskId });
  return await readUntilOver({ orgId, taskId });
}

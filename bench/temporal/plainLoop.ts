import { proxyActivities, sleep } from '@temporalio/workflow';
import type { createActivities } from '../../activities';
import { isTerminal } from '../../domain/cancellation/taskStatus';
import type { FixedWaitInput } from './variants';

const { requestCancel, getTaskStatus } = proxyActivities<ReturnType<typeof createActivities>>({
  startToCloseTimeout: 10_000,
});

/** What one writes first: cancel, then look again and again after a fixed wait. */
export async function plainLoop({ orgId, taskId, waitMs, maxReads }: FixedWaitInput): Promise<string> {
  await requestCancel({ orgId, taskId });
  for (let reads = 0; reads < maxReads; reads += 1) {
    await sleep(waitMs);
    const { status } = await getTaskStatus({ orgId, taskId });
    if (isTerminal(status)) return status;
  }
  return 'still running';
}

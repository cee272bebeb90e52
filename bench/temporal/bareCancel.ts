import { proxyActivities } from '@temporalio/workflow';
import type { createActivities } from '../../activities';

const { requestCancel } = proxyActivities<ReturnType<typeof createActivities>>({
  startToCloseTimeout: 10_000,
  retry: { maximumAttempts: 1 },
});

/** The least that a workflow can do to send the same cancel: one activity. */
export async function bareCancel(ids: { orgId: string; taskId: string }): Promise<void> {
  await requestCancel(ids);
}

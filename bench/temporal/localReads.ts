import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';
import { proxyLocalActivities } from '@temporalio/workflow';
import type { createActivities } from '../../activities';

const READ = 'getTaskStatus';

const local = proxyLocalActivities<ReturnType<typeof createActivities>>({
  startToCloseTimeout: 10_000,
  retry: { maximumAttempts: 1 },
});

/**
 * Makes every status read of the shipped workflow a local activity, and leaves the workflow as it
 * is.
 */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: async (input, next) => {
        if (input.activityType !== READ) return await next(input);
        const [read] = input.args as Parameters<typeof local.getTaskStatus>;
        return await local.getTaskStatus(read);
      },
    },
  ],
});

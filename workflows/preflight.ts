import { ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { PreflightActivities } from '../activities/preflight';
import { checked } from '../domain/contract/input';
import type { PreflightInput } from '../domain/contract/preflight';
import { preflightInputSchema } from '../domain/contract/preflight';
import { callFailure } from './calls';
import { invalidInput } from './handlers';

const { checkAccess } = proxyActivities<PreflightActivities>({
  startToCloseTimeout: '15s',
  scheduleToCloseTimeout: '1m',
  retry: { initialInterval: '2s', maximumAttempts: 3 },
});

/**
 * Shows that a worker runs workflows, signs in to the VMC API, and may read an organization's
 * tasks: a gate before a build gets the cancellations. It changes nothing.
 *
 * @throws ApplicationFailure, non-retryable: `InvalidInput` or a `TroubleType`.
 */
export async function preflight(input?: PreflightInput): Promise<void> {
  const settings = checked(preflightInputSchema, input ?? {});
  if (!settings.ok) throw invalidInput(`Invalid input: ${settings.problems.join('; ')}`, settings.problems);
  try {
    await checkAccess(settings.value);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { type, message } = callFailure(error);
    throw ApplicationFailure.nonRetryable(message, type);
  }
}

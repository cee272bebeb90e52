import { ActivityFailure, ApplicationFailure, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { PreflightActivities } from '../activities/preflight';
import { checked } from '../domain/contract/input';
import type { PreflightInput } from '../domain/contract/preflight';
import { preflightInputSchema } from '../domain/contract/preflight';
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
 * @throws ApplicationFailure, non-retryable: `InvalidInput`, a `TroubleType`, or `NoAnswer` where
 * no worker took the activity up or came to its end.
 */
export async function preflight(input?: PreflightInput): Promise<void> {
  const settings = checked(preflightInputSchema, input ?? {});
  if (!settings.ok) throw invalidInput(`Invalid input: ${settings.problems.join('; ')}`, settings.problems);
  try {
    await checkAccess(settings.value);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof ApplicationFailure) throw ApplicationFailure.nonRetryable(cause.message, cause.type);
    throw ApplicationFailure.nonRetryable('no worker came to the end of the check', 'NoAnswer');
  }
}

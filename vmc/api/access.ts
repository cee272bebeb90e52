import type { Failed } from '../../domain/contract/answers';
import type { CallLimits } from './callLimits';
import type { VmcClient } from './client';

/** The vendor's own example of a filter: a short answer to a call that changes nothing. */
export const RUNNING_FILTER = "(status eq 'STARTED')";

/**
 * Whether the credentials sign in, and may read the organization's tasks. With null those of all
 * organizations without their own sign in, and nothing is read.
 */
export async function checkAccess(
  vmc: VmcClient,
  orgId: string | null,
  limits: CallLimits,
): Promise<{ kind: 'granted' } | Failed> {
  const signedIn = await vmc.signIn(orgId, limits);
  if (signedIn.kind === 'failed') return signedIn;
  if (orgId === null) return { kind: 'granted' };
  const tasks = await vmc.listTasks({ orgId, filter: RUNNING_FILTER }, limits);
  return tasks.kind === 'failed' ? tasks : { kind: 'granted' };
}

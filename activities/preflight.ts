import type { Failed } from '../domain/contract/answers';
import type { PreflightSettings } from '../domain/contract/preflight';
import { answerOf } from './call';
import type { AccessPort } from './port';

type Granted = Exclude<Awaited<ReturnType<AccessPort['checkAccess']>>, Failed>;

export function createPreflightActivities(vmc: AccessPort) {
  return {
    /** Signs in, and reads the running tasks of the organization if one is named. */
    checkAccess: async ({ orgId }: PreflightSettings): Promise<void> => {
      await answerOf<Granted>((limits) => vmc.checkAccess(orgId ?? null, limits));
    },
  };
}

export type PreflightActivities = ReturnType<typeof createPreflightActivities>;

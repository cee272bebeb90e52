import type { CancelAnswer, ReadAnswer } from '../../domain/contract/answers';
import type { CallLimits } from '../api/callLimits';
import type { TaskIds } from '../api/client';
import type { ReadsOptions } from './organizationReads';
import { OrganizationReads } from './organizationReads';

export interface TaskRead extends TaskIds {
  /** Goes out at once, by itself, even while the API asked the organisation's reads to wait. */
  alone?: boolean;
  /** How long it may be held, where that is less than the longest that any read is. */
  holdMs?: number;
}

export interface SharedReads {
  getTask(read: TaskRead, limits: CallLimits): Promise<ReadAnswer>;
  /** Waits for nothing; what the API says to it counts for the organisation's reads as well. */
  cancelTask(ids: TaskIds, limits: CallLimits): Promise<CancelAnswer>;
}

/**
 * Status reads over a client of the API. Reads of one organisation that are due at about the same time are held until the organisation's next
 * instant and share one list there; all of them keep within one budget.
 */
export function createSharedReads(options: ReadsOptions): SharedReads {
  const organizations = new Map<string, OrganizationReads>();

  function organizationOf(orgId: string): OrganizationReads {
    const known = organizations.get(orgId);
    if (known !== undefined) return known;
    for (const [id, other] of organizations) if (other.isIdle()) organizations.delete(id);
    const organization = new OrganizationReads(orgId, options);
    organizations.set(orgId, organization);
    return organization;
  }

  return {
    getTask: ({ orgId, taskId, alone = false, holdMs = Infinity }, limits) =>
      organizationOf(orgId).read({ taskId, alone, holdMs }, limits),
    cancelTask: ({ orgId, taskId }, limits) => organizationOf(orgId).cancel(taskId, limits),
  };
}

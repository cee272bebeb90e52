import type { CancelAnswer, Failed, ReadAnswer } from '../domain/contract/answers';
import type { TaskIds } from '../domain/contract/ids';

export interface TaskRead extends TaskIds {
  /**
   * Goes out at once and by itself, whatever else is due: for an operator, for the deadline, for
   * the first contact.
   */
  alone?: boolean;
  /**
   * How long it may be held for others of the organization, so that one call can answer them all.
   */
  holdMs?: number;
  /** A read has returned STARTED since the latest cancel: only then may a list say so too. */
  knownStarted?: boolean;
}

export interface CallLimits {
  /** The caller's cancellation. An aborted call rejects with the signal's reason. */
  signal: AbortSignal;
  /**
   * Bounds the whole call, a sign-in on the way and the repetition after a 401 included; beyond it
   * the call has failed as `Timeout`.
   */
  timeLimitMs: number;
}

/**
 * What the activities need of the VMC API: one call each at the most, and every way it can end is
 * in the answer.
 */
export interface VmcPort {
  cancelTask(ids: TaskIds, limits: CallLimits): Promise<CancelAnswer>;
  getTask(read: TaskRead, limits: CallLimits): Promise<ReadAnswer>;
}

/** What a preflight needs of it. */
export interface AccessPort {
  /**
   * Signs in, and reads the running tasks of the organization.
   *
   * @param orgId null: the credentials of all organizations without their own, and no read
   */
  checkAccess(orgId: string | null, limits: CallLimits): Promise<{ kind: 'granted' } | Failed>;
}

import { maxHoldMs } from '../schedule/grid';
import type { Cancellation } from './state';

/** How long the worker may hold a read that is due now: by the time since the task was seen. */
export function readHoldMs({ lastSeenAtMs }: Cancellation, atMs: number): number {
  return maxHoldMs(atMs - (lastSeenAtMs ?? atMs));
}

/** A read has returned STARTED since the latest accepted cancel, and none CANCELING since. */
export function isKnownStarted({ task, acceptedAtMs, lastSeenAtMs }: Cancellation): boolean {
  return task?.status === 'STARTED' && lastSeenAtMs !== acceptedAtMs;
}

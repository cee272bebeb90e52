import { setTimeout as elapse } from 'node:timers/promises';
import { SECOND_MS } from '../../domain/contract/duration';

const BETWEEN_ATTEMPTS_MS = SECOND_MS;

/** Again and again until it works: what it calls may be away for a while. */
export async function persistently(work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch {
      await elapse(BETWEEN_ATTEMPTS_MS);
    }
  }
}

import type { CancelTaskSettings } from '../contract/input';
import type { Together } from '../schedule/grid';
import { drawnWaitMs, patienceMs } from '../schedule/grid';
import type { Cancellation } from './state';

/**
 * The next read comes when others of the organization do, as the worker told with its answer. The time that the read was
 * held is no part of the wait.
 */
export function drawnTogether(
  state: Cancellation,
  together: Together,
  read: { beganAtMs: number; atMs: number; random: number },
  { pollPace }: CancelTaskSettings,
): Cancellation {
  if (state.nextReadAtMs === null) return state;
  const { beganAtMs, atMs, random } = read;
  const { minMs, maxMs } = pollPace;
  const bounds = { minMs: Math.max(minMs, state.readFloorAtMs - atMs), maxMs };
  const waitMs = drawnWaitMs(state.nextReadAtMs - atMs - (atMs - beganAtMs), together, bounds, random);
  return waitMs === null ? state : { ...state, nextReadAtMs: atMs + waitMs };
}

/** How long the worker may hold a read that is due now: by the time since the task was seen. */
export function readHoldMs({ lastSeenAtMs }: Cancellation, atMs: number): number {
  return patienceMs(atMs - (lastSeenAtMs ?? atMs));
}

import { setTimeout as pause } from 'node:timers/promises';

/** Long enough to leave the CPU to what is waited for. */
const INTERVAL_MS = 50;

/** Waits for a condition that nothing reports. The time limit is the test's. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(INTERVAL_MS);
}

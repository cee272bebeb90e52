import type { StartedCancellation } from '../client/start';
import { NoWorkerError } from '../temporal/errors';
import type { Session } from './session';

/** Warns of pauses and of a missing worker. All wait on one queue: a query to one run is enough. */
export async function warnIfStalled(
  { client, output }: Session,
  running: readonly StartedCancellation[],
): Promise<void> {
  for (const { paused } of running)
    if (paused !== undefined) output.note(`warning: ${paused.message}. Until then it does nothing.`);
  const first = running.find(({ paused }) => paused === undefined);
  if (first === undefined) return;
  try {
    await client.progress(first);
  } catch (error) {
    if (error instanceof NoWorkerError)
      output.note(`warning: ${error.message}. Until then nothing is sent to the API.`);
    // The start has succeeded: any other failure of the query is no failure of the command.
  }
}

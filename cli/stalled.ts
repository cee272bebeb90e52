import type { StartedCancellation } from '../client/start';
import { NoWorkerError } from '../temporal/errors';
import type { Session } from './session';

/** Warns of halted runs and of a missing worker: as all share a queue, one query is enough. */
export async function warnIfStalled(
  { client, output }: Session,
  running: readonly StartedCancellation[],
): Promise<void> {
  for (const { halted } of running)
    if (halted !== undefined) output.note(`warning: ${halted.message}. Until then it does nothing.`);
  const first = running.find(({ halted }) => halted === undefined);
  if (first === undefined) return;
  try {
    await client.progress(first);
  } catch (error) {
    if (error instanceof NoWorkerError)
      output.note(`warning: ${error.message}. Until then nothing is sent to the API.`);
    // The start has succeeded: any other failure of the query is no failure of the command.
  }
}

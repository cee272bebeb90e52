import type { CancelTaskProgress, CancellationClient, CancellationId } from '../../client';
import { NoWorkerError } from '../../client';
import { until } from './until';

/** Asks again where a busy worker has not answered in time. */
export async function untilProgress(
  client: CancellationClient,
  id: CancellationId,
  reached: (progress: CancelTaskProgress) => boolean,
): Promise<void> {
  await until(async () => {
    try {
      return reached(await client.progress(id));
    } catch (error) {
      if (error instanceof NoWorkerError) return false;
      throw error;
    }
  });
}

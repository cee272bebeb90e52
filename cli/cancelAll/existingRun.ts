import { isTerminal } from '../../domain/cancellation/taskStatus';
import type { CancellationClient } from '../../client/cancellationClient';
import type { CancellationIds } from '../../client/cancellationId';
import type { HaltedError } from '../../temporal/errors';
import { InvalidInputError, NotStartedError } from '../../temporal/errors';
import type { RunReference } from '../../client/runState';

/** An existing cancellation, and what halts it. */
export type FollowedRun = RunReference & { halted?: HaltedError };

/**
 * The cancellation that makes another one needless for a task that was not over at `notOverAtMs`:
 * one that runs, or one that has seen the task end since. null where there is none: what ended in
 * another way, or before that instant, says nothing about the task of now.
 */
export async function existingRun(
  client: CancellationClient,
  ids: CancellationIds,
  notOverAtMs: number,
): Promise<FollowedRun | null> {
  try {
    const latest = await client.describe(ids);
    const { orgId, taskId, workflowId, runId } = latest;
    const run = { orgId, taskId, workflowId, runId };
    switch (latest.status) {
      case 'running':
        return latest.halted === undefined ? run : { ...run, halted: latest.halted };
      case 'completed':
        return isTerminal(latest.result.outcome) && Date.parse(latest.result.observedAt) >= notOverAtMs ? run : null;
      case 'failed':
        return null;
    }
  } catch (error) {
    // The API may list an id that no cancellation can have: starting it reports that.
    if (error instanceof NotStartedError || error instanceof InvalidInputError) return null;
    throw error;
  }
}

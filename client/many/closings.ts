import { WORKFLOW_TYPE } from '../../domain/contract/names';
import type { TemporalConnection } from '../../temporal/connection';
import { TemporalRefusedError } from '../../temporal/errors';

/** What a server gives at most in one page. */
const PAGE_SIZE = 1_000;

/**
 * The workflow ids of the cancellations that ended since then, as far as Temporal's list knows them
 * by now: it follows the runs with some delay, and more than a page is not read. Null where the
 * list is refused. No search attribute of ours is needed for it.
 */
export async function closedSince(temporal: TemporalConnection, sinceMs: number): Promise<readonly string[] | null> {
  const { client, namespace } = temporal;
  const since = new Date(sinceMs).toISOString();
  const query = `WorkflowType = '${WORKFLOW_TYPE}' AND CloseTime >= '${since}' AND ExecutionStatus != 'ContinuedAsNew'`;
  try {
    const { executions } = await temporal.call(() =>
      client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: PAGE_SIZE }),
    );
    return executions.flatMap(({ execution }) => execution?.workflowId ?? []);
  } catch (error) {
    if (error instanceof TemporalRefusedError) return null;
    throw error;
  }
}

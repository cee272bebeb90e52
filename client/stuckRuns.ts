import { WORKFLOW_TYPE } from '../domain/contract/names';
import type { TemporalConnection } from '../temporal/connection';
import { meansInvalidQuery } from '../temporal/grpcStatus';
import { REPORTED_PROBLEMS, stuckReasonOf } from './runInfo';
import { listRuns } from './runList';

/** Finds all stuck cancellations, also in Temporal's own command line and UI. */
export const STUCK_QUERY = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running' AND ${REPORTED_PROBLEMS} IS NOT NULL`;

const PAGE_SIZE = 1_000;

export interface StuckRun {
  workflowId: string;
  /** As Temporal reports it, such as `NonDeterministicError`. */
  reason: string;
}

/** The stuck cancellations; null where the server is too old to report them. */
export async function stuckRuns(temporal: TemporalConnection): Promise<StuckRun[] | null> {
  const found = async () => {
    const stuck: StuckRun[] = [];
    for await (const info of listRuns(temporal, STUCK_QUERY, PAGE_SIZE)) {
      const reason = stuckReasonOf(info);
      if (reason !== null) stuck.push({ workflowId: info.workflowId, reason });
    }
    return stuck;
  };
  try {
    return await temporal.call(found);
  } catch (error) {
    if (meansInvalidQuery(error)) return null;
    throw error;
  }
}

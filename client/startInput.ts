import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow';
import type { CancelTaskSettings } from '../domain/contract/input';
import { parseCancelTaskInput } from '../domain/contract/input';
import type { TemporalConnection } from '../temporal/connection';

/**
 * The input of a run, from the first event of its history; null for an input that is invalid or
 * cannot be decoded here.
 */
export async function startInputOf(
  temporal: TemporalConnection,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<CancelTaskSettings | null> {
  const { client, namespace } = temporal;
  const request = { namespace, execution: { workflowId, runId }, maximumPageSize: 1 };
  const { history } = await temporal.call(() => client.workflowService.getWorkflowExecutionHistory(request), {
    workflowId,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const context = { type: 'workflow', namespace, workflowId } as const;
  const converter = client.workflow.options.loadedDataConverter;
  try {
    const input = parseCancelTaskInput(await decodeFromPayloadsAtIndex<unknown>(converter, 0, payloads, context));
    return input.ok ? input.value : null;
  } catch {
    return null;
  }
}

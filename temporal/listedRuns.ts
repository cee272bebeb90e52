import type { temporal as proto } from '@temporalio/proto';
import type { TemporalConnection } from './connection';

export type ListedRun = proto.api.workflow.v1.IWorkflowExecutionInfo;

/**
 * The runs that a visibility query finds, page by page, nothing decoded. The SDK's own list decodes
 * each memo, and fails for all runs at one that its starter encrypted.
 */
export async function* listedRuns(
  { client, namespace }: TemporalConnection,
  query: string,
  pageSize: number,
): AsyncGenerator<ListedRun, void, undefined> {
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken });
    yield* page.executions;
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

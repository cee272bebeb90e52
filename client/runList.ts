import type { TemporalConnection } from '../temporal/connection';
import type { RunInfo } from './runInfo';
import { runInfoOf } from './runInfo';

/** The runs that a visibility query finds, page by page. */
export async function* listRuns(
  temporal: TemporalConnection,
  query: string,
  pageSize: number,
): AsyncGenerator<RunInfo, void, undefined> {
  const { client, namespace } = temporal;
  let nextPageToken: Uint8Array = new Uint8Array();
  do {
    const page = await client.workflowService.listWorkflowExecutions({ namespace, query, pageSize, nextPageToken });
    for (const raw of page.executions) yield await runInfoOf(temporal, raw);
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

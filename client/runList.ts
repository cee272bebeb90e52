import type { TemporalConnection } from '../temporal/connection';
import { listedRuns } from '../temporal/listedRuns';
import type { RunInfo } from './runInfo';
import { runInfoOf } from './runInfo';

/** The runs that a visibility query finds, page by page. */
export async function* listRuns(
  temporal: TemporalConnection,
  query: string,
  pageSize: number,
): AsyncGenerator<RunInfo, void, undefined> {
  for await (const raw of listedRuns(temporal, query, pageSize)) yield await runInfoOf(temporal, raw);
}

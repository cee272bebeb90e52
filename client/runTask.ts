import { SEARCH_ATTRIBUTE_MAX_CHARACTERS } from '../domain/contract/names';
import type { CancellationIds } from './cancellationId';
import { ownIds } from './cancellationId';
import type { TemporalConnection } from '../temporal/connection';
import { attributesOf } from './list';
import type { RunInfo } from './runInfo';
import { startInputOf } from './startInput';

/**
 * The task that a run cancels. The workflow id need not contain it: a schedule appends the time to
 * the id that it is given. Empty ids where the task is unknown here.
 */
export async function taskOfRun(temporal: TemporalConnection, run: RunInfo): Promise<CancellationIds> {
  const { workflowId } = run;
  const own = ownIds(workflowId);
  if (own !== null) return { ...own, workflowId };
  const { orgId, taskId } = attributesOf(run);
  if (isWhole(orgId) && isWhole(taskId)) return { orgId, taskId, workflowId };
  const input = await startInputOf(temporal, run);
  return { orgId: input?.orgId ?? '', taskId: input?.taskId ?? '', workflowId };
}

/** A search attribute holds the beginning of a long id only. */
function isWhole(attribute: string | null): attribute is string {
  return attribute !== null && attribute.length < SEARCH_ATTRIBUTE_MAX_CHARACTERS;
}

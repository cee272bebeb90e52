import { SEARCH_ATTRIBUTE_MAX_CHARACTERS } from '../domain/contract/names';
import type { CancellationClient } from '../client/cancellationClient';
import type { CancellationIds } from '../client/cancellationId';
import { ownIds } from '../client/cancellationId';
import { isCancellationError, TemporalUnreachableError } from '../temporal/errors';
import { forEachItem } from './forEachItem';
import type { TaskName } from './taskName';
import { UsageError } from './usageError';

/** The cancellations that TASKs name, each once. */
export async function namedRuns(client: CancellationClient, names: readonly TaskName[]): Promise<CancellationIds[]> {
  const found = await forEachItem(names, (name) => namedRun(client, name));
  return [...new Map(found.map((ids) => [ids.workflowId, ids])).values()];
}

/**
 * The cancellation that a TASK names. A task id is one first: the cancellation under the task's own
 * workflow id, else one of that very task under an id that its starter chose. Only a text of which
 * no such is known may be a workflow id, within the organization.
 *
 * @throws UsageError
 */
async function namedRun(client: CancellationClient, name: TaskName): Promise<CancellationIds> {
  if (name.kind === 'workflow') {
    const { workflowId, otherwise } = name;
    const found = await foundUnder(client, workflowId);
    if (found !== null) return found;
    if (otherwise instanceof UsageError) throw otherwise;
    return otherwise ?? { orgId: '', taskId: '', workflowId };
  }
  const { ids, text } = name;
  if (text === ids.workflowId) return ids;
  // A starter that keeps a UUID in upper case makes another workflow id.
  const literal = ownIds(text) === null ? null : await foundUnder(client, text);
  if (literal !== null) return literal;
  if ((await foundUnder(client, ids.workflowId)) !== null) return ids;
  const underItsText = async () => {
    const found = await foundUnder(client, text);
    return found?.orgId === ids.orgId ? found : null;
  };
  return (await foundOf(client, ids)) ?? (await underItsText()) ?? ids;
}

async function foundUnder(client: CancellationClient, workflowId: string): Promise<CancellationIds | null> {
  const found = await nullIfFailed(client.find(workflowId));
  return found === null ? null : { orgId: found.orgId, taskId: found.taskId, workflowId };
}

/** The latest cancellation of the task in Temporal's list, under any workflow id. */
async function foundOf(client: CancellationClient, ids: CancellationIds): Promise<CancellationIds | null> {
  const { orgId, taskId } = ids;
  // Search attributes truncate long ids, which the list cannot distinguish.
  if (Math.max(orgId.length, taskId.length) >= SEARCH_ATTRIBUTE_MAX_CHARACTERS) return null;
  const [latest] = (await nullIfFailed(client.list({ orgId, taskId, limit: 1 }))) ?? [];
  return latest === undefined ? null : { orgId, taskId, workflowId: latest.workflowId };
}

/** The command itself meets any other failure, and reports it. */
async function nullIfFailed<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (isCancellationError(error) && !(error instanceof TemporalUnreachableError)) return null;
    throw error;
  }
}

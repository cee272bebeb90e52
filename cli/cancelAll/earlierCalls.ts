import type { CancellationClient } from '../../client/cancellationClient';
import type { CancellationListing } from '../../client/list';

/** What calls of `cancel-all` with the same filter have started in the organisation before. */
export interface EarlierRuns {
  /** Of each call of which something runs still: all that it started. What has ended since has not been told to anybody. */
  unfinished: readonly CancellationListing[];
  /** Of the other calls, as far back as was asked for. */
  over: readonly CancellationListing[];
}

export async function earlierRuns(
  client: CancellationClient,
  { orgId, filter, closedSince }: { orgId: string; filter: string; closedSince: Date },
): Promise<EarlierRuns> {
  const [running, closed] = await Promise.all([
    client.listMarked({ orgId, status: 'running' }),
    client.listMarked({ orgId, closedSince }),
  ]);
  const all = [...running, ...closed].filter(({ mark }) => mark.filter === filter);
  const unfinishedCalls = new Set(all.flatMap(({ listing, mark }) => (isRunning(listing) ? mark.calledAt : [])));
  const isUnfinished = ({ mark }: (typeof all)[number]) => unfinishedCalls.has(mark.calledAt);
  return {
    unfinished: latestOfEach(all.filter(isUnfinished).map(({ listing }) => listing)),
    over: latestOfEach(all.filter((one) => !isUnfinished(one)).map(({ listing }) => listing)),
  };
}

function isRunning({ status }: CancellationListing): boolean {
  return status === 'running';
}

/** One task may have been cancelled by several calls, and a run may end between the two lists. */
function latestOfEach(listings: readonly CancellationListing[]): CancellationListing[] {
  const oldestFirst = listings.toSorted((one, other) => Date.parse(one.startedAt) - Date.parse(other.startedAt));
  return [...new Map(oldestFirst.map((listing) => [listing.workflowId, listing])).values()];
}

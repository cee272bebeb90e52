import { formatDuration } from '../domain/duration';
import type { Colors } from './colors';
import { borderless, drawn } from './details';
import type { Glance } from './glance';
import { moodOf } from './glance';
import type { CancellationListing } from './listing';
import { moodColor } from './liveLine';
import { plainText } from './plainText';

export function listTable(listings: readonly CancellationListing[], nowMs: number, colors: Colors): string {
  const table = borderless(['TASK', 'ORG', 'STATE', 'TASK STATUS', 'STARTED', 'FOR'].map(colors.dim));
  for (const listing of listings) {
    const { startedAt, closedAt } = listing;
    const { text, mood } = stateOf(listing);
    const endMs = closedAt === null ? nowMs : Date.parse(closedAt);
    table.push([
      plainText(listing.taskId),
      plainText(listing.orgId),
      moodColor(mood, colors)(plainText(text)),
      plainText(listing.taskStatus ?? ''),
      startedAt,
      formatDuration(endMs - Date.parse(startedAt)),
    ]);
  }
  return drawn(table);
}

function stateOf({ status, outcome }: CancellationListing): { text: string; mood: Glance['mood'] } {
  switch (status) {
    case 'running':
      return { text: 'running', mood: 'pending' };
    case 'completed':
      return outcome === null ? { text: 'completed', mood: 'bad' } : { text: outcome, mood: moodOf(outcome) };
    case 'failed':
      return { text: 'run failed', mood: 'bad' };
  }
}

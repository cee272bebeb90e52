import { formatDuration } from '../../domain/contract/duration';
import { isOwn } from '../../client/cancellationId';
import type { Colors } from './colors';
import { borderless, drawn } from './details';
import type { Glance } from './glance';
import { moodOf } from './glance';
import type { CancellationListing } from '../../client/list';
import { moodColor } from '../watch/liveLine';
import { plainText } from '../../domain/text/printedText';

export function listTable(listings: readonly CancellationListing[], nowMs: number, colors: Colors): string {
  // Where the task does not tell the workflow id, it is by that id that other commands take it.
  const foreign = new Set(listings.filter(({ workflowId }) => !isOwn(workflowId)));
  const heads = ['TASK', 'ORG', 'STATE', 'TASK STATUS', 'STARTED', 'FOR'];
  const table = borderless([...heads, ...(foreign.size === 0 ? [] : ['WORKFLOW ID'])].map(colors.dim));
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
      ...(foreign.size === 0 ? [] : [foreign.has(listing) ? plainText(listing.workflowId) : '']),
    ]);
  }
  return drawn(table);
}

function stateOf({ status, paused, outcome }: CancellationListing): { text: string; mood: Glance['mood'] } {
  switch (status) {
    case 'running':
      return { text: paused ? 'paused' : 'running', mood: 'pending' };
    case 'completed':
      return outcome === null ? { text: 'completed', mood: 'bad' } : { text: outcome, mood: moodOf(outcome) };
    case 'failed':
      return { text: 'run failed', mood: 'bad' };
  }
}

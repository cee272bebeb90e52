import { formatDuration } from '../../domain/contract/duration';
import { isOwn } from '../../client/cancellationId';
import type { Colors } from './colors';
import type { Glance } from './glance';
import { moodOf } from './glance';
import { headOf, table } from './table';
import type { CancellationListing } from '../../client/list';
import { moodColor } from '../watch/liveLine';
import { printable } from '../../domain/text/printedText';

export function listTable(listings: readonly CancellationListing[], nowMs: number, colors: Colors): string {
  // A workflow id that does not follow from the task is shown: other commands need it.
  const foreign = new Set(listings.filter(({ workflowId }) => !isOwn(workflowId)));
  const heads = ['TASK', 'ORG', 'STATE', 'TASK STATUS', 'STARTED', 'FOR'];
  const head = headOf([...heads, ...(foreign.size === 0 ? [] : ['WORKFLOW ID'])], colors);
  const rows = listings.map((listing) => {
    const { startedAt, closedAt } = listing;
    const { text, mood } = stateOf(listing);
    const endMs = closedAt === null ? nowMs : Date.parse(closedAt);
    return [
      printable(listing.taskId),
      printable(listing.orgId),
      { text: printable(text), paint: moodColor(mood, colors) },
      printable(listing.taskStatus ?? ''),
      startedAt,
      formatDuration(endMs - Date.parse(startedAt)),
      ...(foreign.size === 0 ? [] : [foreign.has(listing) ? printable(listing.workflowId) : '']),
    ];
  });
  return table([head, ...rows]);
}

function stateOf({ status, paused, stuck, outcome }: CancellationListing): { text: string; mood: Glance['mood'] } {
  switch (status) {
    case 'running':
      return stuck ? { text: 'stuck', mood: 'bad' } : { text: paused ? 'paused' : 'running', mood: 'pending' };
    case 'completed':
      return outcome === null ? { text: 'completed', mood: 'bad' } : { text: outcome, mood: moodOf(outcome) };
    case 'failed':
      return { text: 'run failed', mood: 'bad' };
  }
}

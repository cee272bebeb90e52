import type { CancelTaskResult } from '../../domain/contract/result';
import type { CancellationIds } from '../../client/cancellationId';
import { combinedExitCode, EXIT_DETACHED, EXIT_FAILED, OUTCOME_EXIT_CODES } from '../exitCodes';
import { MAX_LIST_LIMIT } from '../../client/list';
import type { Invocation } from '../invocation';
import type { Output } from '../output/output';
import { shellQuote } from '../../domain/text/printedText';

/** How the waiting for one task ended; detached is what Ctrl-C left before its end. */
export type WatchedEnd = { ids: CancellationIds } & (
  { kind: 'settled'; result: CancelTaskResult } | { kind: 'failed'; error: unknown } | { kind: 'detached' }
);

/** What came of waiting for several tasks, in the tasks' order. */
export interface Waited {
  exitCode: number;
  ends: readonly WatchedEnd[];
}

const MAX_IDS_IN_NOTE = 5;

interface Waiting {
  command: 'watch' | 'result';
  tasks: readonly CancellationIds[];
  output: Output;
  signals: Invocation['signals'];
  wait: (ids: CancellationIds, signal: AbortSignal) => Promise<CancelTaskResult>;
  failed: (ids: CancellationIds, error: unknown) => void;
  /** When nothing is waited for any more, before a last word. */
  ended?: () => void;
}

/**
 * Waits for all the tasks at once. Ctrl-C, or a reader that reads no further, ends the waiting
 * only; to those that are not over it says how to come back.
 */
export async function waitForAll({ command, tasks, output, signals, wait, failed, ended }: Waiting): Promise<Waited> {
  const detaching = new AbortController();
  const detach = () => {
    detaching.abort();
  };
  signals.once('SIGINT', detach);
  output.unread.addEventListener('abort', detach);
  if (output.unread.aborted) detach();
  const waitForOne = async (ids: CancellationIds): Promise<WatchedEnd> => {
    try {
      // A signal of one's own for each: a shared one would warn of its many listeners.
      return { ids, kind: 'settled', result: await wait(ids, AbortSignal.any([detaching.signal])) };
    } catch (error) {
      if (detaching.signal.aborted) return { ids, kind: 'detached' };
      failed(ids, error);
      return { ids, kind: 'failed', error };
    }
  };
  const ends = await Promise.all(tasks.map(waitForOne));
  signals.off('SIGINT', detach);
  output.unread.removeEventListener('abort', detach);
  ended?.();
  const pending = ends.flatMap(({ kind, ids }) => (kind === 'detached' ? ids : []));
  if (pending.length === 0) return { exitCode: combinedExitCode(ends.map(exitCodeOf)), ends };
  // Who reads no further has seen enough.
  if (!output.unread.aborted) output.note(detachedNote(command, pending));
  return { exitCode: EXIT_DETACHED, ends };
}

/** Says how to come back: by their ids to a few, by the list to more than fit into a line. */
export function detachedNote(command: Waiting['command'], pending: readonly CancellationIds[]): string {
  const again = `vmc-cancel ${command} ${typedIds(pending)}`;
  if (pending.length === 1) return `Detached. The cancellation goes on; come back with: ${again}`;
  const detached = `Detached. ${pending.length} cancellations go on;`;
  if (pending.length <= MAX_IDS_IN_NOTE) return `${detached} come back with: ${again}`;
  const [orgId, ...otherOrgIds] = new Set(pending.map((ids) => ids.orgId));
  const org = otherOrgIds.length > 0 ? "''" : orgId;
  return `${detached} see them with: vmc-cancel list --org ${org} --limit ${Math.min(pending.length, MAX_LIST_LIMIT)}`;
}

/** As arguments that are taken for these very workflow ids. */
function typedIds(all: readonly CancellationIds[]): string {
  const workflowIds = all.map(({ workflowId }) => workflowId);
  return [
    ...(workflowIds.every((id) => id.includes(':')) ? [] : ["--org ''"]),
    ...(workflowIds.some((id) => id.startsWith('-')) ? ['--'] : []),
    ...workflowIds.map(shellQuote),
  ].join(' ');
}

function exitCodeOf(end: WatchedEnd): number {
  switch (end.kind) {
    case 'settled':
      return OUTCOME_EXIT_CODES[end.result.outcome];
    case 'failed':
      return EXIT_FAILED;
    case 'detached':
      return EXIT_DETACHED;
  }
}

import type { CancelTaskResult } from '../domain/contract/result';
import type { CancellationIds } from '../client/cancellationId';
import { combinedExitCode, EXIT_DETACHED, EXIT_FAILED, OUTCOME_EXIT_CODES } from './exitCodes';
import { MAX_LIST_LIMIT } from '../client/list';
import type { Invocation } from './invocation';
import type { Output } from './output/output';
import { shellQuote } from '../domain/text/printedText';

/** How the waiting for one task ended; detached is what Ctrl-C left before its end. */
export type WatchedEnd = { ids: CancellationIds } & (
  { kind: 'settled'; result: CancelTaskResult } | { kind: 'failed'; error: unknown } | { kind: 'detached' }
);

/** How the wait for several tasks ended, in the tasks' order. */
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
  /** Called after the last wait, before the closing note. */
  ended?: () => void;
}

/**
 * Waits for all tasks at once. Ctrl-C or a closed pipe ends the wait only: a note says how to
 * resume it for the tasks that still run.
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
      // One signal a task: Node warns of many listeners on a shared one.
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
  // The reader closed the pipe: no note.
  if (!output.unread.aborted) output.note(detachedNote(command, pending));
  return { exitCode: EXIT_DETACHED, ends };
}

/** How to resume: by the ids of a few tasks, else by `list`. */
export function detachedNote(command: Waiting['command'], pending: readonly CancellationIds[]): string {
  const again = `vmc-cancel ${command} ${typedIds(pending)}`;
  if (pending.length === 1) return `Detached. The cancellation goes on; come back with: ${again}`;
  const detached = `Detached. ${pending.length} cancellations go on;`;
  if (pending.length <= MAX_IDS_IN_NOTE) return `${detached} come back with: ${again}`;
  const [orgId, ...otherOrgIds] = new Set(pending.map((ids) => ids.orgId));
  const org = otherOrgIds.length > 0 ? "''" : orgId;
  return `${detached} see them with: vmc-cancel list --org ${org} --limit ${Math.min(pending.length, MAX_LIST_LIMIT)}`;
}

/** The workflow ids as arguments, quoted for a shell. */
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

import type { CancellationIds } from '../client/cancellationId';
import { forEachItem } from './forEachItem';
import type { Invocation } from './invocation';
import type { StartedCancellation } from '../client/start';

/** The result of one start. */
export type StartEnd = { ids: CancellationIds } & (
  { kind: 'started'; run: StartedCancellation } | { kind: 'notStarted'; error: unknown }
);

export interface Starting {
  ids: CancellationIds;
  start: () => Promise<StartedCancellation>;
}

/** `ends` is of the first tasks; of all unless it was interrupted. */
export interface StartedMany {
  ends: readonly StartEnd[];
  interrupted: boolean;
}

/**
 * Starts tasks, a few at once; a failure does not stop the others. Ctrl-C lets the starts in flight
 * complete, and begins no more.
 *
 * @param onEnd called for each as soon as it is known
 */
export async function startMany(
  tasks: readonly Starting[],
  signals: Invocation['signals'],
  onEnd: (end: StartEnd) => void,
): Promise<StartedMany> {
  const leaving = new AbortController();
  const leave = () => {
    leaving.abort();
  };
  signals.once('SIGINT', leave);
  const startOne = async (task: Starting): Promise<StartEnd[]> => {
    if (leaving.signal.aborted) return [];
    const end = await startEnd(task);
    onEnd(end);
    return [end];
  };
  const ends = (await forEachItem(tasks, startOne)).flat();
  signals.off('SIGINT', leave);
  return { ends, interrupted: leaving.signal.aborted };
}

async function startEnd({ ids, start }: Starting): Promise<StartEnd> {
  try {
    return { ids, kind: 'started', run: await start() };
  } catch (error) {
    return { ids, kind: 'notStarted', error };
  }
}

/** The runs that were started or joined. */
export function startedRuns(ends: readonly StartEnd[]): StartedCancellation[] {
  return ends.flatMap((end) => (end.kind === 'started' ? end.run : []));
}

import type { CancellationIds } from './cancellationId';
import { combinedExitCode, EXIT_DETACHED, EXIT_FAILED } from './exitCodes';
import type { Output } from './output';

interface Waiting {
  command: 'watch' | 'result';
  tasks: readonly CancellationIds[];
  output: Output;
  /** Waits for one task and gives the exit code of its end. */
  wait: (ids: CancellationIds, signal: AbortSignal) => Promise<number>;
  failed: (ids: CancellationIds, error: unknown) => void;
  /** When nothing is waited for any more, before a last word. */
  ended?: () => void;
}

/** Waits for all the tasks at once. Ctrl-C ends the waiting only, and says how to come back to those that are not over. */
export async function waitForAll({ command, tasks, output, wait, failed, ended }: Waiting): Promise<number> {
  const detaching = new AbortController();
  const detach = () => {
    detaching.abort();
  };
  process.once('SIGINT', detach);
  const over = new Set<CancellationIds>();
  const waitForOne = async (ids: CancellationIds): Promise<number> => {
    try {
      // A signal of one's own for each: a shared one would warn of its many listeners.
      const code = await wait(ids, AbortSignal.any([detaching.signal]));
      over.add(ids);
      return code;
    } catch (error) {
      if (detaching.signal.aborted) return EXIT_DETACHED;
      over.add(ids);
      failed(ids, error);
      return EXIT_FAILED;
    }
  };
  const codes = await Promise.all(tasks.map(waitForOne));
  process.off('SIGINT', detach);
  ended?.();
  const pending = tasks.filter((ids) => !over.has(ids));
  if (pending.length === 0) return combinedExitCode(codes);
  const workflowIds = pending.map(({ workflowId }) => workflowId).join(' ');
  output.note(`Detached. The cancellation goes on; come back with: vmc-cancel ${command} ${workflowIds}`);
  return EXIT_DETACHED;
}

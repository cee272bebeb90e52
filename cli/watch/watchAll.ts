import type { CancellationIds } from '../../client/cancellationId';
import type { Session } from '../session';
import type { Waited } from '../waitForAll';
import { waitForAll } from '../waitForAll';
import { LineView } from './lineView';
import { LiveView } from './liveView';
import type { WatchView } from './watchView';

/** Shows the progress of all, each to its verdict. */
export async function watchAll(
  { groupOf, output, signals }: Session,
  tasks: readonly CancellationIds[],
): Promise<Waited> {
  const view: WatchView = output.stdout.isTTY && !output.json ? new LiveView(output, tasks) : new LineView(output);
  const group = groupOf(tasks.length);
  return await waitForAll({
    command: 'watch',
    tasks,
    output,
    signals,
    wait: async (ids, signal) => {
      for await (const event of group.watch(ids, { signal })) {
        view.saw(ids, event);
        if (event.kind === 'settled') return event.result;
      }
      throw new Error('the watch ended without a verdict');
    },
    failed: (ids, error) => {
      view.failed(ids, error);
    },
    ended: () => view.end?.(),
  });
}

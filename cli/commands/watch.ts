import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import type { CancellationIds } from '../../client/cancellationId';
import { EXIT_CODES_HELP } from '../exitCodes';
import { namedRuns } from '../namedRun';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { taskNames } from '../taskName';
import type { Waited } from '../watch/waiting';
import { waitForAll } from '../watch/waiting';
import { watchView } from '../watch/watchViews';
import { examples, taskCommand } from './common';

export function watchCommand(invocation: Invocation): Command {
  return taskCommand('watch', 'follow cancellations to their verdicts; Ctrl-C detaches, and they go on')
    .addHelpText('after', examples('watch --org 054f… 1d1c…', 'watch --json vmc-cancel:054f…:1d1c… | jq .task.status'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action((texts: string[], options: CommonOptions) =>
      inSession(invocation, taskNames(texts, options.org, invocation.environment), options, async (session) => {
        const tasks = await namedRuns(session.client, session.names);
        return (await watchAll(session, tasks)).exitCode;
      }),
    );
}

export async function watchAll(
  { groupOf, output, signals }: Session,
  tasks: readonly CancellationIds[],
): Promise<Waited> {
  const view = watchView(output, tasks);
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

import type { Command } from 'commander';
import type { CancellationIds } from '../cancellationId';
import { EXIT_CODES_HELP, EXIT_FAILED, OUTCOME_EXIT_CODES } from '../exitCodes';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { waitForAll } from '../waiting';
import { watchView } from '../watchViews';
import { examples, taskCommand } from './common';

export function watchCommand(): Command {
  return taskCommand('watch', 'follow cancellations to their verdicts; Ctrl-C detaches, and they go on')
    .addHelpText('after', examples('watch --org 054f… 1d1c…', 'watch --json vmc-cancel:054f…:1d1c… | jq .task.status'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action((texts: string[], options: CommonOptions) =>
      inSession(texts, options, (session) => watchAll(session, session.tasks)),
    );
}

export async function watchAll({ client, output }: Session, tasks: readonly CancellationIds[]): Promise<number> {
  const view = watchView(output, tasks);
  return await waitForAll({
    command: 'watch',
    tasks,
    output,
    wait: async (ids, signal) => {
      let code = EXIT_FAILED;
      for await (const event of client.watch(ids, { signal })) {
        view.saw(ids, event);
        if (event.kind === 'settled') code = OUTCOME_EXIT_CODES[event.result.outcome];
      }
      return code;
    },
    failed: (ids, error) => {
      view.failed(ids, error);
    },
    ended: () => view.end?.(),
  });
}

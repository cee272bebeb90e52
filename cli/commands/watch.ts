import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import { EXIT_CODES_HELP } from '../exitCodes';
import { namedRuns } from '../namedRun';
import type { CommonOptions } from '../session';
import { inSession } from '../session';
import { taskNames } from '../taskName';
import { watchAll } from '../watch/watchAll';
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

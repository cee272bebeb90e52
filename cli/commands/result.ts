import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import type { CancellationClient } from '../../client/cancellationClient';
import type { CancellationIds } from '../../client/cancellationId';
import { resultDetails } from '../output/details';
import { NoWorkerError } from '../../temporal/errors';
import { EXIT_CODES_HELP } from '../exitCodes';
import { namedRuns } from '../namedRun';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { Outages } from '../watch/outages';
import { taskNames } from '../taskName';
import { waitForAll } from '../waitForAll';
import { examples, taskCommand } from './common';

export function resultCommand(invocation: Invocation): Command {
  return taskCommand('result', 'wait for the verdicts silently, and print the results')
    .addHelpText('after', examples('result --org 054f… 1d1c…', 'result --json vmc-cancel:054f…:1d1c… | jq -r .outcome'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action((texts: string[], options: CommonOptions) =>
      inSession(invocation, taskNames(texts, options.org, invocation.environment), options, resultOfAll),
    );
}

async function resultOfAll({ client, groupOf, output, signals, names, linkOf }: Session): Promise<number> {
  const tasks = await namedRuns(client, names);
  const group = groupOf(tasks.length);
  const outages = new Outages(output);
  const allOver = new AbortController();
  void noteMissingWorker(client, tasks, outages, allOver.signal);
  const { exitCode } = await waitForAll({
    command: 'result',
    tasks,
    output,
    signals,
    wait: async (ids, signal) => {
      const { runId, result } = await group.end(ids, {
        signal,
        onUnreachable: (error) => {
          outages.met(ids, error);
        },
        onReachable: () => {
          outages.passed(ids);
        },
        onHalted: (error) => {
          outages.met(ids, error);
        },
        onResumed: () => {
          outages.passed(ids);
        },
      });
      output.print(result, (colors) => resultDetails(result, linkOf({ ...ids, runId }), colors));
      return result;
    },
    failed: (ids, error) => {
      output.failure(ids, error);
    },
    ended: () => {
      allOver.abort();
    },
  });
  return exitCode;
}

/** All wait for the same workers: a query to one run is enough. */
async function noteMissingWorker(
  client: CancellationClient,
  tasks: readonly CancellationIds[],
  outages: Outages,
  signal: AbortSignal,
): Promise<void> {
  for (const ids of tasks) {
    try {
      if (signal.aborted) return;
      if ((await client.describe(ids)).status !== 'running') continue;
      await client.progress(ids, { signal });
      return;
    } catch (error) {
      // Any other failure reaches the wait for the result as well, which reports it.
      if (!(error instanceof NoWorkerError)) continue;
      outages.met(ids, error);
      return;
    }
  }
}

import type { Command } from 'commander';
import type { CancellationClient } from '../cancellationClient';
import type { CancellationIds } from '../cancellationId';
import { resultDetails } from '../details';
import { NoWorkerError } from '../errors';
import { EXIT_CODES_HELP } from '../exitCodes';
import type { Output } from '../output';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { waitForAll } from '../waiting';
import { examples, taskCommand } from './common';

export function resultCommand(): Command {
  return taskCommand('result', 'wait for the verdicts without a word, and print the results')
    .addHelpText('after', examples('result --org 054f… 1d1c…', 'result --json vmc-cancel:054f…:1d1c… | jq -r .outcome'))
    .addHelpText('after', EXIT_CODES_HELP)
    .action((texts: string[], options: CommonOptions) => inSession(texts, options, resultOfAll));
}

async function resultOfAll({ client, output, tasks, linkOf }: Session): Promise<number> {
  const { exitCode } = await waitForAll({
    command: 'result',
    tasks,
    output,
    wait: async (ids, signal) => {
      const run = await client.describe(ids);
      const stop = new AbortController();
      const probing = run.status === 'running' ? noteMissingWorker(client, output, ids, stop.signal) : undefined;
      try {
        const result = await client.result(ids, {
          signal,
          onUnreachable: (error) => {
            output.waiting(ids, error);
          },
        });
        output.tell(result, (colors) => resultDetails(result, linkOf(run), colors));
        return result;
      } finally {
        stop.abort();
        await probing;
      }
    },
    failed: (ids, error) => {
      output.failure(ids, error);
    },
  });
  return exitCode;
}

async function noteMissingWorker(
  client: CancellationClient,
  output: Output,
  ids: CancellationIds,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.progress(ids, { signal });
  } catch (error) {
    // Whatever else keeps the progress from being told, the waiting for the result will hear of it.
    if (error instanceof NoWorkerError) output.waiting(ids, error);
  }
}

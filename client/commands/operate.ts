import type { Command } from 'commander';
import type { CancelTaskProgress } from '../../domain/report';
import { extendDeadlineSchema } from '../../domain/updates';
import { checked } from '../../domain/input';
import type { CancellationClient } from '../cancellationClient';
import type { CancellationIds } from '../cancellationId';
import { userName } from '../configuration';
import { progressDetails } from '../details';
import { EXIT_FAILED, EXIT_OK, PLAIN_EXIT_CODES_HELP } from '../exitCodes';
import { forEachItem } from '../parallel';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { UsageError } from '../usageError';
import { examples, taskCommand } from './common';

interface OperatorOptions extends CommonOptions {
  requestedBy?: string;
  reason?: string;
  by?: string;
  until?: string;
}

type Update = (
  client: CancellationClient,
  ids: CancellationIds,
  options: Omit<OperatorOptions, 'requestedBy'> & { requestedBy: string | undefined },
) => Promise<CancelTaskProgress>;

export function pollCommand(): Command {
  return operatorCommand('poll', 'have the status read at once', (client, ids, { requestedBy }) =>
    client.pollNow(ids, { requestedBy }),
  ).addHelpText('after', examples('poll --org 054f… 1d1c…'));
}

export function reissueCommand(): Command {
  return operatorCommand('reissue', 'have the cancel sent once more', (client, ids, { requestedBy }) =>
    client.reissueCancel(ids, { requestedBy }),
  ).addHelpText('after', examples('reissue --org 054f… 1d1c…'));
}

export function stopCommand(): Command {
  const summary = 'stop watching tasks (ABANDONED); what was asked of the API stays asked';
  return operatorCommand('stop', summary, (client, ids, { reason, requestedBy }) =>
    client.stopMonitoring(ids, { reason, requestedBy }),
  )
    .option('--reason <text>', 'why, for people')
    .addHelpText('after', examples('stop --org 054f… --reason "it may finish" 1d1c…'));
}

export function extendCommand(): Command {
  return operatorCommand('extend', 'wait longer for the verdict', (client, ids, { by, until, requestedBy }) =>
    client.extendDeadline(ids, { by, until, requestedBy }),
  )
    .option('--by <duration>', 'later than the present deadline by this, such as 6h')
    .option('--until <instant>', 'until this instant, such as 2026-01-31T12:00:00Z')
    .hook('preAction', (command) => {
      checkExtension(command.opts());
    })
    .addHelpText(
      'after',
      examples('extend --org 054f… --by 6h 1d1c…', 'extend --org 054f… --until 2026-01-31T12:00:00Z 1d1c…'),
    );
}

function checkExtension({ by, until }: OperatorOptions): void {
  const parsed = checked(extendDeadlineSchema, { by, until });
  if (parsed.ok) return;
  if ((by === undefined) === (until === undefined))
    throw new UsageError('extend needs either --by <duration> or --until <instant>, and not both');
  throw new UsageError(parsed.problems.map((problem) => `--${problem}`).join('; '));
}

/** What the operators' commands have in common: an update to each task, and the progress after it. */
function operatorCommand(name: string, summary: string, update: Update): Command {
  return taskCommand(name, summary)
    .option('--requested-by <name>', 'who asks (default: your user name)')
    .addHelpText('after', PLAIN_EXIT_CODES_HELP)
    .action((texts: string[], options: OperatorOptions) => {
      const requestedBy = options.requestedBy ?? userName();
      return inSession(texts, options, (session) =>
        updateAll(session, (ids) => update(session.client, ids, { ...options, requestedBy })),
      );
    });
}

async function updateAll(
  { output, tasks }: Session,
  update: (ids: CancellationIds) => Promise<CancelTaskProgress>,
): Promise<number> {
  const codes = await forEachItem(tasks, async (ids) => {
    try {
      const progress = await update(ids);
      output.tell(progress, (colors) => progressDetails(progress, null, Date.now(), colors));
      return EXIT_OK;
    } catch (error) {
      output.failure(ids, error);
      return EXIT_FAILED;
    }
  });
  return Math.max(...codes);
}

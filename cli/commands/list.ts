import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { Outcome } from '../../domain/contract/result';
import { OUTCOMES } from '../../domain/contract/result';
import { TASK_STATUSES } from '../../domain/cancellation/taskStatus';
import { organizationArgument } from '../organization';
import type { Invocation } from '../invocation';
import { EXIT_OK } from '../exitCodes';
import type { ListFilter } from '../../client/list';
import { MAX_LIST_LIMIT } from '../../client/list';
import { listTable } from '../output/listTable';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { sinceDate } from '../since';
import { command, examples } from './common';

interface ListOptions extends CommonOptions {
  status?: (typeof TASK_STATUSES)[number];
  outcome?: Outcome;
  since?: Date;
  limit: number;
}

const DEFAULT_LIMIT = 50;

export function listCommand(invocation: Invocation): Command {
  return command('list', 'list running and recent cancellations, the latest first')
    .option('--org <orgId>', "cancellations in this organization; '' for all (default: VMC_ORG_ID, else all)")
    .addOption(
      new Option('--status <status>', 'cancellations whose task had this status at the last read').choices(
        TASK_STATUSES,
      ),
    )
    .addOption(new Option('--outcome <outcome>', 'cancellations with this outcome').choices(OUTCOMES))
    .option('--since <time>', 'cancellations started since: a duration such as 24h, or an instant', sinceOf)
    .option('--limit <number>', 'at most this many, the running ones first', limitOf, DEFAULT_LIMIT)
    .addHelpText(
      'after',
      examples(
        'list',
        'list --org 054f… --status CANCELING',
        "list --org ''",
        'list --since 24h --outcome FAILED --json | jq -r .taskId',
      ),
    )
    .addHelpText(
      'after',
      '\nExit codes:\n  0 listed, even if there are none   1 a search attribute is missing, or Temporal is unreachable   2 usage',
    )
    .action(async (options: ListOptions) => {
      const { status: taskStatus, outcome, since, limit } = options;
      const orgId = organizationArgument(options.org, invocation.environment) ?? undefined;
      await inSession(invocation, [], options, (session) =>
        list(session, { orgId, taskStatus, outcome, since, limit }),
      );
    });
}

function sinceOf(text: string): Date {
  const since = sinceDate(text, Date.now());
  if (since !== null) return since;
  throw new InvalidArgumentError('It must be a duration such as 24h, or an instant such as 2026-01-31T12:00:00Z');
}

function limitOf(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : NaN;
  if (limit >= 1 && limit <= MAX_LIST_LIMIT) return limit;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_LIST_LIMIT}`);
}

async function list({ client, output }: Session, filter: ListFilter & { limit: number }): Promise<number> {
  const listings = await client.list(filter);
  if (output.json) for (const listing of listings) output.document(listing);
  else if (listings.length > 0) output.line(listTable(listings, Date.now(), output.colors));
  else output.note('No such cancellations.');
  if (listings.length === filter.limit) output.note(`Stopped at --limit ${filter.limit}: there may be more.`);
  return EXIT_OK;
}

import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import type * as z from 'zod/mini';
import { checked } from '../../domain/contract/input';
import type { CancelTaskProgress } from '../../domain/contract/result';
import { extendDeadlineSchema, operatorSchema, stopMonitoringSchema } from '../../domain/contract/updates';
import type { CancellationClient } from '../../client/cancellationClient';
import type { CancellationIds } from '../../client/cancellationId';
import type { Colors } from '../output/colors';
import { userName } from '../userName';
import { progressDetails } from '../output/details';
import { EXIT_FAILED, EXIT_OK, PLAIN_EXIT_CODES_HELP } from '../exitCodes';
import { forEachItem } from '../forEachItem';
import { namedRuns } from '../namedRun';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { taskNames } from '../taskName';
import { UsageError } from '../usageError';
import { examples, taskCommand } from './common';

interface OperatorOptions extends CommonOptions {
  requestedBy?: string;
  reason?: string;
  by?: string;
  until?: string;
}

/** One of the four updates: its argument, from the options, and what is printed of it. */
interface Operation<A> {
  name: string;
  summary: string;
  schema: z.core.$ZodType<unknown, A>;
  argumentOf: (options: OperatorOptions, requestedBy: string | undefined) => A;
  update: (client: CancellationClient, ids: CancellationIds, argument: A) => Promise<CancelTaskProgress>;
  /** A line below the human-readable progress. */
  remark?: string;
}

export function pollCommand(invocation: Invocation): Command {
  return operatorCommand(invocation, {
    name: 'poll',
    summary: 'read the status now',
    schema: operatorSchema,
    argumentOf: (_options, requestedBy) => ({ requestedBy }),
    update: (client, ids, argument) => client.pollNow(ids, argument),
  }).addHelpText('after', examples('poll --org 054f… 1d1c…'));
}

export function reissueCommand(invocation: Invocation): Command {
  return operatorCommand(invocation, {
    name: 'reissue',
    summary: 'send the cancel once more',
    schema: operatorSchema,
    argumentOf: (_options, requestedBy) => ({ requestedBy }),
    update: (client, ids, argument) => client.reissueCancel(ids, argument),
  }).addHelpText('after', examples('reissue --org 054f… 1d1c…'));
}

export function stopCommand(invocation: Invocation): Command {
  return operatorCommand(invocation, {
    name: 'stop',
    summary: 'stop watching tasks (ABANDONED); a cancel already sent cannot be withdrawn',
    schema: stopMonitoringSchema,
    argumentOf: ({ reason }, requestedBy) => ({ reason, requestedBy }),
    update: (client, ids, argument) => client.stopMonitoring(ids, argument),
    remark: 'The watch is over: vmc-cancel result prints its outcome. The cancel already sent cannot be withdrawn.',
  })
    .option('--reason <text>', 'why; kept in the result')
    .addHelpText('after', examples('stop --org 054f… --reason "it may finish" 1d1c…'));
}

export function extendCommand(invocation: Invocation): Command {
  return operatorCommand(invocation, {
    name: 'extend',
    summary: 'wait longer for the verdict',
    schema: extendDeadlineSchema,
    argumentOf: ({ by, until }, requestedBy) => {
      if ((by === undefined) === (until === undefined))
        throw new UsageError('extend needs either --by <duration> or --until <instant>, and not both');
      return { by, until, requestedBy };
    },
    update: (client, ids, argument) => client.extendDeadline(ids, argument),
  })
    .option('--by <duration>', 'later than the present deadline by this, such as 6h')
    .option('--until <instant>', 'until this instant, such as 2026-01-31T12:00:00Z')
    .addHelpText(
      'after',
      examples('extend --org 054f… --by 6h 1d1c…', 'extend --org 054f… --until 2026-01-31T12:00:00Z 1d1c…'),
    );
}

/** Sends an update to each task, and prints the progress after it. */
function operatorCommand<A>(invocation: Invocation, operation: Operation<A>): Command {
  const { name, summary, argumentOf } = operation;
  return taskCommand(name, summary)
    .option('--requested-by <name>', 'who requests it (default: your user name)')
    .addHelpText('after', PLAIN_EXIT_CODES_HELP)
    .action((texts: string[], options: OperatorOptions) => {
      const argument = argumentOf(options, options.requestedBy ?? userName());
      checkArgument(operation.schema, argument);
      return inSession(invocation, taskNames(texts, options.org, invocation.environment), options, (session) =>
        updateAll(session, operation, argument),
      );
    });
}

/** Checks the options before a connection is made. Messages name the flags. */
function checkArgument(schema: z.core.$ZodType, argument: unknown): void {
  const parsed = checked(schema, argument);
  if (parsed.ok) return;
  const inFlags = parsed.problems.map((problem) => `--${problem.replace(/^requestedBy/, 'requested-by')}`);
  throw new UsageError(inFlags.join('; '));
}

async function updateAll<A>(
  { client, output, names }: Session,
  { update, remark }: Operation<A>,
  argument: A,
): Promise<number> {
  const printed = (progress: CancelTaskProgress) => (colors: Colors) =>
    [progressDetails(progress, null, Date.now(), colors), ...(remark === undefined ? [] : [remark])].join('\n');
  const tasks = await namedRuns(client, names);
  const codes = await forEachItem(tasks, async (ids) => {
    try {
      const progress = await update(client, ids, argument);
      output.print(progress, printed(progress));
      return EXIT_OK;
    } catch (error) {
      output.failure(ids, error);
      return EXIT_FAILED;
    }
  });
  return Math.max(...codes);
}

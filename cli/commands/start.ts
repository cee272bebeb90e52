import type { Command } from 'commander';
import type { CancellationClient } from '../../client/cancellationClient';
import { startedDocument } from '../documents';
import type { Invocation } from '../invocation';
import { InvalidInputError, NotStartedError } from '../../temporal/errors';
import { combinedExitCode, EXIT_CODES_HELP, EXIT_DETACHED, EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { CommonOptions, Session } from '../session';
import { inSession, outputFor } from '../session';
import { startedLines } from '../output/startedLines';
import { forEachItem } from '../forEachItem';
import type { StartEnd, Starting } from '../startMany';
import { startedRuns, startMany } from '../startMany';
import { warnIfStalled } from '../stalled';
import type { CancellationIds } from '../../client/cancellationId';
import { cancellationIds } from '../../client/cancellationId';
import { shortQuote } from '../../domain/text/printedText';
import { STANDARD_INPUT, tasksInFile } from '../taskFile';
import type { TaskName } from '../taskName';
import { taskNames } from '../taskName';
import { UsageError } from '../usageError';
import { command, examples } from './common';
import type { StartOptions } from './startOptions';
import { checkOptions, inputOf, withStartOptions } from './startOptions';
import { watchAll } from '../watch/watchAll';

interface StartCommandOptions extends CommonOptions, StartOptions {
  fromFile?: string;
  watch?: boolean;
}

export function startCommand(invocation: Invocation): Command {
  const start = command('start', 'cancel tasks, or join the cancellations of them that run')
    .argument('[task...]', 'task ids (with --org), or workflow ids')
    .option('--org <orgId>', "the organization of the task ids (default: VMC_ORG_ID); '' where all are workflow ids")
    .option('--from-file <file>', 'a file of further tasks, one a line; - is standard input');
  return withStartOptions(start)
    .option('--watch', 'then follow them, as vmc-cancel watch does')
    .addHelpText(
      'after',
      examples(
        'start --org 054f… 1d1c…',
        'start --org 054f… --deadline 6h --on-declined monitor --watch 1d1c… 2e2d…',
        'start --org 054f… --from-file tasks.txt',
        'list --outcome DEADLINE_EXCEEDED --json | vmc-cancel start --from-file -',
      ),
    )
    .addHelpText(
      'after',
      EXIT_CODES_HELP.replace('Exit codes:', 'Exit codes: 0 when all are started or joined; with --watch'),
    )
    .action(async (texts: string[], options: StartCommandOptions) => {
      checkOptions(options);
      const { fromFile, org } = options;
      const named = taskNames(texts, org, invocation.environment);
      if (fromFile === undefined && named.length === 0)
        throw new UsageError('name a task, or with --from-file a file of tasks: see vmc-cancel start --help');
      if (fromFile === STANDARD_INPUT && invocation.stdin.isTTY)
        outputFor(invocation, options).note('Reading tasks, one a line; Ctrl-D ends.');
      const tasks = fromFile === undefined ? named : [...named, ...(await tasksInFile(fromFile, org, invocation))];
      if (tasks.length === 0) outputFor(invocation, options).note('The list names no task: nothing was started.');
      else await inSession(invocation, tasks, options, (session) => startAll(session, options));
    });
}

async function startAll(session: Session, options: StartCommandOptions): Promise<number> {
  const { client, output, names } = session;
  const all = await forEachItem(names, (name) => starting(client, name, options));
  const tasks = [...new Map(all.map((one) => [one.ids.workflowId, one])).values()];
  const { ends, interrupted } = await startMany(tasks, session.signals, (end) => {
    printStart(session, end);
  });
  const running = startedRuns(ends);
  if (interrupted) {
    output.note(
      `Interrupted: ${running.length} of ${tasks.length} are started or joined, and go on. The same command starts the others, and joins those that run.`,
    );
    return EXIT_DETACHED;
  }
  const startCode = running.length === tasks.length ? EXIT_OK : EXIT_FAILED;
  if (options.watch) return combinedExitCode([startCode, (await watchAll(session, running)).exitCode]);
  await warnIfStalled(session, running);
  return startCode;
}

/**
 * A start takes a task. A workflow id of another starter's choice stands for its run's task; the
 * run itself is joined while it runs.
 *
 * @throws UsageError
 */
async function starting(client: CancellationClient, name: TaskName, options: StartOptions): Promise<Starting> {
  const startOf = (ids: CancellationIds) => ({ ids, start: () => client.start(inputOf(ids, options)) });
  if (name.kind === 'task') return startOf(name.ids);
  const { workflowId, otherwise } = name;
  const found = await client.find(workflowId);
  if (found === null || found.taskId === '') {
    if (otherwise instanceof UsageError) throw otherwise;
    if (otherwise !== null) return startOf(otherwise);
    const error = found === null ? new NotStartedError(workflowId) : new InvalidInputError([taskNotTold(workflowId)]);
    return { ids: { orgId: '', taskId: '', workflowId }, start: () => Promise.reject(error) };
  }
  const { orgId, taskId } = found;
  if (found.status !== 'running') return startOf(cancellationIds({ orgId, taskId }));
  const input = inputOf(found, options);
  const start = async () => (await client.join(workflowId, input)) ?? (await client.start(input));
  return { ids: { orgId, taskId, workflowId }, start };
}

function taskNotTold(workflowId: string): string {
  return `workflow id ${shortQuote(workflowId)}: its run has no task ids here: name the task itself, with --org`;
}

function printStart({ output, linkOf }: Session, end: StartEnd): void {
  switch (end.kind) {
    case 'started': {
      const url = linkOf(end.run);
      output.print(startedDocument(end.run, url), (colors) => startedLines(end.run, url, colors));
      break;
    }
    case 'notStarted':
      output.failure(end.ids, end.error);
  }
}

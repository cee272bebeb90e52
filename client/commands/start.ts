import type { Command } from 'commander';
import { taskArguments } from '../configuration';
import { environment } from '../environment';
import { NoWorkerError } from '../errors';
import { combinedExitCode, EXIT_CODES_HELP, EXIT_DETACHED, EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { CommonOptions, Session } from '../session';
import { inSession, outputFor } from '../session';
import { startedLines } from '../startedLines';
import type { StartEnd } from '../startingMany';
import { startMany } from '../startingMany';
import type { CancellationIds } from '../cancellationId';
import { STANDARD_INPUT, tasksInFile } from '../taskFile';
import { UsageError } from '../usageError';
import { command, examples } from './common';
import type { StartOptions } from './startOptions';
import { checkOptions, inputOf, withStartOptions } from './startOptions';
import { watchAll } from './watch';

interface StartCommandOptions extends CommonOptions, StartOptions {
  fromFile?: string;
  watch?: boolean;
}

export function startCommand(): Command {
  const start = command('start', 'cancel tasks, or join the cancellations of them that run')
    .argument('[task...]', 'task ids (with --org), or workflow ids')
    .option('--org <orgId>', 'the organisation of the task ids (default: VMC_ORG_ID)')
    .option('--from-file <file>', 'the tasks that it names as well, one a line; - is standard input');
  return withStartOptions(start)
    .option('--watch', 'go on as vmc-cancel watch')
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
      const named = taskArguments(texts, org, environment);
      if (fromFile === undefined && named.length === 0)
        throw new UsageError('name a task, or with --from-file a file of tasks: see vmc-cancel start --help');
      if (fromFile === STANDARD_INPUT && process.stdin.isTTY)
        outputFor(options).note('Reading tasks, one a line; Ctrl-D ends.');
      const tasks = fromFile === undefined ? named : [...named, ...(await tasksInFile(fromFile, org, environment))];
      if (tasks.length === 0) outputFor(options).note('No task is named in there: nothing was started.');
      else await inSession(workflowIdsOf(tasks), options, (session) => startAll(session, options));
    });
}

function workflowIdsOf(tasks: readonly CancellationIds[]): string[] {
  return tasks.map(({ workflowId }) => workflowId);
}

async function startAll(session: Session, options: StartCommandOptions): Promise<number> {
  const { client, output, tasks } = session;
  const { ends, interrupted } = await startMany(
    tasks.map((ids) => ({ ids, start: () => client.start(inputOf(ids, options)) })),
    (end) => {
      tellStart(session, end);
    },
  );
  const running = ends.filter(({ kind }) => kind === 'started').map(({ ids }) => ids);
  if (interrupted) {
    output.note(
      `Interrupted: ${running.length} of ${tasks.length} are started or joined, and go on. The same command starts the others, and joins those that run.`,
    );
    return EXIT_DETACHED;
  }
  const startCode = running.length === tasks.length ? EXIT_OK : EXIT_FAILED;
  if (options.watch) return combinedExitCode([startCode, (await watchAll(session, running)).exitCode]);
  await warnOfMissingWorker(session, running);
  return startCode;
}

function tellStart({ output, linkOf }: Session, end: StartEnd): void {
  switch (end.kind) {
    case 'started': {
      const url = linkOf(end.run);
      output.tell({ ...end.run, url }, (colors) => startedLines(end.run, url, colors));
      break;
    }
    case 'notStarted':
      output.failure(end.ids, end.error);
  }
}

/** They all wait on the same queue: to ask after one is enough. */
export async function warnOfMissingWorker(
  { client, output }: Session,
  running: readonly CancellationIds[],
): Promise<void> {
  const [first] = running;
  if (first === undefined) return;
  try {
    await client.progress(first);
  } catch (error) {
    if (error instanceof NoWorkerError)
      output.note(`warning: ${error.message}. Until then nothing is sent to the API.`);
    // What is started is started, whatever else keeps its progress from being told.
  }
}

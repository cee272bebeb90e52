import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { apiTasks, vmcConfiguration } from '../cancelAll/apiTasks';
import type { CancellationIds } from '../../client/cancellationId';
import type { Step, StepToDo } from '../cancelAll/plan';
import { isToDo, stepFor } from '../cancelAll/plan';
import { organizationArgument } from '../organization';
import { checkFilter } from '../cancelAll/filterCheck';
import type { Terminal } from '../cancelAll/prompt';
import { prompt } from '../cancelAll/prompt';
import type { Invocation, OutputStream } from '../invocation';
import { sizeOf } from '../invocation';
import { combinedExitCode, EXIT_CODES_HELP, EXIT_DETACHED, EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { Output } from '../output/output';
import type { FollowedRun } from '../cancelAll/existingRun';
import { existingRun } from '../cancelAll/existingRun';
import { forEachItem } from '../forEachItem';
import { planDocument } from '../cancelAll/planDocument';
import { planNotes, planTable } from '../cancelAll/planTable';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import type { Starting } from '../startMany';
import { startedRuns, startMany } from '../startMany';
import { warnIfStalled } from '../stalled';
import { startingView } from '../cancelAll/startingView';
import { UsageError } from '../usageError';
import type { Room } from '../cancelAll/verdictTable';
import { verdictTable } from '../cancelAll/verdictTable';
import { command, examples } from './common';
import type { StartOptions } from './startOptions';
import { checkOptions, inputOf, withStartOptions } from './startOptions';
import { watchAll } from '../watch/watchAll';

interface CancelAllOptions extends CommonOptions, StartOptions {
  filter: string;
  dryRun?: boolean;
  yes?: boolean;
  atMost?: number;
  /** False with --no-watch. */
  watch: boolean;
}

const DEFAULT_FILTER = "status eq 'STARTED'";
/** On a terminal: more rows would scroll the counts off the screen. */
const VERDICT_ROWS = 40;

export function cancelAllCommand(invocation: Invocation): Command {
  const cancelAll = command('cancel-all', 'cancel the tasks of an organization that a filter of the VMC API finds')
    .option('--org <orgId>', 'the organization (default: VMC_ORG_ID)')
    .option('--filter <filter>', 'which tasks, in the filter language of the VMC API', filterOf, DEFAULT_FILTER)
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('--yes', 'do not ask for confirmation; with a --filter it needs --at-most')
    .option('--at-most <number>', 'cancel nothing if there are more tasks than this', atMostOf);
  return withStartOptions(cancelAll)
    .option('--no-watch', 'do not wait for the verdicts')
    .addHelpText(
      'after',
      examples(
        'cancel-all --org 054f… --dry-run',
        `cancel-all --org 054f… --filter "status eq 'STARTED' and task_type eq 'SDDC-PROVISION'"`,
        `cancel-all --org 054f… --yes --at-most 20 --filter "startswith(task_type,'SDDC-') and progress_percent lt 50"`,
        'cancel-all --org 054f… --yes --json | jq -r "select(.outcome) | [.taskId, .outcome] | @tsv"',
      ),
    )
    .addHelpText('after', '\nThe tasks are read from the VMC API, with the VMC_* settings that the worker has.')
    .addHelpText('after', EXIT_CODES_HELP.replace('a run failed', 'not confirmed, not started, a run failed'))
    .action(async (options: CancelAllOptions, command: Command) => {
      checkOptions(options);
      if (
        options.yes &&
        !options.dryRun &&
        options.atMost === undefined &&
        command.getOptionValueSource('filter') === 'cli'
      )
        throw new UsageError(
          '--yes with a --filter needs --at-most <number>, the most tasks that it may cancel: see their number with --dry-run',
        );
      const orgId = organizationArgument(options.org, invocation.environment);
      if (orgId === null) throw new UsageError('whose tasks? Give --org, or set VMC_ORG_ID');
      const terminal = options.yes || options.dryRun ? null : terminalOf(invocation);
      if (!options.yes && !options.dryRun && terminal === null)
        throw new UsageError('no terminal to confirm on: see the tasks with --dry-run first, then use --yes');
      const configuration = await vmcConfiguration(invocation);
      await inSession(invocation, [], options, async (session) => {
        const askedAtMs = Date.now();
        const tasks = await apiTasks(configuration, { orgId, filter: options.filter });
        const { contradiction, unchecked } = checkFilter(options.filter, tasks);
        if (contradiction !== null)
          throw new Error(
            `nothing was started: ${contradiction}: does the API at ${new URL(configuration.apiUrl).host} know this filter, and does no proxy strip it?`,
          );
        const runOf = (ids: CancellationIds) => existingRun(session.client, ids, askedAtMs);
        const steps = await forEachItem(tasks, (task) => stepFor(orgId, task, runOf));
        return await carryOut(session, { orgId, steps, unchecked, runOf, terminal }, options);
      });
    });
}

function filterOf(text: string): string {
  if (text.trim() !== '') return text;
  throw new InvalidArgumentError(`It must be a condition such as ${DEFAULT_FILTER}`);
}

function atMostOf(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (number >= 1 && Number.isSafeInteger(number)) return number;
  throw new InvalidArgumentError('It must be a whole number, 1 or more');
}

function terminalOf({ stdin, stderr }: Invocation): Terminal | null {
  return stdin.isTTY && stderr.isTTY ? { input: stdin, output: stderr } : null;
}

interface Plan {
  orgId: string;
  steps: readonly Step[];
  /** The conditions of the filter that could not be checked. */
  unchecked: readonly string[];
  runOf: (ids: CancellationIds) => Promise<FollowedRun | null>;
  /** Where to confirm before anything is started; null: no confirmation is needed. */
  terminal: Terminal | null;
}

async function carryOut(session: Session, plan: Plan, options: CancelAllOptions) {
  const { orgId, steps, unchecked, terminal } = plan;
  const { output } = session;
  const toDo = steps.filter(isToDo);
  const count = toDo.filter(({ kind }) => kind === 'cancel').length;
  if (options.dryRun && output.json) for (const step of toDo) output.document(planDocument(step));
  else if (toDo.length > 0) showTable(output, toDo, terminal !== null);
  for (const note of planNotes(orgId, steps, unchecked)) output.note(note);
  if (options.atMost !== undefined && count > options.atMost)
    throw new Error(`nothing was started: ${count} would be cancelled, and --at-most is ${options.atMost}`);
  if (toDo.length === 0 || options.dryRun) return EXIT_OK;
  if (terminal !== null && count > 0) {
    const refusal = await refusalOf(count, orgId, terminal);
    if (refusal !== null) {
      output.note(`${refusal.text} Nothing was started.`);
      return refusal.exitCode;
    }
  }
  return await startAndWatch(
    session,
    toDo.map((step) => starting(session, step, plan, options)),
    options,
  );
}

/**
 * On stdout; beside JSON documents on stderr, and only where the table has to be confirmed.
 */
function showTable(output: Output, toDo: readonly StepToDo[], asking: boolean): void {
  const table = planTable(toDo, Date.now(), output.colors);
  if (!output.json) output.line(table);
  else if (asking) for (const line of table.split('\n')) output.note(line);
}

async function refusalOf(
  count: number,
  orgId: string,
  terminal: Terminal,
): Promise<{ text: string; exitCode: number } | null> {
  const tasks = count === 1 ? 'this task' : `these ${count} tasks`;
  const question = `A cancel cannot be taken back. Type ${count} to cancel ${tasks} of ${orgId}: `;
  const answer = await prompt(question, terminal);
  switch (answer.kind) {
    case 'typed':
      return answer.text === String(count) ? null : { text: `That is not ${count}.`, exitCode: EXIT_FAILED };
    case 'ended':
      return { text: 'No answer.', exitCode: EXIT_FAILED };
    case 'interrupted':
      return { text: 'Interrupted.', exitCode: EXIT_DETACHED };
  }
}

function starting({ client }: Session, step: StepToDo, { runOf }: Plan, options: StartOptions): Starting {
  const { ids } = step;
  const start = async () => {
    // Another caller may have started it, or the task may have ended, since the plan was made.
    const run = step.kind === 'follow' ? step.run : await runOf(ids);
    return run === null ? await client.start(inputOf(ids, options)) : { ...run, joined: true, differences: [] };
  };
  return { ids, start };
}

async function startAndWatch(session: Session, all: readonly Starting[], options: CancelAllOptions): Promise<number> {
  const { output } = session;
  const view = startingView(session, all.length);
  const { ends, interrupted } = await startMany(all, session.signals, (end) => {
    view.show(end);
  });
  view.end();
  const notStarted = ends.filter((end) => end.kind === 'notStarted');
  const running = startedRuns(ends);
  if (interrupted) {
    output.note(
      `Interrupted: ${running.length} of ${all.length} are started or joined, and go on. The same command again starts the others, and nothing twice; vmc-cancel list shows all.`,
    );
    return EXIT_DETACHED;
  }
  const startCode = notStarted.length === 0 ? EXIT_OK : EXIT_FAILED;
  if (!options.watch) {
    await warnIfStalled(session, running);
    output.note('They go on by themselves: vmc-cancel list shows their progress.');
    return startCode;
  }
  const { exitCode, ends: watched } = await watchAll(session, running);
  const table = verdictTable([...watched, ...notStarted], roomOn(output.stdout), output.colors);
  if (!output.json) output.line(output.redact(`\n${table}`));
  return exitCode === EXIT_DETACHED ? EXIT_DETACHED : combinedExitCode([startCode, exitCode]);
}

/** A file or a pipe has no limit. */
function roomOn(stdout: OutputStream): Room {
  return stdout.isTTY ? { rows: VERDICT_ROWS, columns: sizeOf(stdout).columns } : { rows: Infinity, columns: Infinity };
}

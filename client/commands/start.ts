import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../../domain/duration';
import type { CancelTaskInput } from '../../domain/input';
import { ON_DECLINED, parseCancelTaskInput } from '../../domain/input';
import type { StartedCancellation } from '../starting';
import type { CancellationIds } from '../cancellationId';
import type { Colors } from '../colors';
import { userName } from '../configuration';
import { NoWorkerError } from '../errors';
import { combinedExitCode, EXIT_CODES_HELP, EXIT_FAILED, EXIT_OK } from '../exitCodes';
import type { OptionDifference, OptionValue } from '../optionDifferences';
import { forEachItem } from '../parallel';
import { plainText } from '../plainText';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { UsageError } from '../usageError';
import { examples, taskCommand } from './common';
import { watchAll } from './watch';

interface StartOptions extends CommonOptions {
  deadline?: string;
  onDeclined?: CancelTaskInput['onDeclined'];
  pollMin?: string;
  pollMax?: string;
  pollRatio?: number;
  maxCancelRequests?: number;
  reason?: string;
  requestedBy?: string;
  watch?: boolean;
}

export function startCommand(): Command {
  return taskCommand('start', 'cancel tasks, or join the cancellations of them that run')
    .option('--deadline <duration>', 'how long to wait for a verdict, such as 90s or 6h (default: 24h)')
    .addOption(
      new Option('--on-declined <policy>', 'what to do when the API declines (default: return)').choices(ON_DECLINED),
    )
    .option('--poll-min <duration>', 'the shortest wait between two status reads')
    .option('--poll-max <duration>', 'the longest wait between two status reads')
    .option('--poll-ratio <number>', 'the next wait as a share of the time waited so far', numberOf)
    .option('--max-cancel-requests <number>', 'the most cancel requests to have answered (default: 5)', numberOf)
    .option('--reason <text>', 'why, for people; never sent to the API')
    .option('--requested-by <name>', 'who asks (default: your user name)')
    .option('--watch', 'go on as vmc-cancel watch')
    .addHelpText(
      'after',
      examples('start --org 054f… 1d1c…', 'start --org 054f… --deadline 6h --on-declined monitor --watch 1d1c… 2e2d…'),
    )
    .addHelpText(
      'after',
      EXIT_CODES_HELP.replace('Exit codes:', 'Exit codes: 0 when all are started or joined; with --watch'),
    )
    .action(async (texts: string[], options: StartOptions) => {
      checkOptions(options);
      await inSession(texts, options, (session) => startAll(session, options));
    });
}

function inputOf({ orgId, taskId }: { orgId: string; taskId: string }, options: StartOptions): CancelTaskInput {
  const { deadline, onDeclined, reason } = options;
  return {
    orgId,
    taskId,
    deadline,
    onDeclined,
    poll: { min: options.pollMin, max: options.pollMax, ratio: options.pollRatio },
    maxCancelRequests: options.maxCancelRequests,
    reason,
    requestedBy: options.requestedBy ?? userName(),
  };
}

function numberOf(text: string): number {
  if (text.trim() === '' || Number.isNaN(Number(text))) throw new InvalidArgumentError('It must be a number');
  return Number(text);
}

const FLAGS: Readonly<Record<string, string>> = {
  deadline: '--deadline',
  onDeclined: '--on-declined',
  poll: '--poll-min, --poll-max',
  'poll.min': '--poll-min',
  'poll.max': '--poll-max',
  'poll.ratio': '--poll-ratio',
  maxCancelRequests: '--max-cancel-requests',
  reason: '--reason',
  requestedBy: '--requested-by',
};

/** Which options are wrong, in the words in which they were typed, before anything is reached. */
function checkOptions(options: StartOptions): void {
  const parsed = parseCancelTaskInput(inputOf({ orgId: 'any', taskId: 'any' }, options));
  if (parsed.ok) return;
  const inFlags = parsed.problems.map((problem) => problem.replace(/^[\w.]+/, (field) => FLAGS[field] ?? field));
  throw new UsageError(inFlags.join('; '));
}

async function startAll(session: Session, options: StartOptions): Promise<number> {
  const { client, output, tasks, linkOf } = session;
  const started = await forEachItem(tasks, async (ids): Promise<CancellationIds | null> => {
    try {
      const run = await client.start(inputOf(ids, options));
      const url = linkOf(run);
      output.tell({ ...run, url }, (colors) => startedLines(run, url, colors));
      return ids;
    } catch (error) {
      output.failure(ids, error);
      return null;
    }
  });
  const running = started.filter((ids) => ids !== null);
  const startCode = running.length === tasks.length ? EXIT_OK : EXIT_FAILED;
  if (options.watch) return combinedExitCode([startCode, (await watchAll(session, running)).exitCode]);
  const [first] = running;
  if (first !== undefined) await warnOfMissingWorker(session, first);
  return startCode;
}

function startedLines(run: StartedCancellation, url: string | null, colors: Colors): string {
  const headline = run.joined
    ? `${colors.yellow('Joined')}   ${run.workflowId} (it was running already, and keeps its options)`
    : `${colors.green('Started')}  ${run.workflowId}`;
  const indented = [...run.differences.map(differenceLine), ...(url === null ? [] : [url])].map(
    (line) => `         ${line}`,
  );
  return [headline, ...indented].join('\n');
}

function differenceLine({ option, running, asked }: OptionDifference): string {
  return `differs: ${option} is ${valueText(option, running)}, not ${valueText(option, asked)} as asked for now`;
}

const DURATIONS: readonly string[] = ['deadline', 'poll.min', 'poll.max'];

function valueText(option: string, value: OptionValue): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return DURATIONS.includes(option) ? formatDuration(value) : String(value);
  return `"${plainText(value)}"`;
}

/** They all wait on the same queue: to ask after one is enough. */
async function warnOfMissingWorker({ client, output }: Session, ids: CancellationIds): Promise<void> {
  try {
    await client.progress(ids);
  } catch (error) {
    if (error instanceof NoWorkerError)
      output.note(`warning: ${error.message}. Until then nothing is sent to the API.`);
    // What is started is started, whatever else keeps its progress from being told.
  }
}

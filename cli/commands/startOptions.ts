import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { CancelTaskInput } from '../../domain/contract/input';
import { ON_DECLINED, parseCancelTaskInput } from '../../domain/contract/input';
import { formatDuration } from '../../domain/contract/duration';
import { DEFAULT_POLL_PACE } from '../../domain/schedule/pollSchedule';
import { userName } from '../userName';
import { UsageError } from '../usageError';

/** The options of a start, as typed: the same for every task of one call. */
export interface StartOptions {
  deadline?: string;
  onDeclined?: CancelTaskInput['onDeclined'];
  pollMin?: string;
  pollMax?: string;
  pollRatio?: number;
  maxCancelRequests?: number;
  reason?: string;
  requestedBy?: string;
}

const { minMs, maxMs, ratio } = DEFAULT_POLL_PACE;

/** As it would be typed: `15m`. */
function typed(durationMs: number): string {
  return formatDuration(durationMs).replaceAll(' ', '');
}

export function withStartOptions(command: Command): Command {
  return command
    .option('--deadline <duration>', 'how long to wait for a verdict, such as 90s or 6h (default: 24h)')
    .addOption(
      new Option('--on-declined <policy>', 'what to do when the API declines (default: return)').choices(ON_DECLINED),
    )
    .option('--poll-min <duration>', `the shortest wait between two status reads (default: ${typed(minMs)})`)
    .option('--poll-max <duration>', `the longest wait between two status reads (default: ${typed(maxMs)})`)
    .option('--poll-ratio <number>', `the next wait as a share of the time waited so far (default: ${ratio})`, numberOf)
    .option('--max-cancel-requests <number>', 'the most cancel requests to have answered (default: 5)', numberOf)
    .option('--reason <text>', 'why; kept in the result, never sent to the API')
    .option('--requested-by <name>', 'who requests it (default: your user name)');
}

export function inputOf({ orgId, taskId }: { orgId: string; taskId: string }, options: StartOptions): CancelTaskInput {
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

/** `Number` would also take `0x5` and `1e1`, which are typing errors here. */
const DECIMAL = /^-?\d+(\.\d+)?$/;

function numberOf(text: string): number {
  if (DECIMAL.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number such as 5 or 0.4');
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

/** Checks the options before a connection is made. Messages name the flags. */
export function checkOptions(options: StartOptions): void {
  const parsed = parseCancelTaskInput(inputOf({ orgId: 'any', taskId: 'any' }, options));
  if (parsed.ok) return;
  const inFlags = parsed.problems.map((problem) => problem.replace(/^[\w.]+/, (field) => FLAGS[field] ?? field));
  throw new UsageError(inFlags.join('; '));
}

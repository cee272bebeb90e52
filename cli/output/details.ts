import { formatDuration } from '../../domain/contract/duration';
import type { CancelTaskProgress, CancelTaskResult } from '../../domain/contract/result';
import type { CancellationIds } from '../../client/cancellationId';
import type { Colors } from './colors';
import type { HaltedError, RunFailure } from '../../temporal/errors';
import { moodOf } from './glance';
import { table } from './table';
import { moodColor } from '../watch/liveLine';
import { printable } from '../../domain/text/printedText';

/** A label and its value; null: no row. */
type Row = readonly [name: string, value: string | null];

export function progressDetails(
  progress: CancelTaskProgress,
  link: string | null,
  nowMs: number,
  colors: Colors,
): string {
  const { trouble, nextPollAt, deadlineAt } = progress;
  return titled(
    colors.bold(colors.yellow(progress.phase)),
    subjectOf(progress),
    [
      ...taskRows(progress),
      ['waiting for', formatDuration(nowMs - Date.parse(progress.startedAt))],
      ['next poll', nextPollAt === null ? null : `${nextPollAt} (${untilOrDue(Date.parse(nextPollAt), nowMs)})`],
      ['deadline', `${deadlineAt} (${untilOrDue(Date.parse(deadlineAt), nowMs)})`],
      [
        'trouble',
        trouble === null
          ? null
          : `${trouble.type} since ${trouble.since}, ${trouble.failures} in a row: ${trouble.message}`,
      ],
      ...commonRows(progress),
      ['link', link],
    ],
    colors,
  );
}

export function resultDetails(result: CancelTaskResult, link: string | null, colors: Colors): string {
  const took = formatDuration(Date.parse(result.observedAt) - Date.parse(result.startedAt));
  return titled(
    colors.bold(moodColor(moodOf(result.outcome), colors)(result.outcome)),
    subjectOf(result),
    [
      ['', result.alreadySettled ? 'the task was over before the cancel could do anything' : null],
      ...taskRows(result),
      ['observed', `${result.observedAt} (after ${took})`],
      ...commonRows(result),
      ['link', link],
    ],
    colors,
  );
}

export function haltedDetails(
  ids: CancellationIds,
  { type, message }: HaltedError,
  link: string | null,
  colors: Colors,
): string {
  return titled(
    colors.bold(colors.yellow(type.toUpperCase())),
    subjectOfRun(ids),
    [
      ['', message],
      ['link', link],
    ],
    colors,
  );
}

export function failureDetails(ids: CancellationIds, failure: RunFailure, link: string | null, colors: Colors): string {
  return titled(
    colors.bold(colors.red(printable(failure.type))),
    subjectOfRun(ids),
    [
      ['', 'the run failed: there is no verdict'],
      ['message', failure.message],
      ['link', link],
    ],
    colors,
  );
}

function taskRows({ task }: CancelTaskProgress | CancelTaskResult): Row[] {
  if (task === null) return [['status', 'the task was not seen']];
  const phase = [task.phaseInProgress, task.subStatus].filter((text) => text !== null).join(', ');
  return [
    ['status', task.status],
    ['type', task.taskType],
    ['progress', task.progressPercent === null ? null : `${task.progressPercent} %`],
    ['phase', phase || null],
    ['estimate', task.estimatedRemainingMinutes === null ? null : `${task.estimatedRemainingMinutes} m left`],
    ['error', task.errorMessage],
  ];
}

function commonRows(report: CancelTaskProgress | CancelTaskResult): Row[] {
  const { declined } = report;
  return [
    ['started', report.startedAt],
    ['accepted', report.acceptedAt],
    [
      'declined',
      declined === null
        ? null
        : [`HTTP ${declined.httpStatus}`, declined.errorCode, ...declined.messages].filter(Boolean).join(', '),
    ],
    ['calls', `cancel requests answered: ${report.cancelRequests}, status reads: ${report.polls}`],
    ['reason', report.reason],
    ['requested by', report.requestedBy],
  ];
}

function untilOrDue(atMs: number, nowMs: number): string {
  return atMs > nowMs ? `in ${formatDuration(atMs - nowMs)}` : 'due';
}

function subjectOf({ orgId, taskId }: { orgId: string; taskId: string }): string {
  return `task ${printable(taskId)} in org ${printable(orgId)}`;
}

/** The workflow id of a run without task ids. */
function subjectOfRun(ids: CancellationIds): string {
  return ids.taskId === '' ? `workflow ${printable(ids.workflowId)}` : subjectOf(ids);
}

function titled(state: string, subject: string, rows: readonly Row[], colors: Colors): string {
  const shown = rows.flatMap(([name, value]) =>
    value === null ? [] : [[{ text: name, paint: colors.dim }, printable(value)]],
  );
  return `${state}  ${subject}\n${table(shown)}`;
}

import { formatDuration } from '../../domain/contract/duration';
import type { CancelTaskResult } from '../../domain/contract/result';
import { OUTCOMES } from '../../domain/contract/result';
import type { Colors } from '../output/colors';
import { headOf, table } from '../output/table';
import { RunFailedError } from '../../temporal/errors';
import type { Glance } from '../output/glance';
import { moodOf } from '../output/glance';
import { moodColor } from '../watch/liveLine';
import { cutToWidth } from '../output/textWidth';
import { printable } from '../../domain/text/printedText';
import type { StartEnd } from '../startMany';
import type { WatchedEnd } from '../waitForAll';

/** How the cancellation of one task ended. */
export type CancelEnd = WatchedEnd | Extract<StartEnd, { kind: 'notStarted' }>;

interface Verdict {
  text: string;
  mood: Glance['mood'];
}

const RUN_FAILED = 'run failed';
const UNKNOWN = 'unknown';
const NOT_STARTED = 'not started';
const STILL_RUNNING = 'still running';
/** Best first. */
const ORDER: readonly string[] = [...OUTCOMES, STILL_RUNNING, UNKNOWN, RUN_FAILED, NOT_STARTED];

/** What a terminal shows without scrolling or wrapping. */
export interface Room {
  rows: number;
  columns: number;
}

/**
 * Of many tasks: how many there are of each verdict, and then those that are not CANCELED, the
 * worst first, as many as there is room for.
 */
export function verdictTable(ends: readonly CancelEnd[], { rows, columns }: Room, colors: Colors): string {
  const notable = ends
    .filter((end) => verdictOf(end).mood === 'bad')
    .toSorted((one, other) => rankOf(verdictOf(other)) - rankOf(verdictOf(one)));
  const cut = notable.length - rows;
  return [
    countsTable(ends, colors),
    ...(notable.length === 0 ? [] : ['', detailsTable(notable.slice(0, rows), columns, colors)]),
    ...(cut > 0 ? [colors.dim(`and ${cut} more: see vmc-cancel list --outcome`)] : []),
  ].join('\n');
}

function countsTable(ends: readonly CancelEnd[], colors: Colors): string {
  const rows = ORDER.flatMap((text) => {
    const verdicts = ends.map(verdictOf).filter((verdict) => verdict.text === text);
    const [first] = verdicts;
    return first === undefined ? [] : [[{ text, paint: moodColor(first.mood, colors) }, String(verdicts.length)]];
  });
  return table([headOf(['VERDICT', 'TASKS'], colors), ...rows], [1]);
}

function rankOf({ text }: Verdict): number {
  return ORDER.indexOf(text);
}

function detailsTable(ends: readonly CancelEnd[], columns: number, colors: Colors): string {
  const rows = ends.map((end) => {
    const result = end.kind === 'settled' ? end.result : null;
    return [
      printable(end.ids.taskId),
      verdictOf(end).text,
      printable(result?.task?.taskType ?? ''),
      result === null ? '' : formatDuration(Date.parse(result.observedAt) - Date.parse(result.startedAt)),
      printable(remarkOf(end)),
    ];
  });
  const [head = '', ...lines] = table([['TASK', 'VERDICT', 'TYPE', 'AFTER', 'REMARK'], ...rows])
    .split('\n')
    .map((line) => cutToWidth(line, columns));
  return [colors.dim(head), ...lines].join('\n');
}

function verdictOf(end: CancelEnd): Verdict {
  switch (end.kind) {
    case 'settled':
      return { text: end.result.outcome, mood: moodOf(end.result.outcome) };
    case 'failed':
      return { text: end.error instanceof RunFailedError ? RUN_FAILED : UNKNOWN, mood: 'bad' };
    case 'notStarted':
      return { text: NOT_STARTED, mood: 'bad' };
    case 'detached':
      return { text: STILL_RUNNING, mood: 'pending' };
  }
}

function remarkOf(end: CancelEnd): string {
  switch (end.kind) {
    case 'settled':
      return resultRemark(end.result);
    case 'failed':
    case 'notStarted':
      return end.error instanceof Error ? end.error.message : String(end.error);
    case 'detached':
      return '';
  }
}

function resultRemark({ outcome, alreadySettled, task, declined }: CancelTaskResult): string {
  switch (outcome) {
    case 'CANCELED':
    case 'FINISHED':
    case 'FAILED':
      return alreadySettled ? 'it was over before the cancel' : (task?.errorMessage ?? '');
    case 'NOT_CANCELABLE':
      return [declined?.errorCode ?? null, ...(declined?.messages ?? [])].filter((text) => text !== null).join(', ');
    case 'DEADLINE_EXCEEDED':
    case 'ABANDONED':
      return task === null ? 'the task was not seen' : `last seen ${task.status}`;
  }
}

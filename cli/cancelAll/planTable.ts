import { formatDuration } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import type { Step, StepToDo } from './plan';
import { isToDo } from './plan';
import type { Colors } from '../output/colors';
import { headOf, table } from '../output/table';
import { cutToWidth } from '../output/textWidth';
import { printable } from '../../domain/text/printedText';

const TYPE_COLUMNS = 40;
const UNCHECKED_COLUMNS = 120;

/** The planned step of each task, one a line, with its current state. */
export function planTable(steps: readonly StepToDo[], nowMs: number, colors: Colors): string {
  const head = headOf(['TASK', 'TYPE', 'STATUS', 'PROGRESS', 'SINCE', 'WILL'], colors);
  const rows = steps.map(({ ids, task, kind }) => [
    printable(ids.taskId),
    cutToWidth(printable(task.taskType ?? ''), TYPE_COLUMNS),
    printable(task.status),
    typeof task.progressPercent === 'number' ? `${Math.round(task.progressPercent)} %` : '',
    sinceText(task, nowMs),
    kind === 'cancel' ? { text: kind, paint: colors.yellow } : kind,
  ]);
  return table([head, ...rows]);
}

function sinceText({ startTime }: Task, nowMs: number): string {
  if (startTime === null) return '';
  const startedAtMs = Date.parse(startTime);
  if (Number.isNaN(startedAtMs)) return cutToWidth(printable(startTime), TYPE_COLUMNS);
  const startedAt = new Date(startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${startedAt} (${formatDuration(nowMs - startedAtMs)})`;
}

/** Notes that sum up the plan, and the tasks that are left out. */
export function planNotes(orgId: string, steps: readonly Step[], unchecked: readonly string[]): string[] {
  const notes = STEP_NOTES.flatMap(([kind, noteOf]) => {
    const those = steps.filter((step) => step.kind === kind);
    return those.length === 0 ? [] : [noteOf(those)];
  });
  const nothing = steps.some(isToDo) ? [] : [`Nothing to do: no such task of ${orgId} is left to cancel.`];
  return [...uncheckedNotes(unchecked), ...notes, ...nothing];
}

const MAX_UNCHECKED_TOLD = 3;

/** An API that ignores an unknown filter answers with every task. */
function uncheckedNotes(unchecked: readonly string[]): string[] {
  if (unchecked.length === 0) return [];
  const shown = unchecked.slice(0, MAX_UNCHECKED_TOLD).map((text) => cutToWidth(printable(text), UNCHECKED_COLUMNS));
  const more = unchecked.length > shown.length ? `, and ${unchecked.length - shown.length} more` : '';
  return [`Not checked, because the listed tasks lack these fields: ${shown.join('; ')}${more}.`];
}

const STEP_NOTES: readonly (readonly [Step['kind'], (steps: readonly Step[]) => string])[] = [
  ['over', (steps) => `Left out: ${steps.length} that are over (${countsText(steps.map(statusText))}).`],
  [
    'othersCancel',
    (steps) => `Left out: ${steps.length} that were cancelled elsewhere: vmc-cancel start would watch them.`,
  ],
  ['follow', (steps) => `To follow: ${steps.length} that have a cancellation already, which keeps its options.`],
  ['cancel', (steps) => `To cancel: ${steps.length} (${countsText(steps.map(typeText))}).`],
];

function statusText({ task }: Step): string {
  return task.status;
}

function typeText({ task }: Step): string {
  return cutToWidth(task.taskType ?? 'without a type', TYPE_COLUMNS);
}

/** Counts each text, the most frequent first: the summary that is confirmed. */
function countsText(texts: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([text, count]) => `${count} ${text}`)
    .join(', ');
}

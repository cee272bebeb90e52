import { formatDuration } from '../domain/duration';
import type { Task } from '../domain/task';
import type { Step, StepToDo } from './cancelPlan';
import { isToDo } from './cancelPlan';
import type { Colors } from './colors';
import { borderless, drawn } from './details';
import { plainText, shortened } from './plainText';

const TYPE_COLUMNS = 40;

/** What would be done, a task a line, as the API and our own runs have it now. */
export function planTable(steps: readonly StepToDo[], nowMs: number, colors: Colors): string {
  const table = borderless(['TASK', 'TYPE', 'STATUS', 'PROGRESS', 'SINCE', 'WILL'].map(colors.dim));
  for (const { ids, task, kind } of steps)
    table.push([
      plainText(ids.taskId),
      shortened(plainText(task.taskType ?? ''), TYPE_COLUMNS),
      plainText(task.status),
      task.progressPercent === null ? '' : `${Math.round(task.progressPercent)} %`,
      sinceText(task, nowMs),
      kind === 'cancel' ? colors.yellow(kind) : kind,
    ]);
  return drawn(table);
}

function sinceText({ startTime }: Task, nowMs: number): string {
  if (startTime === null) return '';
  const startedAtMs = Date.parse(startTime);
  if (Number.isNaN(startedAtMs)) return shortened(plainText(startTime), TYPE_COLUMNS);
  const startedAt = new Date(startedAtMs).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${startedAt} (${formatDuration(nowMs - startedAtMs)})`;
}

/** The same in sentences, and what is left out. */
export function planNotes(orgId: string, steps: readonly Step[]): string[] {
  const notes = STEP_NOTES.flatMap(([kind, noteOf]) => {
    const tasks = steps.filter((step) => step.kind === kind).map(({ task }) => task);
    return tasks.length === 0 ? [] : [noteOf(tasks)];
  });
  return steps.some(isToDo) ? notes : [...notes, `Nothing to do: no such task of ${orgId} is left to cancel.`];
}

const STEP_NOTES: readonly (readonly [Step['kind'], (tasks: readonly Task[]) => string])[] = [
  ['over', (tasks) => `Left out: ${tasks.length} that are over (${countsText(tasks, ({ status }) => status)}).`],
  [
    'othersCancel',
    (tasks) => `Left out: ${tasks.length} that somebody else is cancelling: vmc-cancel start would watch them.`,
  ],
  ['follow', (tasks) => `To follow: ${tasks.length} that are being cancelled already, and keep their options.`],
  ['cancel', (tasks) => `To cancel: ${tasks.length} (${countsText(tasks, typeText)}).`],
];

function typeText({ taskType }: Task): string {
  return shortened(taskType ?? 'without a type', TYPE_COLUMNS);
}

/** Counted by a field of theirs, the most frequent first: what a person has to recognise before saying yes. */
function countsText(tasks: readonly Task[], fieldOf: (task: Task) => string): string {
  const counts = new Map<string, number>();
  for (const task of tasks) counts.set(fieldOf(task), (counts.get(fieldOf(task)) ?? 0) + 1);
  return [...counts]
    .toSorted(([, one], [, other]) => other - one)
    .map(([field, count]) => `${count} ${field}`)
    .join(', ');
}

import { SECOND_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { isKnownStatus, isTerminal } from '../../domain/cancellation/taskStatus';
import type { TasksAnswer } from '../api/classification';
import type { OpenReason } from './observer';

/** How long a list may lag behind an individual read that returned the end. */
const MAX_LIST_LAG_MS = 10 * SECOND_MS;

/** Why a list is unusable, or its active tasks: it counts for no others. */
export type List = { kind: 'unusable'; reason: OpenReason } | { kind: 'usable'; active: ReadonlyMap<string, Task> };

/** @param ended when an individual read returned the end of a task, by its id. */
export function readList(answer: TasksAnswer, sentAtMs: number, ended: ReadonlyMap<string, { atMs: number }>): List {
  if (answer.kind === 'failed')
    return { kind: 'unusable', reason: answer.failure.type === 'Timeout' ? 'slow' : 'refused' };
  const { tasks, foreignCount } = answer;
  const active = tasks.filter(isActive).map((task) => [task.id, task] as const);
  const hasDuplicates = new Set(tasks.map(({ id }) => id)).size < tasks.length;
  const hasEnded = active.some(([id]) => (ended.get(id)?.atMs ?? Infinity) <= sentAtMs - MAX_LIST_LAG_MS);
  if (foreignCount > 0 || hasDuplicates || hasEnded) return { kind: 'unusable', reason: 'wrong' };
  return { kind: 'usable', active: new Map(active) };
}

export function isActive({ status }: Task): boolean {
  return isKnownStatus(status) && !isTerminal(status);
}

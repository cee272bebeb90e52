import type { Failed } from '../../domain/contract/answers';
import type { Task } from '../../domain/cancellation/task';
import { isKnownStatus, isTerminal } from '../../domain/cancellation/taskStatus';
import type { TasksAnswer } from '../api/classification';

/** Both states of a task that is not over, in the form of the vendor's own sample. */
export const ACTIVE_TASKS_FILTER = "(status eq 'STARTED') or (status eq 'CANCELING')";

/**
 * Far above what an organisation has running at once: an API that lists more does not heed the
 * filter.
 */
const MAX_ITEMS = 5_000;
/** So many items of the usual size, and some room. */
export const MAX_ACTIVE_TASKS_BYTES = 8 * 1024 * 1024;

export function isActive({ status }: Task): boolean {
  return isKnownStatus(status) && !isTerminal(status);
}

export interface ActiveTasks {
  byId: ReadonlyMap<string, Task>;
  /** Why the list is not to be asked for again for a while. */
  problem: 'huge' | 'wrong' | null;
}

/**
 * What a list may answer for: tasks that go on. That one is over, or is something else, is for a
 * read of that very task to say.
 */
export function activeTasksIn({ tasks, strangers }: Exclude<TasksAnswer, Failed>): ActiveTasks {
  const ids = new Set(tasks.map(({ id }) => id));
  if (strangers > 0 || ids.size < tasks.length) return { byId: new Map(), problem: 'wrong' };
  const active = tasks.filter(isActive);
  return {
    byId: new Map(active.map((task) => [task.id, task])),
    problem: tasks.length > MAX_ITEMS ? 'huge' : null,
  };
}

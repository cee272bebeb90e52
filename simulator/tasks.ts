import { randomUUID } from 'node:crypto';
import type { Script } from './script';
import type { TaskDocument, TaskIdentity } from './taskDocument';
import { taskDocument } from './taskDocument';
import type { CancelEffect, Status, TaskHistory } from './taskState';
import { cancelEffectAt, isOver, isVanished, standingAt } from './taskState';

export interface NewTask {
  orgId: string;
  taskId: string;
  taskType: string;
  script: Script;
}

export interface StoredTask {
  identity: TaskIdentity;
  history: TaskHistory;
}

/** The truth about a task, against which a verdict is checked. */
export interface TaskFate {
  orgId: string;
  taskId: string;
  status: Status;
  /** ISO-8601 UTC; null: it goes on. */
  endedAt: string | null;
  /** ISO-8601 UTC: from then on the API has no such task; null: never. */
  vanishesAt: string | null;
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}

/** The tasks of every organization. One that has vanished is still stored, and no longer found. */
export class Tasks {
  readonly #byOrg = new Map<string, Map<string, StoredTask>>();

  constructor(private readonly onChange: (task: StoredTask) => void) {}

  /** The new task's document, or null if the organization has one of this id. */
  add({ orgId, taskId, taskType, script }: NewTask, nowMs: number): TaskDocument | null {
    if (this.#byOrg.get(orgId)?.has(taskId)) return null;
    const identity = {
      orgId,
      taskId,
      taskType,
      resourceId: randomUUID(),
      correlationId: randomUUID(),
      userId: randomUUID(),
    };
    const history = { script, createdAtMs: nowMs, cancelAcceptedAtMs: null };
    const task = { identity, history };
    this.restore(task);
    this.onChange(task);
    return taskDocument(identity, history, nowMs);
  }

  get(orgId: string, taskId: string, nowMs: number): TaskDocument | null {
    const task = this.#find(orgId, taskId, nowMs);
    return task && taskDocument(task.identity, task.history, nowMs);
  }

  list(orgId: string, nowMs: number): TaskDocument[] {
    return [...(this.#byOrg.get(orgId)?.values() ?? [])]
      .filter(({ history }) => !isVanished(history, nowMs))
      .map(({ identity, history }) => taskDocument(identity, history, nowMs));
  }

  /** What the cancel did, and the task after it; null if there is no such task. */
  cancel(orgId: string, taskId: string, nowMs: number): { effect: CancelEffect; task: TaskDocument } | null {
    const task = this.#find(orgId, taskId, nowMs);
    if (task === null) return null;
    const effect = cancelEffectAt(task.history, nowMs);
    if (effect === 'accepted') {
      task.history.cancelAcceptedAtMs = nowMs;
      this.onChange(task);
    }
    return { effect, task: taskDocument(task.identity, task.history, nowMs) };
  }

  /** Of every task, vanished ones included. */
  fates(nowMs: number): TaskFate[] {
    return [...this.#byOrg.values()].flatMap((ofOrg) =>
      [...ofOrg.values()].map(({ identity: { orgId, taskId }, history }) => {
        const { status, sinceMs } = standingAt(history, nowMs);
        const { vanishesAfterMs } = history.script;
        return {
          orgId,
          taskId,
          status,
          endedAt: isOver(status) ? instantOf(sinceMs) : null,
          vanishesAt: vanishesAfterMs === null ? null : instantOf(history.createdAtMs + vanishesAfterMs),
        };
      }),
    );
  }

  restore(task: StoredTask): void {
    const { orgId, taskId } = task.identity;
    const ofOrg = this.#byOrg.get(orgId) ?? new Map<string, StoredTask>();
    this.#byOrg.set(orgId, ofOrg.set(taskId, task));
  }

  clear(): void {
    this.#byOrg.clear();
  }

  #find(orgId: string, taskId: string, nowMs: number): StoredTask | null {
    const task = this.#byOrg.get(orgId)?.get(taskId);
    return task === undefined || isVanished(task.history, nowMs) ? null : task;
  }
}

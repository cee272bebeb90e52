import { randomUUID } from 'node:crypto';
import type { Script } from './script';
import type { TaskDocument, TaskIdentity } from './taskDocument';
import { taskDocument } from './taskDocument';
import type { CancelEffect, TaskHistory } from './taskState';
import { cancelEffectAt, isVanished } from './taskState';

export interface NewTask {
  orgId: string;
  taskId: string;
  taskType: string;
  script: Script;
}

interface StoredTask {
  identity: TaskIdentity;
  history: TaskHistory;
}

/** The tasks of every organization. One that has vanished is still stored, and no longer found. */
export class Tasks {
  readonly #byOrg = new Map<string, Map<string, StoredTask>>();

  /** The new task's document, or null if the organization has one of this id. */
  add({ orgId, taskId, taskType, script }: NewTask, nowMs: number): TaskDocument | null {
    const ofOrg = this.#byOrg.get(orgId) ?? new Map<string, StoredTask>();
    if (ofOrg.has(taskId)) return null;
    const identity = {
      orgId,
      taskId,
      taskType,
      resourceId: randomUUID(),
      correlationId: randomUUID(),
      userId: randomUUID(),
    };
    const history = { script, createdAtMs: nowMs, cancelAcceptedAtMs: null };
    this.#byOrg.set(orgId, ofOrg.set(taskId, { identity, history }));
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
    if (effect === 'accepted') task.history.cancelAcceptedAtMs = nowMs;
    return { effect, task: taskDocument(task.identity, task.history, nowMs) };
  }

  clear(): void {
    this.#byOrg.clear();
  }

  #find(orgId: string, taskId: string, nowMs: number): StoredTask | null {
    const task = this.#byOrg.get(orgId)?.get(taskId);
    return task === undefined || isVanished(task.history, nowMs) ? null : task;
  }
}

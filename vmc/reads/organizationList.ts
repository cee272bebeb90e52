import type { CallFailure } from '../../domain/contract/answers';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { isTerminal } from '../../domain/cancellation/taskStatus';
import { ACTIVE_TASKS_FILTER, activeTasksIn, isActive, MAX_ACTIVE_TASKS_BYTES } from './activeTasks';
import type { VmcClient } from '../api/client';
import type { Clock } from './clock';
import { ListTrust } from './listTrust';
import type { OrganizationPace } from './organizationPace';
import type { ReadsReport } from './readsReport';

/** What one list told those who waited for it. */
export interface List {
  tasks: ReadonlyMap<string, Task>;
  /** It told of none of those whom it was asked for. */
  isBlank: boolean;
  /** And yet one of them goes on. */
  isBlind: boolean;
}

export interface ListOptions {
  orgId: string;
  vmc: Pick<VmcClient, 'listTasks'>;
  clock: Clock;
  pace: OrganizationPace;
  report: Pick<ReadsReport, 'listed' | 'degraded' | 'restored'>;
  limitMs: number;
}

/**
 * A moment's outage says nothing of the list: only the second failure in a row does, and that not
 * for long.
 */
const MAX_FAILED_LISTS = 2;
const COOL_DOWN_AFTER_OUTAGE_MS = 30 * SECOND_MS;
const COOL_DOWN_MS = 5 * MINUTE_MS;
/**
 * One list may lag behind the API's other answers; two in a row that told of nobody are of no use.
 */
const MAX_BLIND_LISTS = 2;
/**
 * After so many, one that it tells of is read singly all the same: a list that stands still would
 * tell for ever that all go on.
 */
const MAX_UNCHECKED_LISTS = 15;
/** So long a list may lag behind a single read that told of the end. */
const LAG_MS = 10 * SECOND_MS;
/** Longer than the list is not asked for after it was found to be wrong. */
const REMEMBERED_MS = 2 * HOUR_MS;

interface SingleRead {
  atMs: number;
  isOver: boolean;
}

/** The list of an organisation's tasks that go on, for as long as it is of use. */
export class OrganizationList {
  private readonly trust: ListTrust;
  /** The latest of each task, in the order of their answers. */
  private readonly singleReads = new Map<string, SingleRead>();
  private failedInARow = 0;
  private blindInARow = 0;
  private unchecked = 0;

  constructor(private readonly options: ListOptions) {
    const { orgId, clock, report } = options;
    this.trust = new ListTrust(clock, {
      degraded: (reason, coolDownMs) => {
        report.degraded(orgId, reason, coolDownMs);
      },
      restored: (reason) => {
        report.restored(orgId, reason);
      },
    });
  }

  isTrusted(): boolean {
    return this.trust.isThere();
  }

  /** What it tells of those who wait; null where it failed, or cannot be right. */
  async ask(waiting: readonly string[]): Promise<List | null> {
    const { orgId, vmc, pace, report, limitMs } = this.options;
    report.listed();
    const sentAtMs = pace.sent();
    const answer = await vmc.listTasks(
      { orgId, filter: ACTIVE_TASKS_FILTER, maxAnswerBytes: MAX_ACTIVE_TASKS_BYTES },
      // It is nobody's own: who cannot wait leaves it to the others.
      { signal: new AbortController().signal, timeLimitMs: limitMs },
    );
    pace.heard(answer, sentAtMs);
    if (answer.kind === 'failed') {
      this.failed(answer.failure);
      return null;
    }
    this.failedInARow = 0;
    const found = activeTasksIn(answer);
    const problem = this.tellsOfOneThatIsOver(found.byId, sentAtMs) ? 'wrong' : found.problem;
    if (problem !== null) this.trust.lose(problem, COOL_DOWN_MS);
    if (problem === 'wrong') return null;
    const told = waiting.filter((taskId) => found.byId.has(taskId));
    if (problem === null && told.length > 0) {
      this.trust.earn();
      this.blindInARow = 0;
    }
    const tasks = new Map(found.byId);
    this.unchecked += 1;
    const checked = this.unchecked > MAX_UNCHECKED_LISTS ? this.longestNotReadSingly(told) : undefined;
    if (checked !== undefined) {
      this.unchecked = 0;
      tasks.delete(checked);
    }
    return { tasks, isBlank: told.length === 0, isBlind: false };
  }

  /**
   * What a single read told of a task; where it had waited for a list, and that one did not tell of
   * it, the list comes with it.
   */
  compare(task: Task, list?: List): void {
    const atMs = this.options.clock.nowMs();
    const isOver = isTerminal(task.status);
    this.singleReads.delete(task.id);
    this.singleReads.set(task.id, { atMs, isOver });
    for (const [id, read] of this.singleReads) {
      if (read.atMs >= atMs - REMEMBERED_MS) break;
      this.singleReads.delete(id);
    }
    if (list !== undefined && isActive(task)) this.missed(list);
  }

  /** A list did not tell of a task that goes on. */
  private missed(list: List): void {
    if (!list.isBlank || list.isBlind) return;
    list.isBlind = true;
    this.blindInARow += 1;
    if (this.blindInARow >= MAX_BLIND_LISTS) this.trust.lose('wrong', COOL_DOWN_MS);
  }

  private failed({ type, retryable }: CallFailure): void {
    const mayPass = retryable && type !== 'Timeout';
    this.failedInARow = mayPass ? this.failedInARow + 1 : 0;
    if (type === 'Timeout') this.trust.lose('slow', COOL_DOWN_MS);
    else if (!retryable) this.trust.lose('refused', COOL_DOWN_MS);
    else if (this.failedInARow >= MAX_FAILED_LISTS) this.trust.lose('refused', COOL_DOWN_AFTER_OUTAGE_MS);
  }

  private tellsOfOneThatIsOver(byId: ReadonlyMap<string, Task>, sentAtMs: number): boolean {
    for (const taskId of byId.keys()) {
      const read = this.singleReads.get(taskId);
      if (read?.isOver === true && read.atMs <= sentAtMs - LAG_MS) return true;
    }
    return false;
  }

  private longestNotReadSingly(taskIds: readonly string[]): string | undefined {
    const readAtMs = (taskId: string) => this.singleReads.get(taskId)?.atMs ?? -Infinity;
    return taskIds.reduce<string | undefined>(
      (longest, taskId) => (longest === undefined || readAtMs(taskId) < readAtMs(longest) ? taskId : longest),
      undefined,
    );
  }
}

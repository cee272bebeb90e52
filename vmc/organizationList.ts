import type { CallFailure } from '../domain/answers';
import { MINUTE_MS, SECOND_MS } from '../domain/duration';
import type { Task } from '../domain/task';
import { ACTIVE_TASKS_FILTER, activeTasksIn } from './activeTasks';
import type { VmcClient } from './client';
import type { Clock } from './clock';
import type { SingleReason } from './listTrust';
import { ListTrust } from './listTrust';
import type { OrganizationPace } from './organizationPace';

/** What one list told those who waited for it. */
export interface List {
  tasks: ReadonlyMap<string, Task>;
  /** It told of none of those whom it was asked for. */
  isBlank: boolean;
  /** And yet one of them goes on. */
  isBlind: boolean;
}

export interface ListReport {
  /** A list was asked for. */
  listed(): void;
  /** The organisation's reads are single from now on, for this long. */
  degraded(reason: SingleReason, coolDownMs: number): void;
  restored(reason: SingleReason): void;
}

export interface ListOptions {
  orgId: string;
  vmc: Pick<VmcClient, 'listTasks'>;
  clock: Clock;
  pace: OrganizationPace;
  report: ListReport;
  limitMs: number;
}

/** A moment's outage, or a 429 that all calls heed, says nothing of the list: only the second in a row does. */
const MAX_FAILED_LISTS = 2;
/** One list may lag behind the API's other answers; two in a row that told of nobody are of no use. */
const MAX_BLIND_LISTS = 2;
/** After so many in a row that told of everybody, one is read singly all the same: a list that stands still would tell for ever that all go on. */
const MAX_UNCHECKED_LISTS = 10;
/** So long a list may lag behind a single read that told of the end. */
const LAG_MS = 10 * SECOND_MS;
/** For comparison with later lists, of which the next may be a quarter of an hour away. */
const REMEMBERED_MS = 20 * MINUTE_MS;

/** The list of an organisation's tasks that go on, for as long as it is of use. */
export class OrganizationList {
  private readonly trust: ListTrust;
  /** When single reads were sent that told of the end, by task, in that order. */
  private readonly overAtMs = new Map<string, number>();
  private failedInARow = 0;
  private blindInARow = 0;
  private uncheckedInARow = 0;

  constructor(private readonly options: ListOptions) {
    this.trust = new ListTrust(options.clock, options.report);
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
      { orgId, filter: ACTIVE_TASKS_FILTER },
      // It is nobody's own: who cannot wait leaves it to the others.
      { signal: new AbortController().signal, timeLimitMs: limitMs },
    );
    pace.heard(answer, sentAtMs);
    if (answer.kind === 'failed') {
      this.failed(answer.failure);
      return null;
    }
    this.failedInARow = 0;
    const { byId, problem } = activeTasksIn(answer);
    const isWrong = problem === 'wrong' || this.tellsOfThoseWhoAreOver(byId, sentAtMs);
    if (isWrong || problem !== null) this.trust.lose(problem ?? 'wrong');
    if (isWrong) return null;
    const told = waiting.filter((taskId) => byId.has(taskId));
    if (problem === null && told.length > 0) {
      this.trust.earn();
      this.blindInARow = 0;
    }
    const unchecked = this.unchecked(waiting, told);
    const tasks = new Map([...byId].filter(([taskId]) => taskId !== unchecked));
    return { tasks, isBlank: told.length === 0, isBlind: false };
  }

  /** A list did not tell of a task that goes on. */
  missed(list: List): void {
    if (!list.isBlank || list.isBlind) return;
    list.isBlind = true;
    this.blindInARow += 1;
    if (this.blindInARow >= MAX_BLIND_LISTS) this.trust.lose('wrong');
  }

  /** A single read told of a task's end. */
  ended(taskId: string, sentAtMs: number): void {
    this.overAtMs.delete(taskId);
    this.overAtMs.set(taskId, sentAtMs);
  }

  private failed({ type, retryable }: CallFailure): void {
    this.failedInARow += 1;
    if (type === 'Timeout') this.trust.lose('slow');
    else if (!retryable || this.failedInARow >= MAX_FAILED_LISTS) this.trust.lose('refused');
  }

  private tellsOfThoseWhoAreOver(byId: ReadonlyMap<string, Task>, sentAtMs: number): boolean {
    for (const [taskId, overAtMs] of this.overAtMs) {
      if (overAtMs < sentAtMs - REMEMBERED_MS) this.overAtMs.delete(taskId);
      else if (overAtMs <= sentAtMs - LAG_MS && byId.has(taskId)) return true;
    }
    return false;
  }

  /** Whom the list is not believed about, for once. */
  private unchecked(waiting: readonly string[], told: readonly string[]): string | undefined {
    this.uncheckedInARow = told.length < waiting.length ? 0 : this.uncheckedInARow + 1;
    if (this.uncheckedInARow <= MAX_UNCHECKED_LISTS) return undefined;
    this.uncheckedInARow = 0;
    return told[0];
  }
}

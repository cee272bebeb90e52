import DataLoader from 'dataloader';
import type { CancelAnswer, ReadAnswer } from '../../domain/contract/answers';
import { MINUTE_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { isTerminal } from '../../domain/cancellation/taskStatus';
import type { CallLimits } from '../api/callLimits';
import { raceAbort } from '../api/callLimits';
import type { TaskIds, VmcClient } from '../api/client';
import { CircuitBreaker } from './circuitBreaker';
import type { Clock } from './clock';
import { isActive, readList } from './list';
import type { ReadsObserver } from './observer';
import { RateLimiter } from './rateLimiter';

/** For a list or an individual read: with the longest hold, 5 s, the 10 s of a read's activity. */
const CALL_LIMIT_MS = 2_500;
const MAX_LIST_BYTES = 8 * 1024 * 1024;
/** No task goes longer without an individual read, whatever the list says. */
const MAX_UNCHECKED_MS = 15 * MINUTE_MS;

export interface ReadsOptions {
  vmc: Pick<VmcClient, 'cancelTask' | 'getTask' | 'listTasks'>;
  /** The maximum hold of a read, in which others join its batch; 0: reads are individual. */
  withinMs: number;
  clock: Clock;
  observer: ReadsObserver;
  listLimitMs?: number;
}

export interface TaskRead extends TaskIds {
  /** Goes out at once and unbatched, even while the organization is paused. */
  alone?: boolean;
  /** The maximum hold of this read, where that is shorter. */
  holdMs?: number;
  /** A read has returned STARTED since the latest cancel: only then may a list say so too. */
  knownStarted?: boolean;
}

export interface SharedReads {
  getTask(read: TaskRead, limits: CallLimits): Promise<ReadAnswer>;
  /** Never queued. A 429 to it pauses the organization's reads as well. */
  cancelTask(ids: TaskIds, limits: CallLimits): Promise<CancelAnswer>;
}

/** Status reads and cancels over a client of the API, organization by organization. */
export function createSharedReads(options: ReadsOptions): SharedReads {
  const organizations = new Map<string, OrganizationReads>();

  function organizationOf(orgId: string): OrganizationReads {
    const known = organizations.get(orgId);
    if (known !== undefined) return known;
    for (const [id, other] of organizations) if (other.isIdle()) organizations.delete(id);
    const organization = new OrganizationReads(orgId, options);
    organizations.set(orgId, organization);
    return organization;
  }

  return {
    getTask: (read, limits) => organizationOf(read.orgId).read(read, limits),
    cancelTask: (ids, limits) => organizationOf(ids.orgId).cancel(ids, limits),
  };
}

interface Sight {
  atMs: number;
  /** Of the latest answer about the task itself; -Infinity: a list may not answer for it. */
  checkedAtMs: number;
}

interface Batch {
  active: ReadonlyMap<string, Task>;
  foundNone: boolean;
}

type HeldRead = TaskRead & { signal: AbortSignal };

/**
 * The status reads of one organization in this worker. Those due within one batching window share a
 * list. A list answers for a task only while an individual read confirms it; only an individual
 * read returns an end.
 */
class OrganizationReads {
  /** By task id, in the order of their latest reads. */
  private readonly watched = new Map<string, Sight>();
  private readonly ended = new Map<string, Sight>();
  private readonly limiter: RateLimiter;
  private readonly breaker: CircuitBreaker;
  private readonly window: DataLoader<HeldRead, Batch | null>;
  private closeWindow: () => void = () => undefined;
  private stopTimer: () => void = () => undefined;
  private windowEndsAtMs = Infinity;

  constructor(
    orgId: string,
    private readonly options: ReadsOptions,
  ) {
    const { clock, observer } = options;
    this.limiter = new RateLimiter(clock, (lengthMs) => {
      observer.paused(orgId, lengthMs);
    });
    this.breaker = new CircuitBreaker(orgId, clock, observer);
    // No read is answered by a list that was sent before it began: nothing is cached.
    this.window = new DataLoader((reads) => this.listFor(reads), {
      cache: false,
      batchScheduleFn: (dispatch) => {
        this.closeWindow = dispatch;
      },
    });
  }

  async read(read: TaskRead, limits: CallLimits): Promise<ReadAnswer> {
    const { signal } = limits;
    const endsAtMs = this.options.clock.nowMs() + limits.timeLimitMs;
    const holdMs = this.maxHoldMs(read, limits);
    this.watch(read.taskId);
    if (read.alone === true) return this.readIndividually(read, limits);
    const blocked = this.limiter.blockedBy();
    if (blocked !== null) return blocked;
    const batch = holdMs > 0 ? await raceAbort(this.batched({ ...read, signal }, holdMs), signal) : null;
    signal.throwIfAborted();
    const task = batch?.active.get(read.taskId);
    if (task !== undefined && (task.status !== 'STARTED' || read.knownStarted === true)) {
      this.options.observer.answered('list');
      return { kind: 'task', task };
    }
    if (batch !== null) this.watch(read.taskId, -Infinity);
    const call = () => this.readIndividually(read, { signal, timeLimitMs: endsAtMs - this.options.clock.nowMs() });
    const answer = await this.limiter.run(call, endsAtMs - CALL_LIMIT_MS, signal);
    if (batch?.foundNone === true && answer.kind === 'task' && isActive(answer.task)) this.breaker.open('wrong');
    return answer;
  }

  async cancel(ids: TaskIds, limits: CallLimits): Promise<CancelAnswer> {
    this.watch(ids.taskId);
    const answer = await this.limiter.observe(() => this.options.vmc.cancelTask(ids, limits), 'cancel');
    if (answer.kind === 'accepted') this.record(answer.task);
    if (answer.kind === 'refused') this.watched.delete(ids.taskId);
    return answer;
  }

  /** Whether nothing would be lost with it. */
  isIdle(): boolean {
    this.forget();
    return this.watched.size + this.ended.size === 0 && this.breaker.isClosed && !this.limiter.isPaused();
  }

  /** 0 for the only watched task, and for one that is to be checked before its next read. */
  private maxHoldMs({ taskId, holdMs = Infinity }: TaskRead, { timeLimitMs }: CallLimits): number {
    this.forget();
    const sight = this.watched.get(taskId);
    if (sight === undefined || this.watched.size === 1 || !this.breaker.isClosed) return 0;
    const nowMs = this.options.clock.nowMs();
    // The next read comes after about the same wait, and may take its time.
    const nextAtMs = nowMs + (nowMs - sight.atMs) + timeLimitMs;
    if (nextAtMs - sight.checkedAtMs > MAX_UNCHECKED_MS) return 0;
    return Math.min(holdMs, this.options.withinMs, timeLimitMs - 2 * CALL_LIMIT_MS);
  }

  /** The window closes for all when the first of its reads has been held long enough. */
  private batched(read: HeldRead, holdMs: number): Promise<Batch | null> {
    const batch = this.window.load(read);
    const endsAtMs = this.options.clock.nowMs() + holdMs;
    if (endsAtMs >= this.windowEndsAtMs) return batch;
    this.stopTimer();
    this.windowEndsAtMs = endsAtMs;
    this.stopTimer = this.options.clock.after(holdMs, () => {
      this.windowEndsAtMs = Infinity;
      this.closeWindow();
    });
    return batch;
  }

  private async listFor(reads: readonly HeldRead[]): Promise<(Batch | null)[]> {
    const waiting = reads.filter(({ signal }) => !signal.aborted);
    const canShare = waiting.length > 1 && this.breaker.isClosed && !this.limiter.isPaused();
    const batch = canShare ? await this.requestList(waiting) : null;
    return reads.map(() => batch);
  }

  private async requestList(waiting: readonly HeldRead[]): Promise<Batch | null> {
    const { vmc, clock, observer, listLimitMs = CALL_LIMIT_MS } = this.options;
    observer.listed();
    const sentAtMs = clock.nowMs();
    const filter = "(status eq 'STARTED') or (status eq 'CANCELING')";
    const query = { orgId: waiting[0]?.orgId ?? '', filter, maxAnswerBytes: MAX_LIST_BYTES };
    // No one read's own: a read that is aborted leaves the list to the others.
    const limits = { signal: new AbortController().signal, timeLimitMs: listLimitMs };
    const answer = await this.limiter.observe(() => vmc.listTasks(query, limits), 'read');
    const list = readList(answer, sentAtMs, this.ended);
    if (list.kind === 'unusable') {
      this.breaker.open(list.reason);
      return null;
    }
    const found = waiting.filter(({ taskId }) => list.active.has(taskId));
    if (found.length > 0) this.breaker.recordSuccess();
    return { active: this.withoutSample(list.active, found), foundNone: found.length === 0 };
  }

  /**
   * Without the task that was checked longest ago: so a list that stands still is found out, the
   * sooner the more tasks it answers for.
   */
  private withoutSample(active: ReadonlyMap<string, Task>, found: readonly HeldRead[]): ReadonlyMap<string, Task> {
    const checkedAtMs = ({ taskId }: HeldRead) => this.watched.get(taskId)?.checkedAtMs ?? -Infinity;
    const [oldest] = [...found].sort((one, other) => checkedAtMs(one) - checkedAtMs(other));
    if (oldest === undefined) return active;
    const ageMs = this.options.clock.nowMs() - checkedAtMs(oldest);
    if (ageMs < MAX_UNCHECKED_MS / found.length) return active;
    return new Map([...active].filter(([taskId]) => taskId !== oldest.taskId));
  }

  private async readIndividually(ids: TaskIds, limits: CallLimits): Promise<ReadAnswer> {
    const answer = await this.limiter.observe(() => this.options.vmc.getTask(ids, limits), 'read');
    if (answer.kind === 'failed') return answer;
    this.options.observer.answered('single');
    this.record(answer.task);
    return answer;
  }

  /** What an answer about the task itself says. */
  private record(task: Task): void {
    const atMs = this.options.clock.nowMs();
    this.watch(task.id, isActive(task) ? atMs : -Infinity);
    if (!isTerminal(task.status)) return;
    this.watched.delete(task.id);
    this.ended.set(task.id, { atMs, checkedAtMs: atMs });
  }

  private watch(taskId: string, checkedAtMs = this.watched.get(taskId)?.checkedAtMs ?? -Infinity): void {
    this.watched.delete(taskId);
    this.watched.set(taskId, { atMs: this.options.clock.nowMs(), checkedAtMs });
  }

  private forget(): void {
    const sinceMs = this.options.clock.nowMs() - MAX_UNCHECKED_MS;
    for (const sights of [this.watched, this.ended])
      for (const [taskId, { atMs }] of sights) {
        if (atMs > sinceMs) break;
        sights.delete(taskId);
      }
  }
}

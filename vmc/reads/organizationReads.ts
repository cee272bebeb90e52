import { createHash } from 'node:crypto';
import DataLoader from 'dataloader';
import type { CancelAnswer, ReadAnswer } from '../../domain/contract/answers';
import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { isTerminal } from '../../domain/cancellation/taskStatus';
import type { Together } from '../../domain/schedule/grid';
import { gridMs, untilInstantMs, WIDEST_GRID_MS } from '../../domain/schedule/grid';
import { isActive } from './activeTasks';
import type { CallLimits } from '../api/callLimits';
import { raceAbort } from '../api/callLimits';
import type { TaskIds, VmcClient } from '../api/client';
import type { Clock } from './clock';
import type { List } from './organizationList';
import { OrganizationList } from './organizationList';
import { OrganizationPace } from './organizationPace';
import type { ReadsReport } from './readsReport';

export interface ReadsOptions {
  vmc: Pick<VmcClient, 'cancelTask' | 'getTask' | 'listTasks'>;
  /** The longest that a read is held for others to come, so that one list answers them all; 0: none is. */
  withinMs: number;
  clock: Clock;
  report: ReadsReport;
  listLimitMs?: number;
}

/** A read is held only where another task of the organisation was read or cancelled as lately as this: a monitor that is alone waits for nobody. */
const LATELY_MS = 2 * MINUTE_MS;
const LIST_LIMIT_MS = 3 * SECOND_MS;
/** What a single read has left after the hold and the list. With the longest hold, 5 s, that makes the 10 s of a read's activity. */
const SINGLE_LIMIT_MS = 2 * SECOND_MS;
/** Drawn together at an instant: enough to share a list, and few enough for a small Temporal server to hand them out while they gather. */
const MAX_TOGETHER = 80;
/** Of the wait: with it, waits of 22 s meet those of a minute. It costs lag, for few calls less where few are watched. */
const WIDEST_GRID_SHARE = 1.5;
const WIDEST_GRID_SHARE_OF_FEW = 1;
const FEW = 12;
/** A read that is drawn to an instant comes this long after it, or somewhat later, and is held until the next one. */
const DRAWN_AFTER_MS = 50;

interface HeldRead {
  taskId: string;
  signal: AbortSignal;
}

/** What became of a held read. Null: there was nobody to share a list with, or no list to be had. */
type Told = { task: Task } | { task: null; list: List } | null;

interface Read {
  taskId: string;
  /** Goes out at once, by itself, even while the API asked the others to wait. */
  alone: boolean;
  holdMs: number;
}

interface Watched {
  readAtMs: number;
  /** A list did not tell of it: it is read singly until a single read has shown that it goes on. */
  singly: boolean;
}

/** The status reads of one organisation in this worker. Only a single read may say that a task is over. */
export class OrganizationReads {
  /** By task id, in the order of their latest calls. */
  private readonly watched = new Map<string, Watched>();
  private readonly pace: OrganizationPace;
  private readonly list: OrganizationList;
  private readonly held: DataLoader<HeldRead, Told>;
  private readonly gridOffsetMs: number;
  private callsInHand = 0;
  /** Lets those go who are held. */
  private dispatch: () => void = () => undefined;
  private dispatchAtMs = Infinity;
  private stopDispatch: () => void = () => undefined;

  constructor(
    private readonly orgId: string,
    private readonly options: ReadsOptions,
  ) {
    const { vmc, clock, report, listLimitMs = LIST_LIMIT_MS } = options;
    this.pace = new OrganizationPace(clock, (lengthMs) => {
      report.paused(orgId, lengthMs);
    });
    this.list = new OrganizationList({ orgId, vmc, clock, pace: this.pace, report, limitMs: listLimitMs });
    this.held = new DataLoader((reads) => this.told(reads), {
      // No read is answered by what was asked before it began.
      cache: false,
      batchScheduleFn: (dispatch) => {
        this.dispatch = dispatch;
      },
    });
    // So that organisations do not march in step.
    this.gridOffsetMs = (WIDEST_GRID_MS * createHash('sha256').update(orgId).digest().readUInt32BE()) / 2 ** 32;
  }

  read(read: Read, limits: CallLimits): Promise<ReadAnswer> {
    return this.inHand(() => this.readNowOrHeld(read, limits));
  }

  /** At once: cancels go before reads, which then wait as the API may have asked the cancel to. */
  cancel(taskId: string, limits: CallLimits): Promise<CancelAnswer> {
    return this.inHand(async () => {
      const sentAtMs = this.options.clock.nowMs();
      const answer = await this.options.vmc.cancelTask({ orgId: this.orgId, taskId }, limits);
      this.pace.heard(answer, sentAtMs);
      // Its reads are to come: how many there will be is known before the first of them.
      if (answer.kind === 'accepted' && isActive(answer.task))
        this.watch(taskId, { readAtMs: sentAtMs, singly: false });
      return answer;
    });
  }

  /** Whether nothing would be lost with it. */
  isIdle(): boolean {
    this.forgetLongUnread();
    return this.callsInHand === 0 && this.watched.size === 0 && this.list.isTrusted() && !this.pace.isPaused();
  }

  private async inHand<A>(call: () => Promise<A>): Promise<A> {
    this.callsInHand += 1;
    try {
      return await call();
    } finally {
      this.callsInHand -= 1;
    }
  }

  private async readNowOrHeld({ taskId, alone, holdMs }: Read, limits: CallLimits): Promise<ReadAnswer> {
    this.forgetLongUnread();
    const nowMs = this.options.clock.nowMs();
    const heldMs = alone ? null : this.heldMs(taskId, holdMs, limits);
    this.watch(taskId, { readAtMs: nowMs, singly: this.watched.get(taskId)?.singly ?? false });
    if (alone) return this.readSingly(taskId, limits);
    const refusal = this.pace.refusal();
    if (refusal !== null) return refusal;
    const { signal } = limits;
    const told = heldMs === null ? null : await raceAbort(this.hold({ taskId, signal }, heldMs), signal);
    signal.throwIfAborted();
    if (told?.task) {
      this.options.report.answered('list');
      return { kind: 'task', task: told.task, together: this.together() };
    }
    if (told !== null) this.watch(taskId, { readAtMs: nowMs, singly: true });
    const endsAtMs = nowMs + limits.timeLimitMs;
    const answer = await this.pace.inTurn(
      () => this.readSingly(taskId, { signal, timeLimitMs: endsAtMs - this.options.clock.nowMs() }, told?.list),
      { latestAtMs: endsAtMs - SINGLE_LIMIT_MS, signal },
    );
    return answer.kind === 'task' && heldMs !== null && this.list.isTrusted()
      ? { ...answer, together: this.together() }
      : answer;
  }

  /** How long a read is held, up to an instant of the widest grid that it has the patience for. Null: it is not. */
  private heldMs(taskId: string, holdMs: number, { timeLimitMs }: CallLimits): number | null {
    const present = this.watched.get(taskId);
    const others = this.watched.size - (present === undefined ? 0 : 1);
    const mostMs = Math.min(holdMs, this.options.withinMs, timeLimitMs - LIST_LIMIT_MS - SINGLE_LIMIT_MS);
    if (mostMs <= 0 || others === 0 || present?.singly === true || !this.list.isTrusted()) return null;
    return untilInstantMs(this.sinceInstantMs(), gridMs(mostMs));
  }

  /** With those who are held already; all of them go when the first has to. */
  private hold(read: HeldRead, heldMs: number): Promise<Told> {
    const { clock } = this.options;
    const told = this.held.load(read);
    const atMs = clock.nowMs() + heldMs;
    if (atMs >= this.dispatchAtMs) return told;
    this.stopDispatch();
    this.dispatchAtMs = atMs;
    this.stopDispatch = clock.after(heldMs, () => {
      this.dispatchAtMs = Infinity;
      this.dispatch();
    });
    return told;
  }

  private sinceInstantMs(): number {
    return (this.options.clock.nowMs() + this.gridOffsetMs) % WIDEST_GRID_MS;
  }

  private together(): Together {
    const { size } = this.watched;
    return {
      gridShare: Math.min(MAX_TOGETHER / size, size < FEW ? WIDEST_GRID_SHARE_OF_FEW : WIDEST_GRID_SHARE),
      sinceMs: Math.floor(this.sinceInstantMs()) - DRAWN_AFTER_MS,
      withinMs: this.options.withinMs,
    };
  }

  /** The grid's instant: those who wait share one list. */
  private async told(reads: readonly HeldRead[]): Promise<Told[]> {
    const waiting = reads.filter(({ signal }) => !signal.aborted);
    const canShare = waiting.length > 1 && this.list.isTrusted() && !this.pace.isPaused();
    const list = canShare ? await this.list.ask(waiting.map(({ taskId }) => taskId)) : null;
    return reads.map(({ taskId }) => {
      const task = list?.tasks.get(taskId);
      if (task !== undefined) return { task };
      return list && { task: null, list };
    });
  }

  /** @param list one that it waited for, and that did not tell of it. */
  private async readSingly(taskId: string, limits: CallLimits, list?: List): Promise<ReadAnswer> {
    const ids: TaskIds = { orgId: this.orgId, taskId };
    const sentAtMs = this.pace.sent();
    const answer = await this.options.vmc.getTask(ids, limits);
    this.pace.heard(answer, sentAtMs);
    if (answer.kind === 'failed') return answer;
    this.options.report.answered('single');
    if (isTerminal(answer.task.status)) this.watched.delete(taskId);
    else this.watch(taskId, { readAtMs: sentAtMs, singly: !isActive(answer.task) });
    this.list.compare(answer.task, list);
    return answer;
  }

  private watch(taskId: string, watched: Watched): void {
    this.watched.delete(taskId);
    this.watched.set(taskId, watched);
  }

  private forgetLongUnread(): void {
    const sinceMs = this.options.clock.nowMs() - LATELY_MS;
    for (const [taskId, { readAtMs }] of this.watched) {
      if (readAtMs >= sinceMs) return;
      this.watched.delete(taskId);
    }
  }
}

import { HandClock } from '../../development/handClock';
import type { CancelAnswer, Failed, ReadAnswer } from '../../domain/contract/answers';
import type { Cancellation } from '../../domain/cancellation/state';
import { isKnownStarted, readHoldMs } from '../../domain/cancellation/readHold';
import { cancelAccepted, cancelSent } from '../../domain/cancellation/cancelAnswers';
import { readFailed, taskRead } from '../../domain/cancellation/readAnswers';
import { newCancellation } from '../../domain/cancellation/state';
import { SECOND_MS } from '../../domain/contract/duration';
import type { PollPace } from '../../domain/schedule/pollSchedule';
import type { Task } from '../../domain/cancellation/task';
import type { CallLimits } from '../../vmc/api/callLimits';
import type { TasksAnswer } from '../../vmc/api/classification';
import type { TaskIds } from '../../vmc/api/client';
import { createSharedReads } from '../../vmc/reads/batch';
import { mostInASecond } from '../kit/busiestSecond';
import { DEFAULT_SETTINGS } from '../kit/defaultSettings';
import { estimateOf } from '../kit/estimates';
import type { PlayedTask } from '../kit/mixes';
import type { Random } from '../kit/random';
import { seededRandom } from '../kit/random';
import { shownTask } from '../kit/shownTask';

interface WatchedTask extends PlayedTask {
  id: string;
}

/** How an organization's list answers. */
export type ListKind = 'good' | 'refused' | 'slow' | 'empty' | 'half' | 'still';

/**
 * `bare`: the client alone. Otherwise the worker's own reads, which are held for so long to share a
 * list.
 */
export type ReadsKind = 'bare' | { withinMs: number };

export interface BenchOptions {
  reads: ReadsKind;
  list: ListKind;
  pollPace: PollPace;
  random: Random;
}

export interface Measured {
  readsSent: number;
  listsSent: number;
  polls: number;
  lagsMs: number[];
  /** Calls of the busiest second. */
  busiest: number;
  /** Reads that the workflows began in the busiest second. */
  busiestOfPolls: number;
  longestReadMs: number;
  mostInHand: number;
  troubles: number;
  /** The longest that a task went without an individual read, from its cancel to its verdict. */
  longestUncheckedMs: number;
  /** Of all verdicts, those that an answer of a single read gave. */
  verdictsFromSingles: number;
}

const ORG_ID = 'bench';
/** What a read's activity leaves to the call. */
const READ_LIMIT_MS = 10_000;
/** Timers of a server fire late, and the way to a worker takes time. */
const MAX_LATE_MS = 250;
const SINGLE_LATENCY_MS = [100, 300] as const;
const LIST_LATENCY_MS = [300, 900] as const;

/**
 * Starts a cancellation of each task in one instant, and stays with each of them to its verdict, in
 * a time of its own.
 */
export async function measure(played: readonly PlayedTask[], options: BenchOptions): Promise<Measured> {
  const tasks = played.map((task, n): WatchedTask => ({ ...task, id: `task-${n}` }));
  const isShared = options.reads !== 'bare' && options.reads.withinMs > 0;
  const clock = new HandClock();
  const api = new BenchApi(clock, tasks, options);
  const reads =
    options.reads === 'bare'
      ? {
          cancelTask: (ids: TaskIds) => api.cancelTask(ids),
          getTask: (ids: TaskIds, limits: CallLimits): Promise<ReadAnswer> => api.getTask(ids, limits),
        }
      : createSharedReads({
          vmc: {
            cancelTask: api.cancelTask.bind(api),
            getTask: api.getTask.bind(api),
            listTasks: api.listTasks.bind(api),
          },
          clock,
          withinMs: options.reads.withinMs,
          observer: { answered: ignore, listed: ignore, opened: ignore, closed: ignore, paused: ignore },
        });
  const begunAtMs: number[] = [];
  const measured = { polls: 0, lagsMs: [] as number[], longestReadMs: 0, mostInHand: 0, troubles: 0 };
  let inHand = 0;
  let verdictsFromSingles = 0;

  async function monitor(task: WatchedTask, random: Random): Promise<void> {
    // Individual reads are aligned each to a grid of its own, as if to no grid.
    const orgId = isShared ? ORG_ID : task.id;
    const settings = { ...DEFAULT_SETTINGS, orgId, pollPace: options.pollPace };
    let state: Cancellation = cancelSent(newCancellation(settings, 0), { atMs: 0, operator: false });
    const limits = { signal: new AbortController().signal, timeLimitMs: READ_LIMIT_MS };
    const accepted = await reads.cancelTask({ orgId: ORG_ID, taskId: task.id }, limits);
    if (accepted.kind !== 'accepted') throw new Error('every cancel is accepted');
    state = cancelAccepted(state, accepted.task, { atMs: 0, operator: false, random: random() }, settings);
    // Bounded by the tasks' ends.
    while (state.ending === null) {
      await passed(clock, (state.nextReadAtMs ?? NaN) - clock.nowMs() + MAX_LATE_MS * random());
      const beganAtMs = clock.nowMs();
      begunAtMs.push(beganAtMs);
      measured.mostInHand = Math.max(measured.mostInHand, (inHand += 1));
      const read = { holdMs: readHoldMs(state, beganAtMs), knownStarted: isKnownStarted(state) };
      const answer = await reads.getTask({ orgId: ORG_ID, taskId: task.id, ...read }, limits);
      inHand -= 1;
      const atMs = clock.nowMs();
      measured.longestReadMs = Math.max(measured.longestReadMs, atMs - beganAtMs);
      const call = { beganAtMs, atMs, random: random() };
      if (answer.kind === 'task') {
        state = taskRead(state, answer.task, call, settings);
      } else {
        measured.troubles += 1;
        state = readFailed(state, answer.failure, call, settings);
      }
    }
    measured.polls += state.polls;
    measured.lagsMs.push(clock.nowMs() - task.settlesAfterSeconds * SECOND_MS);
    if (api.toldEndOf.has(task.id)) verdictsFromSingles += 1;
  }

  let underWay = tasks.length;
  const all = Promise.all(tasks.map((task, n) => monitor(task, seededRandom(n)).finally(() => (underWay -= 1))));
  while (underWay > 0) {
    await new Promise(setImmediate);
    clock.advance(clock.untilNextMs);
  }
  await all;
  return {
    ...measured,
    readsSent: api.readsAtMs.length,
    listsSent: api.listsAtMs.length,
    busiest: busiestSecond([...api.readsAtMs, ...api.listsAtMs]),
    busiestOfPolls: busiestSecond(begunAtMs),
    verdictsFromSingles,
    longestUncheckedMs: api.longestUncheckedMs,
  };
}

/** The API, in memory: it takes some time, and shows a task as it is in the middle of that time. */
class BenchApi {
  readonly readsAtMs: number[] = [];
  readonly listsAtMs: number[] = [];
  /** The tasks whose end an individual read returned. */
  readonly toldEndOf = new Set<string>();
  longestUncheckedMs = 0;
  private readonly checkedAtMs = new Map<string, number>();
  private firstList: Task[] | null = null;
  private readonly byId: ReadonlyMap<string, WatchedTask>;

  constructor(
    private readonly clock: HandClock,
    private readonly tasks: readonly WatchedTask[],
    private readonly options: BenchOptions,
  ) {
    this.byId = new Map(tasks.map((task) => [task.id, task]));
  }

  /** Cancels take no time, and are not counted: what is measured begins with their answers. */
  cancelTask({ taskId }: TaskIds): Promise<CancelAnswer> {
    return Promise.resolve({ kind: 'accepted', task: this.shown(this.task(taskId)) });
  }

  async getTask({ taskId }: TaskIds, { timeLimitMs }: CallLimits): Promise<ReadAnswer> {
    const nowMs = this.clock.nowMs();
    this.readsAtMs.push(nowMs);
    this.longestUncheckedMs = Math.max(this.longestUncheckedMs, nowMs - (this.checkedAtMs.get(taskId) ?? 0));
    this.checkedAtMs.set(taskId, nowMs);
    const task = this.task(taskId);
    const shown = await this.answered(SINGLE_LATENCY_MS, timeLimitMs, () => this.shown(task));
    if (shown === null) return failed('Timeout');
    if (shown.status === 'CANCELED') this.toldEndOf.add(taskId);
    return { kind: 'task', task: shown };
  }

  async listTasks(_query: unknown, { timeLimitMs }: CallLimits): Promise<TasksAnswer> {
    this.listsAtMs.push(this.clock.nowMs());
    const latencyMs = this.options.list === 'slow' ? ([60_000, 60_000] as const) : LIST_LATENCY_MS;
    const tasks = await this.answered(latencyMs, timeLimitMs, () => this.listed());
    if (tasks === null) return failed('Timeout');
    return this.options.list === 'refused' ? failed('Forbidden') : { kind: 'tasks', tasks, foreignCount: 0 };
  }

  private task(taskId: string): WatchedTask {
    const task = this.byId.get(taskId);
    if (task === undefined) throw new Error(`there is no task ${taskId}`);
    return task;
  }

  private shown(task: WatchedTask): Task {
    const seconds = this.clock.nowMs() / SECOND_MS;
    return shownTask({
      id: task.id,
      status: seconds < task.settlesAfterSeconds ? 'CANCELING' : 'CANCELED',
      estimatedRemainingMinutes: estimateOf(task)(seconds),
    });
  }

  private listed(): Task[] {
    const active = this.tasks.map((task) => this.shown(task)).filter(({ status }) => status === 'CANCELING');
    switch (this.options.list) {
      case 'empty':
        return [];
      case 'half':
        return active.slice(0, active.length / 2);
      case 'still':
        return (this.firstList ??= active);
      case 'good':
      case 'refused':
      case 'slow':
        return active;
    }
  }

  private async answered<T>(
    [min, max]: readonly [number, number],
    limitMs: number,
    answer: () => T,
  ): Promise<T | null> {
    const latencyMs = min + (max - min) * this.options.random();
    if (latencyMs > limitMs) {
      await passed(this.clock, limitMs);
      return null;
    }
    await passed(this.clock, latencyMs / 2);
    const answered = answer();
    await passed(this.clock, latencyMs / 2);
    return answered;
  }
}

function ignore(): void {
  // What is reported is measured where it happens.
}

function failed(type: 'Timeout' | 'Forbidden'): Failed {
  const rest = { retryable: type === 'Timeout', httpStatus: null, errorCode: null, retryAfterMs: null };
  return { kind: 'failed', failure: { type, message: type, ...rest } };
}

function passed(clock: HandClock, ms: number): Promise<void> {
  return new Promise((resolve) => clock.after(Math.max(ms, 0), resolve));
}

function busiestSecond(atMs: readonly number[]): number {
  return mostInASecond(atMs.map((ms) => ms / SECOND_MS));
}

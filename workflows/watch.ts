import {
  allHandlersFinished,
  CancellationScope,
  condition,
  log,
  patched,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { Cancellation, Ending } from '../domain/cancellation/cancellation';
import {
  cancelAccepted,
  cancelFailed,
  cancelRefused,
  cancelSent,
  deadlineExtended,
  isKnownStarted,
  monitoringStopped,
  nextCancelAtMs,
  pollAsked,
  readFailed,
  readHoldMs,
  reissueAsked,
  settled,
  taskRead,
} from '../domain/cancellation/cancellation';
import { cancelLabel, readLabel, waitLabel } from '../domain/text/runText';
import { SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskSettings } from '../domain/contract/input';
import { POLL_SCHEDULE } from '../domain/schedule/pollSchedule';
import type { CancelTaskProgress } from '../domain/contract/result';
import { progressOf } from '../domain/contract/report';
import type { Task } from '../domain/cancellation/task';
import { isKnownStatus } from '../domain/cancellation/taskStatus';
import type { Extension, StopMonitoringArgument } from '../domain/contract/updates';
import { getTaskStatus, IN_FLIGHT_LIMIT_MS, requestCancel } from './calls';
import { show } from './visibility';

/** Runs that began before this shared the read in flight, whatever it was. */
const OPERATOR_READ_BESIDE = 'operator-read-beside-a-scheduled-one';

/** An operator has an answer within this time, whatever the API does. */
const UPDATE_LIMIT_MS = 25 * SECOND_MS;

/**
 * The life of one run. At most one cancel and one read are in flight, side by side (an operator's
 * read, or the last one, beside one of the schedule); everything else is the state, which
 * `domain/cancellation` alone changes, and a loop that does what is due and then waits for the next
 * instant, an answer or an operator.
 */
export class Watch {
  state: Cancellation;
  private cancelsEnded = 0;
  /** The run's own cancel is to be sent now; it still counts as the run's. */
  private firstCancelAsked = false;
  /** The read that another one would share. */
  private currentRead: { alone: boolean } | null = null;
  private readsInFlight = 0;
  // One scope for all reads and one for many waits: the SDK keeps each scope, and what it holds,
  // for as long as the run lives.
  private readsScope: CancellationScope | null = null;
  private waitsScope: CancellationScope | null = null;
  private readsEnded = 0;
  private lastAnswersByMs: number | null = null;
  private readAsked = false;
  private woken = false;

  constructor(
    private readonly settings: CancelTaskSettings,
    state: Cancellation,
  ) {
    this.state = state;
  }

  async untilItEnds(): Promise<{ kind: 'ended'; ending: Ending } | { kind: 'continueAsNew'; state: Cancellation }> {
    // Bounded by the deadline, and in events by continue-as-new.
    while (this.state.ending === null) {
      if (this.state.stopped) await this.abandon();
      else if (this.isPastDeadline()) await this.lookOnceMore();
      else {
        this.startWhatIsDue();
        show(this.state, this.settings);
        if (this.shouldContinueAsNew()) return { kind: 'continueAsNew', state: this.state };
        await this.nextEvent();
      }
    }
    await this.lastAnswers();
    if (this.readsInFlight > 0) this.readsScope?.cancel();
    show(this.state, this.settings);
    await condition(allHandlersFinished);
    return { kind: 'ended', ending: this.state.ending };
  }

  async pollNow(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    if (this.state.ending !== null) return this.progress();
    this.state = pollAsked(this.state, Date.now(), requestedBy);
    if (this.state.stage === 'requesting') return this.firstCancelNow();
    // One of the schedule may be held by the worker, or put off: an operator's goes out beside it.
    this.readAsked = this.currentRead === null || (!this.currentRead.alone && patched(OPERATOR_READ_BESIDE));
    const ended = this.readsEnded + 1;
    return this.progressWhen(() => this.readsEnded >= ended);
  }

  async reissueCancel(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    if (this.state.ending !== null) return this.progress();
    this.state = reissueAsked(this.state, Date.now(), requestedBy);
    if (this.state.stage === 'requesting') return this.firstCancelNow();
    const ended = this.cancelsEnded + (this.state.cancelInFlight ? 1 : 0) + this.state.operatorCancelsAsked;
    return this.progressWhen(() => this.cancelsEnded >= ended);
  }

  extendDeadline({ deadlineAtMs, requestedBy }: Extension): CancelTaskProgress {
    if (this.state.ending === null) {
      this.state = deadlineExtended(this.state, deadlineAtMs, Date.now(), requestedBy);
      this.woken = true;
    }
    return this.progress();
  }

  async stopMonitoring(by: StopMonitoringArgument): Promise<CancelTaskProgress> {
    this.stop(by);
    return this.progressWhen(() => false);
  }

  stop(by: StopMonitoringArgument): void {
    if (this.state.ending !== null || this.state.stopped) return;
    this.state = monitoringStopped(this.state, Date.now(), by);
    this.woken = true;
  }

  /** The first cancel is in flight, or waits to be sent again: that one is brought forward. */
  private firstCancelNow(): Promise<CancelTaskProgress> {
    this.firstCancelAsked = !this.state.cancelInFlight;
    const ended = this.cancelsEnded + 1;
    return this.progressWhen(() => this.cancelsEnded >= ended);
  }

  private async progressWhen(done: () => boolean): Promise<CancelTaskProgress> {
    this.woken = true;
    const answered = () => done() || this.state.ending !== null;
    // Who asked is answered, also by a run that is being cancelled.
    await CancellationScope.nonCancellable(() =>
      condition(answered, UPDATE_LIMIT_MS, { summary: 'an operator waits for the answer' }),
    );
    return this.progress();
  }

  private progress(): CancelTaskProgress {
    return progressOf(this.state, this.settings);
  }

  private isPastDeadline(): boolean {
    return Date.now() >= this.state.deadlineAtMs;
  }

  private startWhatIsDue(): void {
    const nowMs = Date.now();
    const cancelAtMs = nextCancelAtMs(this.state, this.settings);
    if (!this.state.cancelInFlight) {
      if (this.state.operatorCancelsAsked > 0) void this.sendCancel({ operator: true });
      else if (this.firstCancelAsked || isDue(cancelAtMs, nowMs)) void this.sendCancel({ operator: false });
    }
    if (this.readAsked || (this.currentRead === null && isDue(this.state.nextReadAtMs, nowMs)))
      void this.read({ last: false });
  }

  private async nextEvent(): Promise<void> {
    const cancelAtMs = this.state.cancelInFlight ? null : nextCancelAtMs(this.state, this.settings);
    const readAtMs = this.currentRead === null ? this.state.nextReadAtMs : null;
    const wakeAtMs = Math.min(this.state.deadlineAtMs, cancelAtMs ?? Infinity, readAtMs ?? Infinity);
    const summary = waitLabel(this.state, { cancelAtMs, readAtMs });
    const waitMs = Math.max(wakeAtMs - Date.now(), 1);
    const happened = () => this.woken || this.shouldContinueAsNew();
    // What is in flight ends before then, and wakes the loop: a timer beside it would be two events
    // for nothing.
    if (this.isInFlight() && waitMs > IN_FLIGHT_LIMIT_MS) await condition(happened);
    else await this.happenedWithin(waitMs, happened, summary);
    this.woken = false;
  }

  /** As `condition` with a time limit, which would make a scope for each wait. */
  private async happenedWithin(waitMs: number, happened: () => boolean, summary: string): Promise<void> {
    const scope = (this.waitsScope ??= new CancellationScope());
    const timer = { hasFired: false };
    void scope
      .run(() => sleep(waitMs, { summary }))
      .then(
        () => {
          timer.hasFired = true;
        },
        // Cancelled below.
        () => undefined,
      );
    await condition(() => timer.hasFired || happened());
    if (timer.hasFired) return;
    this.waitsScope = null;
    scope.cancel();
  }

  private async sendCancel({ operator }: { operator: boolean }): Promise<void> {
    this.firstCancelAsked = false;
    this.state = cancelSent(this.state, { atMs: Date.now(), operator });
    const answer = await requestCancel(this.ids(), {
      summary: cancelLabel(this.state),
      giveUpAtMs: this.state.deadlineAtMs,
    });
    const call = { atMs: Date.now(), operator, random: Math.random(), othersInFlight: this.readsInFlight > 0 };
    const answered = { ...call, formerSchedule: answer.kind !== 'failed' && answer.schedule !== POLL_SCHEDULE };
    this.cancelsEnded += 1;
    this.woken = true;
    switch (answer.kind) {
      case 'accepted':
        this.reportUnknownStatus(answer.task);
        this.state = cancelAccepted(this.state, answer.task, answered, this.settings);
        break;
      case 'refused':
        this.state = cancelRefused(this.state, answer.refusal, answered, this.settings);
        break;
      case 'failed':
        this.state = cancelFailed(this.state, answer.failure, call);
        break;
    }
  }

  private async read({ last }: { last: boolean }): Promise<void> {
    const scope = (this.readsScope ??= new CancellationScope());
    this.readsInFlight += 1;
    // Somebody waits for it, or it is first contact: what a refused cancel meant.
    const alone = last || this.readAsked || this.state.stage !== 'monitoring' || this.state.task === null;
    const read = { alone };
    this.currentRead = read;
    this.readAsked = false;
    const beganAtMs = Date.now();
    const options = {
      summary: readLabel(this.state, last),
      giveUpAtMs: this.state.deadlineAtMs,
      alone,
      holdMs: readHoldMs(this.state, beganAtMs),
      knownStarted: isKnownStarted(this.state),
    };
    const answer = await scope.run(() => getTaskStatus(this.ids(), options));
    this.readsInFlight -= 1;
    if (scope.consideredCancelled) return;
    const call = { atMs: Date.now(), random: Math.random(), othersInFlight: this.isInFlight() };
    if (this.currentRead === read) {
      this.currentRead = null;
      this.readsEnded += 1;
    }
    this.woken = true;
    switch (answer.kind) {
      case 'task':
        this.reportUnknownStatus(answer.task);
        this.state = taskRead(this.state, answer.task, { ...call, beganAtMs }, this.settings);
        break;
      case 'failed':
        this.state = readFailed(this.state, answer.failure, call, this.settings);
        break;
    }
  }

  private reportUnknownStatus({ status }: Task): void {
    if (!isKnownStatus(status) && status !== this.state.task?.status)
      log.warn('the API gave a status that this worker does not know; it is polled on', { status });
  }

  /**
   * The deadline is here: one last read, beside what may still be in flight. An extension accepted
   * meanwhile counts.
   */
  private async lookOnceMore(): Promise<void> {
    void this.read({ last: true });
    show(this.state, this.settings);
    await this.lastAnswers();
    if (this.isPastDeadline()) this.state = settled(this.state, 'DEADLINE_EXCEEDED', Date.now());
    else this.lastAnswersByMs = null;
  }

  private async abandon(): Promise<void> {
    show(this.state, this.settings);
    await this.lastAnswers();
    this.state = settled(this.state, 'ABANDONED', Date.now());
  }

  /**
   * What is in flight when the run ends is awaited, within a bound: its answer belongs into the
   * result, and into the counts of calls.
   */
  private async lastAnswers(): Promise<void> {
    this.lastAnswersByMs ??= Date.now() + IN_FLIGHT_LIMIT_MS;
    const leftMs = this.lastAnswersByMs - Date.now();
    if (this.isInFlight() && leftMs > 0)
      await condition(() => !this.isInFlight(), leftMs, { summary: 'waiting for the last answers' });
  }

  private isInFlight(): boolean {
    return this.state.cancelInFlight || this.readsInFlight > 0;
  }

  private shouldContinueAsNew(): boolean {
    const asked = this.firstCancelAsked || this.state.operatorCancelsAsked > 0 || this.readAsked;
    return !asked && !this.isInFlight() && workflowInfo().continueAsNewSuggested && allHandlersFinished();
  }

  private ids(): { orgId: string; taskId: string } {
    return { orgId: this.settings.orgId, taskId: this.settings.taskId };
  }
}

function isDue(atMs: number | null, nowMs: number): boolean {
  return atMs !== null && atMs <= nowMs;
}

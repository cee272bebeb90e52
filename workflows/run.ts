import { allHandlersFinished, CancellationScope, condition, log, workflowInfo } from '@temporalio/workflow';
import { isKnownStarted, readHoldMs } from '../domain/cancellation/readHold';
import { cancelAccepted, cancelFailed, cancelRefused, cancelSent } from '../domain/cancellation/cancelAnswers';
import { withOutcome } from '../domain/cancellation/ending';
import { deadlineExtended, monitoringStopped, pollRequested, reissueRequested } from '../domain/cancellation/operator';
import { readFailed, taskRead } from '../domain/cancellation/readAnswers';
import { cancelDueAtMs } from '../domain/cancellation/reissue';
import type { Cancellation, Ending } from '../domain/cancellation/state';
import type { Task } from '../domain/cancellation/task';
import { isKnownStatus } from '../domain/cancellation/taskStatus';
import { SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskSettings } from '../domain/contract/input';
import { progressOf } from '../domain/contract/report';
import type { CancelTaskProgress } from '../domain/contract/result';
import type { Extension, StopMonitoringArgument } from '../domain/contract/updates';
import { cancelLabel, readLabel, waitLabel } from '../domain/text/runText';
import { getTaskStatus, IN_FLIGHT_LIMIT_MS, requestCancel } from './calls';
import { publishState } from './publishState';
import { reportChange } from './reports';
import { Waiting } from './waiting';

/** An operator has an answer within this time, whatever the API does. */
const UPDATE_LIMIT_MS = 25 * SECOND_MS;
/**
 * Of the events at which the server suggested to continue as new: beyond, the run begins nothing
 * new until it does.
 */
const MAX_HISTORY_GROWTH = 2;

export type End = { kind: 'ended'; ending: Ending } | { kind: 'continueAsNew' };

/**
 * The life of one run. `domain/cancellation` alone changes the state; a loop does what is due and
 * waits until the state is another one. One cancel and one read of the schedule are in flight at
 * most; an operator's read and the last one may be beside it.
 */
export class Run {
  private cancelCall: Promise<void> | null = null;
  /** The unbatched read in flight, which operators share. */
  private aloneRead: Promise<void> | null = null;
  private readsInFlight = 0;
  /**
   * The length of the history at the first call that began after the server had suggested to
   * continue as new.
   */
  private suggestedAtEvents: number | null = null;
  /**
   * Nothing sent to the API is undone by cancelling the workflow: calls and updates are shielded
   * from it.
   */
  private readonly scope = new CancellationScope({ cancellable: false });
  private readonly readsScope = new CancellationScope({ cancellable: true, parent: this.scope });
  private readonly waiting = new Waiting();

  constructor(
    private readonly settings: CancelTaskSettings,
    private current: Cancellation,
  ) {}

  get state(): Cancellation {
    return this.current;
  }

  private set state(next: Cancellation) {
    reportChange(this.current, next);
    this.current = next;
  }

  untilItEnds(): Promise<End> {
    return this.scope.run(() => this.loop());
  }

  private async loop(): Promise<End> {
    let lastAnswersByMs: number | null = null;
    // Bounded by the deadline, and in events by continue-as-new.
    while (this.state.ending === null) {
      if (this.state.stopped || this.isPastDeadline()) {
        const { deadlineAtMs } = this.state;
        lastAnswersByMs ??= Date.now() + IN_FLIGHT_LIMIT_MS;
        if (!this.state.stopped) void this.readAlone({ last: true });
        publishState(this.state, this.settings);
        await this.answersUntil(lastAnswersByMs);
        if (this.state.stopped) this.state = withOutcome(this.state, 'ABANDONED', Date.now());
        // One that was moved meanwhile gets a last read of its own.
        else if (this.state.deadlineAtMs === deadlineAtMs)
          this.state = withOutcome(this.state, 'DEADLINE_EXCEEDED', Date.now());
        else lastAnswersByMs = null;
      } else {
        this.startWhatIsDue();
        publishState(this.state, this.settings);
        if (this.shouldContinueAsNew()) return { kind: 'continueAsNew' };
        await this.nextEvent();
      }
    }
    // Their answers belong into the result and its counts.
    await this.answersUntil(lastAnswersByMs ?? Date.now() + IN_FLIGHT_LIMIT_MS);
    if (this.readsInFlight > 0) this.readsScope.cancel();
    publishState(this.state, this.settings);
    await condition(allHandlersFinished);
    return { kind: 'ended', ending: this.state.ending };
  }

  pollNow(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    return this.operated(() => {
      this.state = pollRequested(this.state, Date.now(), requestedBy);
      if (this.state.stage === 'requesting') return this.firstCancel();
      return this.aloneRead ?? (this.mayCall() ? this.readAlone({ last: false }) : null);
    });
  }

  reissueCancel(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    return this.operated(() => {
      this.state = reissueRequested(this.state, Date.now(), requestedBy);
      return this.state.stage === 'requesting' ? this.firstCancel() : this.operatorCancel();
    });
  }

  extendDeadline(extension: Extension): CancelTaskProgress {
    if (this.state.ending === null) this.state = deadlineExtended(this.state, extension, Date.now());
    return this.progress();
  }

  stopMonitoring(by: StopMonitoringArgument): Promise<CancelTaskProgress> {
    return this.operated(() => {
      this.stop(by);
      return null;
    });
  }

  stop(by: StopMonitoringArgument): void {
    if (this.state.ending === null && !this.state.stopped) this.state = monitoringStopped(this.state, Date.now(), by);
  }

  progress(): CancelTaskProgress {
    return progressOf(this.state, this.settings);
  }

  /**
   * Whether the history has no room for more calls of the run's own accord, nor for another update.
   */
  isFull(): boolean {
    return workflowInfo().historyLength >= MAX_HISTORY_GROWTH * (this.suggestedAtEvents ?? Infinity);
  }

  /**
   * The progress once the call that an operator caused has ended, or the run. Null: only the end of
   * the run.
   */
  private operated(act: () => Promise<void> | null): Promise<CancelTaskProgress> {
    return this.scope.run(async () => {
      if (this.state.ending !== null) return this.progress();
      let hasEnded = false;
      void act()?.then(() => {
        hasEnded = true;
      });
      const answered = () => hasEnded || this.state.ending !== null;
      await condition(answered, UPDATE_LIMIT_MS, { summary: 'an operator waits for the answer' });
      return this.progress();
    });
  }

  /**
   * Only where a call begins: its command puts the workflow task into the history. A task without
   * commands may have been one of a rejected update, which the server drops, and a replay does not
   * see it.
   */
  private noteSuggestion(): void {
    const { continueAsNewSuggested, historyLength } = workflowInfo();
    if (continueAsNewSuggested) this.suggestedAtEvents ??= historyLength;
  }

  private isPastDeadline(): boolean {
    return Date.now() >= this.state.deadlineAtMs;
  }

  private mayCall(): boolean {
    return this.state.ending === null && !this.state.stopped && !this.isPastDeadline();
  }

  private startWhatIsDue(): void {
    if (this.isFull()) return;
    const { cancelAtMs, readAtMs } = this.due();
    if (cancelAtMs <= Date.now()) void this.sendCancel({ operator: false });
    if (readAtMs > Date.now()) return;
    // Before the task was seen it is the first contact: what a refused cancel meant.
    if (this.state.stage !== 'monitoring' || this.state.task === null) void this.readAlone({ last: false });
    else void this.read({ alone: false, last: false });
  }

  /** When the next calls of the run's own accord are due; Infinity while one is in flight. */
  private due(): { cancelAtMs: number; readAtMs: number } {
    const { cancelInFlight, operatorCancelsDue, nextReadAtMs } = this.state;
    const cancelAtMs = cancelInFlight || operatorCancelsDue > 0 ? null : cancelDueAtMs(this.state, this.settings);
    const readAtMs = this.readsInFlight > 0 ? null : nextReadAtMs;
    return { cancelAtMs: cancelAtMs ?? Infinity, readAtMs: readAtMs ?? Infinity };
  }

  private async nextEvent(): Promise<void> {
    const seen = this.state;
    const happened = () => this.state !== seen || this.shouldContinueAsNew();
    const due = this.due();
    const waitMs = Math.max(Math.min(this.state.deadlineAtMs, due.cancelAtMs, due.readAtMs) - Date.now(), 1);
    // A call in flight ends before the timer would fire, and changes the state: the timer would be
    // two events for nothing.
    if (this.isFull() || (this.isInFlight() && waitMs > IN_FLIGHT_LIMIT_MS)) await condition(happened);
    else await this.waiting.until(happened, waitMs, waitLabel(this.state, due));
  }

  /** The first cancel is in flight, or waits to be sent again: that one is brought forward. */
  private firstCancel(): Promise<void> | null {
    return this.cancelCall ?? (this.mayCall() ? this.sendCancel({ operator: false }) : null);
  }

  /** One after the other. */
  private async operatorCancel(): Promise<void> {
    const maySend = () => this.mayCall() && !this.state.cancelInFlight;
    while (!maySend()) {
      await condition(() => maySend() || this.state.ending !== null);
      if (this.state.ending !== null) return;
    }
    await this.sendCancel({ operator: true });
  }

  private sendCancel(by: { operator: boolean }): Promise<void> {
    this.noteSuggestion();
    this.state = cancelSent(this.state, { ...by, atMs: Date.now() });
    return (this.cancelCall = this.cancelAnswered(by));
  }

  private async cancelAnswered({ operator }: { operator: boolean }): Promise<void> {
    const giveUpAtMs = this.state.deadlineAtMs;
    const answer = await requestCancel(this.settings, { summary: cancelLabel(this.state), giveUpAtMs });
    this.cancelCall = null;
    const call = { atMs: Date.now(), operator, random: Math.random(), othersInFlight: this.readsInFlight > 0 };
    switch (answer.kind) {
      case 'accepted':
        this.reportUnknownStatus(answer.task);
        this.state = cancelAccepted(this.state, answer.task, call, this.settings);
        break;
      case 'refused':
        this.state = cancelRefused(this.state, answer.refusal, call, this.settings);
        break;
      case 'failed':
        this.state = cancelFailed(this.state, answer.failure, call);
        break;
    }
  }

  private readAlone({ last }: { last: boolean }): Promise<void> {
    const read = this.read({ alone: true, last });
    this.aloneRead = read;
    void read.then(() => {
      if (this.aloneRead === read) this.aloneRead = null;
    });
    return read;
  }

  private async read({ alone, last }: { alone: boolean; last: boolean }): Promise<void> {
    this.noteSuggestion();
    this.readsInFlight += 1;
    const beganAtMs = Date.now();
    const summary = readLabel(this.state, last);
    const options = {
      alone,
      summary,
      giveUpAtMs: this.state.deadlineAtMs,
      holdMs: readHoldMs(this.state, beganAtMs),
      knownStarted: isKnownStarted(this.state),
    };
    const answer = await this.readsScope.run(() => getTaskStatus(this.settings, options));
    this.readsInFlight -= 1;
    if (this.readsScope.consideredCancelled) return;
    const call = { beganAtMs, atMs: Date.now(), random: Math.random(), othersInFlight: this.isInFlight() };
    switch (answer.kind) {
      case 'task':
        this.reportUnknownStatus(answer.task);
        this.state = taskRead(this.state, answer.task, call, this.settings);
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

  private async answersUntil(byMs: number): Promise<void> {
    const leftMs = byMs - Date.now();
    if (this.isInFlight() && leftMs > 0)
      await condition(() => !this.isInFlight(), leftMs, { summary: 'waiting for the last answers' });
  }

  private isInFlight(): boolean {
    return this.state.cancelInFlight || this.readsInFlight > 0;
  }

  private shouldContinueAsNew(): boolean {
    const isIdle = this.state.operatorCancelsDue === 0 && !this.isInFlight() && allHandlersFinished();
    return isIdle && workflowInfo().continueAsNewSuggested;
  }
}

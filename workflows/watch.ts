import { allHandlersFinished, CancellationScope, condition, log, workflowInfo } from '@temporalio/workflow';
import type { Cancellation, Ending } from '../domain/cancellation';
import {
  cancelAccepted,
  cancelFailed,
  cancelRefused,
  cancelSent,
  deadlineExtended,
  monitoringStopped,
  nextCancelAtMs,
  pollAsked,
  progressOf,
  readFailed,
  reissueAsked,
  settled,
  taskRead,
} from '../domain/cancellation';
import { cancelLabel, readLabel, waitLabel } from '../domain/details';
import { SECOND_MS } from '../domain/duration';
import type { CancelTaskSettings } from '../domain/input';
import type { CancelTaskProgress } from '../domain/report';
import type { Task } from '../domain/task';
import { isKnownStatus } from '../domain/taskStatus';
import type { StopMonitoringArgument } from '../domain/updates';
import { getTaskStatus, IN_FLIGHT_LIMIT_MS, requestCancel } from './calls';
import { show } from './visibility';

/** An operator has an answer within this time, whatever the API does. */
const UPDATE_LIMIT_MS = 25 * SECOND_MS;

/**
 * The life of one run. At most one cancel and one read are in flight, side by side; everything else is the state, which `domain/cancellation`
 * alone changes, and a loop that does what is due and then waits for the next instant, an answer or an operator.
 */
export class Watch {
  state: Cancellation;
  private cancelInFlight = false;
  private cancelsEnded = 0;
  /** An operator's wish; `own` where it brings the run's own cancel forward, which then counts as the run's. */
  private cancelAsked: 'own' | 'operator' | null = null;
  private readInFlight: CancellationScope | null = null;
  private readsEnded = 0;
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
    this.giveUpRead();
    show(this.state, this.settings);
    await condition(allHandlersFinished);
    return { kind: 'ended', ending: this.state.ending };
  }

  async pollNow(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    if (this.state.ending !== null) return this.progress();
    this.state = pollAsked(this.state, Date.now(), requestedBy);
    if (this.state.stage === 'requesting') return this.answeredCancel('own');
    this.readAsked = this.readInFlight === null;
    const ended = this.readsEnded + 1;
    return this.progressWhen(() => this.readsEnded >= ended);
  }

  async reissueCancel(requestedBy: string | undefined): Promise<CancelTaskProgress> {
    if (this.state.ending !== null) return this.progress();
    this.state = reissueAsked(this.state, Date.now(), requestedBy);
    return this.answeredCancel(this.state.stage === 'requesting' ? 'own' : 'operator');
  }

  extendDeadline(deadlineAtMs: number, requestedBy: string | undefined): CancelTaskProgress {
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

  /** The progress once a cancel was answered, or not answered: the one in flight, or else one that is sent now. */
  private answeredCancel(asked: 'own' | 'operator'): Promise<CancelTaskProgress> {
    if (!this.cancelInFlight) this.cancelAsked = asked;
    const ended = this.cancelsEnded + 1;
    return this.progressWhen(() => this.cancelsEnded >= ended);
  }

  private async progressWhen(done: () => boolean): Promise<CancelTaskProgress> {
    this.woken = true;
    await condition(() => done() || this.state.ending !== null, UPDATE_LIMIT_MS, {
      summary: "bound on an operator's wait",
    });
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
    if (!this.cancelInFlight && (this.cancelAsked !== null || (cancelAtMs !== null && cancelAtMs <= nowMs)))
      void this.sendCancel(this.cancelAsked === 'operator');
    const { nextReadAtMs } = this.state;
    if (this.readInFlight === null && (this.readAsked || (nextReadAtMs !== null && nextReadAtMs <= nowMs)))
      void this.read({ last: false });
  }

  private async nextEvent(): Promise<void> {
    const cancelAtMs = this.cancelInFlight ? null : nextCancelAtMs(this.state, this.settings);
    const readAtMs = this.readInFlight === null ? this.state.nextReadAtMs : null;
    const wakeAtMs = Math.min(this.state.deadlineAtMs, cancelAtMs ?? Infinity, readAtMs ?? Infinity);
    const summary = waitLabel(this.state, { cancelAtMs, readAtMs });
    const waitMs = Math.max(wakeAtMs - Date.now(), 1);
    const inFlight = this.cancelInFlight || this.readInFlight !== null;
    // What is in flight ends before then, and wakes the loop: a timer beside it would be two events for nothing.
    if (inFlight && waitMs > IN_FLIGHT_LIMIT_MS) await condition(() => this.woken);
    else await condition(() => this.woken, waitMs, { summary });
    this.woken = false;
  }

  private async sendCancel(operator: boolean): Promise<void> {
    this.cancelInFlight = true;
    this.cancelAsked = null;
    this.state = cancelSent(this.state, { atMs: Date.now(), operator });
    const answer = await requestCancel(this.ids(), {
      summary: cancelLabel(this.state),
      giveUpAtMs: this.state.deadlineAtMs,
    });
    const call = { atMs: Date.now(), operator, random: Math.random() };
    this.cancelInFlight = false;
    this.cancelsEnded += 1;
    this.woken = true;
    if (this.state.ending !== null) return;
    switch (answer.kind) {
      case 'accepted':
        this.reportUnknownStatus(answer.task);
        this.state = cancelAccepted(this.state, answer.task, call, this.settings);
        break;
      case 'refused':
        this.state = cancelRefused(this.state, answer.refusal, call);
        break;
      case 'failed':
        this.state = cancelFailed(this.state, answer.failure, call);
        break;
    }
  }

  private async read({ last }: { last: boolean }): Promise<void> {
    const scope = new CancellationScope();
    this.readInFlight = scope;
    this.readAsked = false;
    const options = { summary: readLabel(this.state, last), giveUpAtMs: this.state.deadlineAtMs };
    const answer = await scope.run(() => getTaskStatus(this.ids(), options));
    if (this.readInFlight !== scope) return; // given up
    const call = { atMs: Date.now(), random: Math.random() };
    this.readInFlight = null;
    this.readsEnded += 1;
    this.woken = true;
    if (this.state.ending !== null) return;
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

  private giveUpRead(): void {
    const scope = this.readInFlight;
    this.readInFlight = null;
    scope?.cancel();
  }

  /** The deadline is here: one last read, beside a cancel that may still be in flight. An extension accepted meanwhile counts. */
  private async lookOnceMore(): Promise<void> {
    this.giveUpRead();
    void this.read({ last: true });
    show(this.state, this.settings);
    await this.inFlightEnds(() => this.readInFlight === null && !this.cancelInFlight);
    if (!this.state.stopped && this.isPastDeadline()) this.state = settled(this.state, 'DEADLINE_EXCEEDED', Date.now());
  }

  /** A cancel in flight is awaited: its answer belongs into the result. */
  private async abandon(): Promise<void> {
    this.giveUpRead();
    show(this.state, this.settings);
    await this.inFlightEnds(() => !this.cancelInFlight);
    this.state = settled(this.state, 'ABANDONED', Date.now());
  }

  private async inFlightEnds(done: () => boolean): Promise<void> {
    if (!done())
      await condition(() => done() || this.state.ending !== null, IN_FLIGHT_LIMIT_MS, {
        summary: 'bound on the wait for the last answers',
      });
  }

  private shouldContinueAsNew(): boolean {
    const idle = !this.cancelInFlight && this.readInFlight === null && this.cancelAsked === null && !this.readAsked;
    return idle && workflowInfo().continueAsNewSuggested && allHandlersFinished();
  }

  private ids(): { orgId: string; taskId: string } {
    return { orgId: this.settings.orgId, taskId: this.settings.taskId };
  }
}

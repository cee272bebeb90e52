import type { Failed, TroubleType } from '../../domain/contract/answers';
import { SECOND_MS } from '../../domain/contract/duration';
import type { Clock } from './clock';

/**
 * 59 starts a second, 12 in flight and one list: no one-second window at the API exceeds 75 calls,
 * even when calls queue behind one sign-in and leave together.
 */
const GAP_MS = 17;
const MAX_IN_FLIGHT = 12;
/** After a pause the rate rises from 3 a second for this long, in proportion to the time. */
const RAMP_MS = 20 * SECOND_MS;
/**
 * For a 429 that names no time, and the shortest deferral: no run reads more often by default, so
 * shorter ones would all end at one time.
 */
const PAUSE_MS = 10 * SECOND_MS;

type Lane = 'cancel' | 'read';

/**
 * Rate limiter for one organization's calls by this worker. A scheduled read that finds no slot in
 * its time is deferred: it fails as retryable without a call, and its run waits on a timer.
 */
export class RateLimiter {
  /** What ends each wait, in the order of arrival. */
  private readonly queue = new Set<(start: 'start' | Failed | null) => void>();
  private inFlight = 0;
  private latestStartAtMs = -Infinity;
  private stopTimer: () => void = () => undefined;
  private pause = { beganAtMs: -Infinity, untilMs: -Infinity, type: 'RateLimited' as TroubleType };
  private readonly latestReturnAtMs = { cancel: 0, read: 0 };

  /** @param onPause gets the length of each pause, once for all calls that were in flight. */
  constructor(
    private readonly clock: Clock,
    private readonly onPause: (lengthMs: number) => void,
  ) {}

  isPaused(): boolean {
    return this.clock.nowMs() < this.pause.untilMs;
  }

  /** Defers a scheduled read that may not be sent now; null: it may. */
  blockedBy(): Failed | null {
    return this.isPaused() ? this.deferred(this.pause.type) : null;
  }

  /** Makes a scheduled call in its slot, unless that comes later than `latestAtMs`. */
  async run<A>(call: () => Promise<A>, latestAtMs: number, signal: AbortSignal): Promise<A | Failed> {
    const start = this.blockedBy() ?? (await this.slot(latestAtMs, signal));
    if (start !== 'start') return start;
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
      this.startNext();
    }
  }

  /**
   * Makes a call, scheduled or not. A 429 pauses the organization, and each caller gets its own
   * time to return. A task's own Retry-After on a 5xx is for its run alone.
   */
  async observe<A extends { kind: string }>(call: () => Promise<A | Failed>, lane: Lane): Promise<A | Failed> {
    const sentAtMs = this.clock.nowMs();
    if (lane === 'read') this.latestStartAtMs = sentAtMs;
    const answer = await call();
    if (!('failure' in answer)) return answer;
    const { type, httpStatus, retryAfterMs } = answer.failure;
    // Without a sign-in no task of the organization can be read.
    if (httpStatus !== 429 && (type !== 'SignInUnavailable' || retryAfterMs === null)) return answer;
    const nowMs = this.clock.nowMs();
    const untilMs = Math.max(this.pause.untilMs, nowMs + (retryAfterMs ?? PAUSE_MS));
    // Of many calls in flight each gets its own 429: those sent before the pause are part of it.
    const isNew = sentAtMs > this.pause.beganAtMs;
    this.pause = { beganAtMs: isNew ? nowMs : this.pause.beganAtMs, untilMs, type };
    if (isNew) this.onPause(untilMs - nowMs);
    for (const leave of this.queue) leave(this.deferred(type));
    const returnAtMs = this.returnAtMs(lane, nowMs + (retryAfterMs ?? 0));
    return { kind: 'failed', failure: { ...answer.failure, retryAfterMs: Math.ceil(returnAtMs - nowMs) } };
  }

  private async slot(latestAtMs: number, signal: AbortSignal): Promise<'start' | Failed> {
    signal.throwIfAborted();
    const start = await new Promise<'start' | Failed | null>((resolve) => {
      const leave = (how: 'start' | Failed | null) => {
        stopTimer();
        signal.removeEventListener('abort', abort);
        this.queue.delete(leave);
        resolve(how);
      };
      const abort = () => {
        leave(null);
      };
      const stopTimer = this.clock.after(latestAtMs - this.clock.nowMs(), () => {
        leave(this.deferred('RateLimited'));
      });
      signal.addEventListener('abort', abort);
      this.queue.add(leave);
      this.startNext();
    });
    if (start === null) signal.throwIfAborted();
    return start ?? this.deferred('RateLimited');
  }

  private startNext(): void {
    this.stopTimer();
    for (const leave of this.queue) {
      if (this.inFlight >= MAX_IN_FLIGHT) return;
      const nowMs = this.clock.nowMs();
      const waitMs = this.latestStartAtMs + this.gapMsAt(nowMs) - nowMs;
      if (waitMs > 0) {
        this.stopTimer = this.clock.after(Math.ceil(waitMs), () => {
          this.startNext();
        });
        return;
      }
      this.latestStartAtMs = nowMs;
      this.inFlight += 1;
      leave('start');
    }
  }

  private gapMsAt(atMs: number): number {
    return GAP_MS * Math.max(1, RAMP_MS / Math.max(atMs - this.pause.untilMs, SECOND_MS));
  }

  private deferred(type: TroubleType): Failed {
    const nowMs = this.clock.nowMs();
    const why = this.isPaused()
      ? 'the VMC API, or its sign-in, told the reads of this organization to wait'
      : 'more reads of this organization are due than one worker sends in a second';
    const retryAfterMs = this.returnAtMs('read', Math.max(this.pause.untilMs, nowMs + PAUSE_MS)) - nowMs;
    const failure = { type, message: `Not sent: ${why}`, retryable: true, httpStatus: null, errorCode: null };
    return { kind: 'failed', failure: { ...failure, retryAfterMs: Math.ceil(retryAfterMs) } };
  }

  /** Spread: who returns in step is deferred in step again. Cancels do not wait behind reads. */
  private returnAtMs(lane: Lane, earliestMs: number): number {
    const previousMs = this.latestReturnAtMs[lane];
    return (this.latestReturnAtMs[lane] = Math.max(earliestMs, previousMs + this.gapMsAt(previousMs)));
  }
}

import type { Failed, TroubleType } from '../../domain/contract/answers';
import { SECOND_MS } from '../../domain/contract/duration';
import { raceAbort } from '../api/callLimits';
import type { Clock } from './clock';
import type { Pause } from './pause';
import { answeredIn, gapMsAt, pauseAfter } from './pause';

type Turn = 'go' | Failed;

/**
 * Calls that begin apart may still come out together, behind a sign-in that they all wait for. With 59 beginning in a second, this many in flight
 * and a list keep every second at 75 calls or less.
 */
const MAX_IN_FLIGHT = 12;

/** No run reads again sooner, unless it was given another pace: of shorter waits, all would end at one and the same time. */
const LEAST_PUT_OFF_MS = 10 * SECOND_MS;

const ASKED_TO_WAIT = 'the VMC API, or its sign-in, asked the reads of this organisation to wait';
const TOO_MANY = 'more reads of this organisation are due than one worker sends in a second';

/**
 * One budget for the scheduled reads of an organisation in this worker: how many begin in a second, how many are in flight, and none while the
 * API asked for a pause. What may not be sent ends at once as a retryable failure, so that the workflow waits on its timer and shows why.
 */
export class OrganizationPace {
  private pause: Pause | null = null;
  /** Those who wait for a turn, each by what ends its wait. */
  private readonly waiting = new Set<(turn: Turn) => void>();
  private inFlight = 0;
  private latestStartAtMs = -Infinity;
  private nextReturnAtMs = -Infinity;
  private isTimerSet = false;

  /** @param onPause told how long the organisation's reads pause, once for each time that the API asked. */
  constructor(
    private readonly clock: Clock,
    private readonly onPause: (lengthMs: number) => void,
  ) {}

  /** Why no scheduled read may be sent now, or null. */
  refusal(): Failed | null {
    const { pause } = this;
    return pause !== null && this.isPaused() ? this.putOff(pause.type, ASKED_TO_WAIT) : null;
  }

  isPaused(): boolean {
    return this.pause !== null && this.clock.nowMs() < this.pause.untilMs;
  }

  /** Makes the call when its turn comes, unless that is later than `latestAtMs`. */
  async inTurn<A>(call: () => Promise<A>, wait: { latestAtMs: number; signal: AbortSignal }): Promise<A | Failed> {
    const refusal = this.refusal();
    if (refusal !== null) return refusal;
    const turn = await raceAbort(this.turn(wait), wait.signal);
    if (turn === null) wait.signal.throwIfAborted();
    else if (turn !== 'go') return turn;
    try {
      return await call();
    } finally {
      this.inFlight -= 1;
      this.next();
    }
  }

  /** A call goes out, in its turn or not: those that wait keep their distance from it. Returns the instant. */
  sent(): number {
    this.latestStartAtMs = this.clock.nowMs();
    return this.latestStartAtMs;
  }

  /** What became of a call. */
  heard(answer: { kind: string } | Failed, sentAtMs: number): void {
    if (!('failure' in answer)) {
      this.pause = answeredIn(this.pause, sentAtMs);
      return;
    }
    const before = this.pause;
    const atMs = this.clock.nowMs();
    this.pause = pauseAfter(before, answer.failure, { sentAtMs, atMs });
    if (this.pause === null || this.pause === before) return;
    if (this.pause.beganAtMs !== before?.beganAtMs) this.onPause(this.pause.untilMs - atMs);
    for (const settle of this.waiting) settle(this.putOff(this.pause.type, ASKED_TO_WAIT));
  }

  /** Whoever is aborted leaves, and waits for nothing any more. */
  private turn({ latestAtMs, signal }: { latestAtMs: number; signal: AbortSignal }): Promise<Turn> {
    return new Promise((resolve) => {
      const leave = () => {
        stopTimer();
        signal.removeEventListener('abort', leave);
        this.waiting.delete(settle);
      };
      const settle = (turn: Turn) => {
        leave();
        resolve(turn);
      };
      const stopTimer = this.clock.after(Math.max(latestAtMs - this.clock.nowMs(), 0), () => {
        settle(this.putOff('RateLimited', TOO_MANY));
      });
      signal.addEventListener('abort', leave);
      this.waiting.add(settle);
      this.next();
    });
  }

  /** Lets those go whose turn it is, and comes back for the next one. */
  private next(): void {
    for (const settle of this.waiting) {
      if (this.inFlight >= MAX_IN_FLIGHT) return;
      const nowMs = this.clock.nowMs();
      const waitMs = this.latestStartAtMs + gapMsAt(this.pause, nowMs) - nowMs;
      if (waitMs > 0) {
        this.comeBackAfter(waitMs);
        return;
      }
      this.latestStartAtMs = nowMs;
      this.inFlight += 1;
      settle('go');
    }
  }

  private comeBackAfter(delayMs: number): void {
    if (this.isTimerSet) return;
    this.isTimerSet = true;
    this.clock.after(Math.ceil(delayMs), () => {
      this.isTimerSet = false;
      this.next();
    });
  }

  /** A failure that nothing was sent for. Each names a later instant to come back at: all at once they would be put off again. */
  private putOff(type: TroubleType, why: string): Failed {
    const nowMs = this.clock.nowMs();
    const returnAtMs = Math.max(this.nextReturnAtMs, this.pause?.untilMs ?? nowMs, nowMs + LEAST_PUT_OFF_MS);
    this.nextReturnAtMs = returnAtMs + gapMsAt(this.pause, returnAtMs);
    return {
      kind: 'failed',
      failure: {
        type,
        message: `Not sent: ${why}`,
        retryable: true,
        httpStatus: null,
        errorCode: null,
        retryAfterMs: Math.ceil(returnAtMs - nowMs),
      },
    };
  }
}

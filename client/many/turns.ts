import { SECOND_MS } from '../../domain/contract/duration';

export interface TurnLimits {
  perSecond: number;
  atOnce: number;
}

interface Waiter {
  name: string;
  start: () => void;
}

/**
 * One turn in so many goes to whoever has waited longest, so that those who are not urgent are
 * heard from too.
 */
const PATIENT_SHARE = 4;

/**
 * Lets many do one kind of work in turns: those who are urgent now first, the rest in the order in
 * which they came.
 */
export class Turns {
  private waiting: Waiter[] = [];
  private atWork = 0;
  private given = 0;
  private nextAtMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly limits: TurnLimits,
    private readonly isUrgent: (name: string) => boolean,
  ) {}

  /**
   * Does the work when its turn has come. A signal that is aborted before takes it out of the row.
   */
  async take<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.turn(name, signal);
    try {
      return await work();
    } finally {
      this.atWork--;
      this.giveTurns();
    }
  }

  private turn(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const leave = () => {
        this.waiting = this.waiting.filter((one) => one !== waiter);
        reject(signal.reason as Error);
      };
      const start = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const waiter = { name, start };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(waiter);
      this.giveTurns();
    });
  }

  private giveTurns(): void {
    clearTimeout(this.timer);
    while (this.waiting.length > 0 && this.atWork < this.limits.atOnce) {
      const nowMs = Date.now();
      if (nowMs < this.nextAtMs) {
        this.timer = setTimeout(() => {
          this.giveTurns();
        }, this.nextAtMs - nowMs);
        return;
      }
      // What was not used of the last second may be used at once.
      this.nextAtMs = Math.max(this.nextAtMs, nowMs - SECOND_MS) + SECOND_MS / this.limits.perSecond;
      this.giveTurn();
    }
  }

  private giveTurn(): void {
    const isPatientTurn = ++this.given % PATIENT_SHARE === 0;
    const urgent = isPatientTurn ? -1 : this.waiting.findIndex(({ name }) => this.isUrgent(name));
    const [waiter] = this.waiting.splice(Math.max(urgent, 0), 1);
    this.atWork++;
    waiter?.start();
  }
}

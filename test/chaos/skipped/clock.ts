import type { Clock } from '../../../vmc/reads/clock';

/**
 * The time of a server that skips time, as far as it was told. In between it goes on as the
 * machine's does, as the server's own does while it skips none.
 */
export class ServerClock implements Clock {
  private aheadMs = -Infinity;
  private readonly waiting = new Set<{ dueAtMs: number; end: () => void }>();

  constructor(private readonly machine: Clock) {}

  nowMs(): number {
    return this.machine.nowMs() + this.aheadMs;
  }

  /** What is due by then is called back at once. */
  told(serverMs: number): void {
    this.aheadMs = Math.max(this.aheadMs, serverMs - this.machine.nowMs());
    for (const { dueAtMs, end } of this.waiting) if (dueAtMs <= this.nowMs()) end();
  }

  after(delayMs: number, callback: () => void): () => void {
    const leave = () => {
      this.waiting.delete(one);
      stop();
    };
    const end = () => {
      leave();
      callback();
    };
    const one = { dueAtMs: this.nowMs() + delayMs, end };
    this.waiting.add(one);
    const stop = this.machine.after(delayMs, end);
    return leave;
  }
}

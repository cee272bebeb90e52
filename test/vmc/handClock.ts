import type { Clock } from '../../vmc/clock';

interface Timer {
  atMs: number;
  callback: () => void;
}

/** A clock that a test moves. */
export class HandClock implements Clock {
  private ms = 0;
  private readonly timers = new Set<Timer>();

  nowMs(): number {
    return this.ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.ms + delayMs, callback };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** How long until something is due; Infinity if nothing is. */
  get untilNextMs(): number {
    return Math.min(...[...this.timers].map(({ atMs }) => atMs)) - this.ms;
  }

  advance(byMs: number): void {
    const endMs = this.ms + byMs;
    for (let next = this.dueBy(endMs); next !== undefined; next = this.dueBy(endMs)) {
      this.ms = Math.max(this.ms, next.atMs);
      this.timers.delete(next);
      next.callback();
    }
    this.ms = endMs;
  }

  private dueBy(endMs: number): Timer | undefined {
    const [first] = [...this.timers].filter(({ atMs }) => atMs <= endMs).sort((one, other) => one.atMs - other.atMs);
    return first;
  }
}

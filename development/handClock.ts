import type { Clock } from '../vmc/reads/clock';

interface Timer {
  atMs: number;
  callback: () => void;
}

/** A clock that tests and benches move. */
export class HandClock implements Clock {
  private ms = 0;
  /** In the order in which they are due. */
  private readonly timers: Timer[] = [];

  nowMs(): number {
    return this.ms;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.ms + delayMs, callback };
    this.timers.splice(this.placeOf(timer), 0, timer);
    return () => {
      const place = this.timers.indexOf(timer);
      if (place >= 0) this.timers.splice(place, 1);
    };
  }

  /** How long until something is due; Infinity if nothing is. */
  get untilNextMs(): number {
    return (this.timers[0]?.atMs ?? Infinity) - this.ms;
  }

  advance(byMs: number): void {
    const endMs = this.ms + byMs;
    for (let next = this.timers[0]; next !== undefined && next.atMs <= endMs; next = this.timers[0]) {
      this.timers.shift();
      this.ms = Math.max(this.ms, next.atMs);
      next.callback();
    }
    this.ms = endMs;
  }

  /** Behind all that are due as early. */
  private placeOf({ atMs }: Timer): number {
    let [low, high] = [0, this.timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.timers[middle]?.atMs ?? Infinity) <= atMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

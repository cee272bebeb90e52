import type { TroubleType } from '../domain/contract/answers';
import { MINUTE_MS } from '../domain/contract/duration';

/** Time for the call that is due, and for a busy worker. */
const MARGIN_MS = 2 * MINUTE_MS;

/** The runs of this worker that hear nothing from the API, by what keeps them from it. */
export class Troubles {
  private readonly runs = new Map<string, { type: TroubleType; untilMs: number }>();

  constructor(private readonly nowMs: () => number = Date.now) {}

  /**
   * @param nextCallAtMs when the run tries again. A run that has not reported by then has gone to
   * another worker, which does not tell.
   */
  began(runId: string, type: TroubleType, nextCallAtMs: number): void {
    this.runs.set(runId, { type, untilMs: Math.max(nextCallAtMs, this.nowMs()) + MARGIN_MS });
  }

  ended(runId: string): void {
    this.runs.delete(runId);
  }

  counts(): Map<TroubleType, number> {
    const counts = new Map<TroubleType, number>();
    for (const [runId, { type, untilMs }] of this.runs)
      if (this.nowMs() < untilMs) counts.set(type, (counts.get(type) ?? 0) + 1);
      else this.runs.delete(runId);
    return counts;
  }
}

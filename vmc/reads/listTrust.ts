import { HOUR_MS } from '../../domain/contract/duration';
import type { Clock } from './clock';

/** Why an organisation's reads are single for a while: its list failed, was too long or too slow, or cannot be right. */
export const SINGLE_REASONS = ['refused', 'huge', 'slow', 'wrong'] as const;
export type SingleReason = (typeof SINGLE_REASONS)[number];

const LONGEST_COOL_DOWN_MS = HOUR_MS;

/** Whether an organisation's list is asked for: not for a while after it was of no use, twice as long each time, up to an hour, until it is of use again. */
export class ListTrust {
  private reason: SingleReason | null = null;
  private lostInARow = 0;
  private firstCoolDownMs = 0;

  constructor(
    private readonly clock: Clock,
    private readonly report: {
      degraded(reason: SingleReason, coolDownMs: number): void;
      restored(reason: SingleReason): void;
    },
  ) {}

  isThere(): boolean {
    return this.reason === null;
  }

  earn(): void {
    this.lostInARow = 0;
  }

  lose(reason: SingleReason, firstCoolDownMs: number): void {
    if (this.reason !== null) return;
    this.reason = reason;
    if (firstCoolDownMs !== this.firstCoolDownMs) this.lostInARow = 0;
    this.firstCoolDownMs = firstCoolDownMs;
    const coolDownMs = Math.min(firstCoolDownMs * 2 ** Math.min(this.lostInARow, 20), LONGEST_COOL_DOWN_MS);
    this.lostInARow += 1;
    this.report.degraded(reason, coolDownMs);
    this.clock.after(coolDownMs, () => {
      this.reason = null;
      this.report.restored(reason);
    });
  }
}

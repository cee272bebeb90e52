import { HOUR_MS, MINUTE_MS } from '../domain/duration';
import type { Clock } from './clock';

/** Why an organisation's reads are single for a while: its list failed, was too long or too slow, or cannot be right. */
export const SINGLE_REASONS = ['refused', 'huge', 'slow', 'wrong'] as const;
export type SingleReason = (typeof SINGLE_REASONS)[number];

const FIRST_COOL_DOWN_MS = 5 * MINUTE_MS;
const LAST_COOL_DOWN_MS = HOUR_MS;

/** Whether an organisation's list is asked for: not for five minutes after it was of no use, doubling to an hour until it is of use again. */
export class ListTrust {
  private reason: SingleReason | null = null;
  private coolDownMs = FIRST_COOL_DOWN_MS;

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
    this.coolDownMs = FIRST_COOL_DOWN_MS;
  }

  lose(reason: SingleReason): void {
    if (this.reason !== null) return;
    this.reason = reason;
    this.report.degraded(reason, this.coolDownMs);
    this.clock.after(this.coolDownMs, () => {
      this.reason = null;
      this.report.restored(reason);
    });
    this.coolDownMs = Math.min(2 * this.coolDownMs, LAST_COOL_DOWN_MS);
  }
}

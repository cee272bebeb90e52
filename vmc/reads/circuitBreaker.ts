import { HOUR_MS, SECOND_MS } from '../../domain/contract/duration';
import type { Clock } from './clock';
import type { OpenReason, ReadsObserver } from './observer';

const FIRST_COOL_DOWN_MS = 30 * SECOND_MS;
const MAX_COOL_DOWN_MS = HOUR_MS;

/**
 * Circuit breaker for an organization's task list. An unusable list opens it for a cool-down that
 * doubles up to an hour; a usable list resets it.
 */
export class CircuitBreaker {
  isClosed = true;
  private coolDownMs = FIRST_COOL_DOWN_MS;

  constructor(
    private readonly orgId: string,
    private readonly clock: Clock,
    private readonly observer: ReadsObserver,
  ) {}

  recordSuccess(): void {
    this.coolDownMs = FIRST_COOL_DOWN_MS;
  }

  open(reason: OpenReason): void {
    if (!this.isClosed) return;
    this.isClosed = false;
    this.observer.opened(this.orgId, reason, this.coolDownMs);
    this.clock.after(this.coolDownMs, () => {
      this.isClosed = true;
      this.observer.closed(this.orgId, reason);
    });
    this.coolDownMs = Math.min(2 * this.coolDownMs, MAX_COOL_DOWN_MS);
  }
}

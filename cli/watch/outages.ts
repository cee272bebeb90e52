import { SECOND_MS } from '../../domain/contract/duration';
import type { CancellationIds } from '../../client/cancellationId';
import type { Output } from '../output/output';

/** A worker that has just started answers one query, and may leave the next one waiting. */
const SAME_OUTAGE_MS = 10 * SECOND_MS;

/**
 * Outages that delay waits: each is printed once, however many cancellations it delays, until it is
 * over for all of them.
 */
export class Outages {
  private readonly messages = new Map<string, string>();
  private readonly lastMetAtMs = new Map<string, number>();

  constructor(
    private readonly output: Pick<Output, 'waiting'>,
    private readonly nowMs: () => number = Date.now,
  ) {}

  met({ workflowId }: Pick<CancellationIds, 'workflowId'>, { message }: Error): void {
    const isNews = this.nowMs() - (this.lastMetAtMs.get(message) ?? -Infinity) > SAME_OUTAGE_MS;
    const isOver = ![...this.messages.values()].includes(message);
    this.messages.set(workflowId, message);
    this.lastMetAtMs.set(message, this.nowMs());
    if (isOver && isNews) this.output.waiting(message);
  }

  passed({ workflowId }: Pick<CancellationIds, 'workflowId'>): void {
    this.messages.delete(workflowId);
  }
}

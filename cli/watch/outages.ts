import type { CancellationIds } from '../../client/cancellationId';
import type { Output } from '../output/output';

/**
 * Outages that delay waits: each is printed once, however many cancellations it delays, until it is
 * over for all of them.
 */
export class Outages {
  private readonly messages = new Map<string, string>();

  constructor(private readonly output: Output) {}

  met({ workflowId }: CancellationIds, { message }: Error): void {
    const isNews = ![...this.messages.values()].includes(message);
    this.messages.set(workflowId, message);
    if (isNews) this.output.waiting(message);
  }

  passed({ workflowId }: CancellationIds): void {
    this.messages.delete(workflowId);
  }
}

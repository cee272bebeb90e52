import type { CancellationIds } from '../../client/cancellationId';
import type { Output } from '../output/output';

/**
 * What keeps waits from ending and passes by itself: told once, however many wait for it, until
 * none of them does any more.
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

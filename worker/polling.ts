import type { NativeConnection, Worker } from '@temporalio/worker';
import type { TemporalAccess } from './temporalAccess';

/** The SDK's worker on a connection that may be replaced. */
export class Polling {
  constructor(
    private readonly worker: Worker,
    private readonly access: TemporalAccess,
  ) {}

  /** Resolves when it was stopped; rejects when it cannot go on. */
  async run(): Promise<void> {
    void this.access.follow();
    await this.worker.run();
    this.access.end();
    // Brings out the SDK's last log lines as well.
    await this.access.connection.close();
  }

  /** Takes no more tasks and lets those in hand come to an end. */
  stop(): void {
    this.access.end();
    this.worker.shutdown();
  }

  use(connection: NativeConnection): void {
    if (this.worker.getState() === 'RUNNING') this.worker.connection = connection;
  }

  /** Why no task would be taken now, or null. */
  async notReady(): Promise<string | null> {
    const { runState, workflowPollerState, activityPollerState } = this.worker.getStatus();
    if (runState !== 'RUNNING') return runState.toLowerCase();
    if (workflowPollerState !== 'POLLING' || activityPollerState !== 'POLLING') return 'not polling';
    // The SDK goes on asking a server that is gone; then its pollers count as polling all the same.
    const silence = await this.access.silenceNow();
    if (silence === null) return null;
    return `Temporal ${silence.isRefusal ? 'refuses the credentials' : 'does not answer'}: ${silence.reason}`;
  }
}

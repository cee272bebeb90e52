import type { NativeConnection, Worker } from '@temporalio/worker';
import type { TemporalAccess } from './temporalAccess';

/** The SDK's worker, and the next one where Temporal refused the credentials of the one before. */
export class Polling {
  private isStopping = false;

  constructor(
    private worker: Worker,
    private readonly access: TemporalAccess,
    private readonly create: (connection: NativeConnection) => Promise<Worker>,
  ) {}

  /** Resolves when it was stopped; rejects when it cannot go on. */
  async run(): Promise<void> {
    void this.access.follow();
    while (!(await this.ranToTheEnd())) {
      if (!(await this.access.accepted())) break;
      this.worker = await this.create(this.access.connection);
    }
    this.access.end();
    // Brings out the SDK's last log lines as well.
    await this.access.connection.close();
  }

  /** Takes no more tasks and lets those in hand come to an end. */
  stop(): void {
    this.isStopping = true;
    this.access.end();
    if (this.worker.getState() === 'RUNNING') this.worker.shutdown();
  }

  use(connection: NativeConnection): void {
    if (this.worker.getState() === 'RUNNING') this.worker.connection = connection;
  }

  /** Why no task would be taken now, or null. */
  async notReady(): Promise<string | null> {
    const { runState, workflowPollerState, activityPollerState } = this.worker.getStatus();
    // The SDK goes on asking a server that is gone; then its pollers count as polling all the same.
    const silence = await this.access.silenceNow();
    if (silence?.isRefusal === true) return `Temporal refuses the credentials: ${silence.reason}`;
    if (runState !== 'RUNNING') return runState.toLowerCase();
    if (workflowPollerState !== 'POLLING' || activityPollerState !== 'POLLING') return 'not polling';
    return silence === null ? null : `Temporal does not answer: ${silence.reason}`;
  }

  /**
   * False where the worker failed because Temporal refuses the credentials: the SDK gives up after
   * a minute of it, with an error that does not tell.
   */
  private async ranToTheEnd(): Promise<boolean> {
    try {
      const running = this.worker.run();
      if (this.isStopping) this.worker.shutdown();
      await running;
      return true;
    } catch (error) {
      if (this.isStopping || !(await this.access.isRefusedNow())) throw error;
      return false;
    }
  }
}

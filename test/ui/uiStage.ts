import { Client, Connection } from '@temporalio/client';
import type { CancellationClient } from '../../client';
import type { CancelTaskInput } from '../../domain/contract/input';
import { Stage } from '../stage/stage';
import { until } from '../stage/until';

export interface Ids {
  orgId: string;
  taskId: string;
}

/**
 * What the API is made to answer about a task: any Task, which a script of the simulator could not
 * all be.
 */
interface Answer {
  operation: 'cancelTask' | 'getTask';
  times?: number;
  status?: number;
  body: unknown;
}

/** A stage with the Temporal UI. */
export class UiStage {
  private constructor(
    private readonly stage: Stage,
    private readonly temporal: Client,
  ) {}

  /** @param simulatorPort 0 picks a free one */
  static async begin(simulatorPort: number): Promise<UiStage> {
    const stage = await Stage.begin({ ui: true, simulatorPort });
    // A list would contain what the simulator's own script says of a task, beside what `answers`
    // made up.
    await stage.startWorker({ VMC_CANCEL_SHARED_READS_WITHIN: '0' });
    const { address, namespace } = stage.server;
    return new UiStage(stage, new Client({ connection: await Connection.connect({ address }), namespace }));
  }

  async end(): Promise<void> {
    await this.temporal.connection.close();
    await this.stage.end();
  }

  get client(): CancellationClient {
    return this.stage.client;
  }

  get url(): string {
    const { uiUrl } = this.stage.server;
    if (uiUrl === null) throw new Error('the dev server was started without its UI');
    return uiUrl;
  }

  /** A task at the API that behaves as its script says, and the run that cancels it. */
  async started(ids: Ids, script: object, options: Omit<CancelTaskInput, keyof Ids> = {}): Promise<void> {
    await this.stage.controls.addTask({ ...ids, script });
    await this.client.start({ ...ids, ...options });
  }

  /**
   * The answers come in this order; the last one of an operation, where it says no number of times,
   * stays.
   */
  async answers(ids: Ids, answers: readonly Answer[]): Promise<void> {
    const forEver = 1_000;
    for (const { operation, times = forEver, status = 200, body } of answers)
      await this.stage.controls.addFault({ operation, taskId: ids.taskId, times, status, body });
  }

  /** The workflow ids that a query finds, in order. */
  async found(query: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { workflowId } of this.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  }

  /** The lists are a moment behind the runs. */
  async untilFound(query: string, count: number): Promise<void> {
    await until(async () => (await this.found(query)).length === count);
  }

  async untilRead(ids: Ids, polls: number): Promise<void> {
    await until(async () => (await this.client.progress(ids)).polls >= polls);
  }
}

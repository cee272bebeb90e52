import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { CancellationClient } from '../../client';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import type { CancelTaskInput } from '../../domain/contract/input';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';
import { WorkerProcess } from '../worker/workerProcess';

const BETWEEN_LOOKS_MS = 100;

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
  body: object;
}

/** A Temporal with its UI, a VMC API and a worker, all real and on this machine. */
export class Stage {
  private constructor(
    readonly uiUrl: string,
    readonly client: CancellationClient,
    private readonly temporal: Client,
    private readonly server: DevServer,
    private readonly simulator: Simulator,
  ) {}

  /** @param simulatorPort 0 picks a free one */
  static async begin(simulatorPort: number): Promise<Stage> {
    const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword'] as const));
    const [server, simulator] = await Promise.all([
      startDevServer({ ui: true, searchAttributes }),
      startSimulator({ host: '127.0.0.1', port: simulatorPort }),
    ]);
    const { address, namespace, uiUrl } = server;
    if (uiUrl === null) throw new Error('the dev server was started without its UI');
    const environment = {
      TEMPORAL_ADDRESS: address,
      VMC_API_URL: simulator.apiUrl,
      VMC_CSP_URL: simulator.cspUrl,
      VMC_API_TOKEN: 'token',
      // A list would tell what the simulator's own script says of a task, beside what `answers`
      // made up.
      VMC_CANCEL_SHARED_READS_WITHIN: '0',
    };
    const worker = WorkerProcess.start(environment);
    await worker.logged('polling');
    const client = await CancellationClient.connect({ address, env: {} });
    const temporal = new Client({ connection: await Connection.connect({ address }), namespace });
    return new Stage(uiUrl, client, temporal, server, simulator);
  }

  async end(): Promise<void> {
    await WorkerProcess.killAll();
    await this.client.close();
    await this.temporal.connection.close();
    await this.simulator.close();
    await this.server.stop();
  }

  /** A task at the API that behaves as its script says, and the run that cancels it. */
  async started(ids: Ids, script: object, options: Omit<CancelTaskInput, keyof Ids> = {}): Promise<void> {
    await this.control('/tasks', { ...ids, script });
    await this.client.start({ ...ids, ...options });
  }

  /**
   * The answers come in this order; the last one of an operation, where it says no number of times,
   * stays.
   */
  async answers(ids: Ids, answers: readonly Answer[]): Promise<void> {
    const forEver = 1_000;
    for (const { operation, times = forEver, status = 200, body } of answers)
      await this.control('/faults', { operation, taskId: ids.taskId, times, status, body });
  }

  /** The workflow ids that a query finds, in order. */
  async found(query: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { workflowId } of this.temporal.workflow.list({ query })) ids.push(workflowId);
    return ids.sort();
  }

  /** The lists are a moment behind the runs. */
  async untilFound(query: string, count: number): Promise<void> {
    while ((await this.found(query)).length !== count) await pause(BETWEEN_LOOKS_MS);
  }

  async untilRead(ids: Ids, polls: number): Promise<void> {
    while ((await this.client.progress(ids)).polls < polls) await pause(BETWEEN_LOOKS_MS);
  }

  private async control(route: string, body: object): Promise<void> {
    const url = `${this.simulator.url}/_simulator${route}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
  }
}

import { randomUUID } from 'node:crypto';
import { CancellationClient } from '../../client';
import { startDevServer } from '../../development/temporal/devServer';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { startSimulator } from '../../simulator/server';
import { WorkerProcess } from '../worker/workerProcess';
import { ExampleProcess } from './exampleProcess';

export interface World {
  /** What an example has to be told. */
  environment: { TEMPORAL_ADDRESS: string; TEMPORAL_HTTP_URL: string };
  client: CancellationClient;
  /** A running task at the API. */
  addTask(
    script: Record<string, unknown>,
    ids?: { orgId: string; taskId: string },
  ): Promise<{ orgId: string; taskId: string }>;
  addFault(fault: Record<string, unknown>): Promise<void>;
  tearDown(): Promise<void>;
}

/** What an example meets outside: a Temporal server, a worker process, the API. */
export async function createWorld(): Promise<World> {
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  const [server, simulator] = await Promise.all([
    startDevServer({ ui: false, httpPort: 0, searchAttributes }),
    startSimulator({ host: '127.0.0.1', port: 0 }),
  ]);
  const environment = { TEMPORAL_ADDRESS: server.address, TEMPORAL_HTTP_URL: server.httpUrl ?? '' };
  const { apiUrl: VMC_API_URL, cspUrl: VMC_CSP_URL } = simulator;
  const worker = WorkerProcess.start({
    ...environment,
    VMC_API_URL,
    VMC_CSP_URL,
    VMC_API_TOKEN: 'a-token-of-the-test',
  });
  await worker.logged('polling');
  const client = await CancellationClient.connect({ env: environment });

  async function control(path: string, body: object): Promise<void> {
    const answer = await fetch(`${simulator.url}/_simulator${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
  }

  return {
    environment,
    client,
    async addTask(script, ids = { orgId: 'org-1', taskId: randomUUID() }) {
      await control('/tasks', { ...ids, script });
      return ids;
    },
    addFault: (fault) => control('/faults', fault),
    async tearDown() {
      await client.close();
      await ExampleProcess.killAll();
      await WorkerProcess.killAll();
      await Promise.all([server.stop(), simulator.close()]);
    },
  };
}

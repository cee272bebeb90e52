import { z } from 'zod';
import type { FaultSettings } from '../../simulator/faults';
import type { scriptSchema } from '../../simulator/script';
import type { Simulator } from '../../simulator/server';
import { createVmcClient } from '../../vmc/api/client';
import { readVmcConfiguration } from '../../vmc/configuration';

interface TaskIds {
  orgId: string;
  taskId: string;
}

export interface CallCounts {
  cancels: number;
  reads: number;
}

/** What the demo does to the API, as anybody could from a shell. */
export interface SimulatorControls {
  addTask(ids: TaskIds, script: z.input<typeof scriptSchema>): Promise<void>;
  addFault(fault: FaultSettings): Promise<void>;
  /** The calls about this task in the API's own log. */
  callsAbout(ids: TaskIds): Promise<CallCounts>;
  cancelAsSomebodyElse(ids: TaskIds): Promise<void>;
}

const callsSchema = z.array(
  z.object({ operation: z.string(), orgId: z.string().nullable(), taskId: z.string().nullable() }),
);
const CALL_TIME_LIMIT_MS = 10_000;

export function simulatorControls({ url, apiUrl, cspUrl }: Simulator): SimulatorControls {
  async function asked(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${url}/_simulator${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }

  return {
    async addTask(ids, script) {
      await asked('POST', '/tasks', { ...ids, script });
    },
    async addFault(fault) {
      await asked('POST', '/faults', fault);
    },
    async callsAbout({ orgId, taskId }) {
      const calls = callsSchema.parse(await asked('GET', '/calls'));
      const count = (operation: string) =>
        calls.filter((call) => call.operation === operation && call.orgId === orgId && call.taskId === taskId).length;
      return { cancels: count('cancelTask'), reads: count('getTask') };
    },
    async cancelAsSomebodyElse(ids) {
      const environment = { VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: "somebody-else's" };
      const configuration = await readVmcConfiguration(environment);
      if (!configuration.ok) throw new Error(configuration.problems.join('; '));
      const vmc = createVmcClient({ configuration: configuration.value });
      try {
        await vmc.cancelTask(ids, { signal: new AbortController().signal, timeLimitMs: CALL_TIME_LIMIT_MS });
      } finally {
        vmc.close();
      }
    },
  };
}

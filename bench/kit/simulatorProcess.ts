import path from 'node:path';
import type { z } from 'zod';
import type { Call } from '../../simulator/calls';
import type { scriptSchema } from '../../simulator/script';
import { startChildProcess } from './childProcess';

export interface SimulatorProcess {
  pid: number;
  /** Where the worker finds the API, and what it signs in with. */
  environment: Record<string, string>;
  addTask(task: { orgId: string; taskId: string; script: z.input<typeof scriptSchema> }): Promise<void>;
  /** Every call since the beginning, or since `forget`. */
  calls(): Promise<Call[]>;
  forget(): Promise<void>;
  stop: () => Promise<void>;
}

/**
 * The simulator as a process of its own, so that its CPU and the memory of its call log are nobody
 * else's.
 */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const main = path.join(__dirname, '..', '..', 'simulator', 'main.ts');
  const child = await startChildProcess(['--import', 'tsx', main, '--port', '0'], {
    ready: /on (\S+) \(VMC_API_URL=(\S+) VMC_CSP_URL=(\S+)\)/,
  });
  const [, url = '', apiUrl = '', cspUrl = ''] = child.line;

  async function asked(method: string, control: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${url}/_simulator${control}`, {
      method,
      // One that was kept open might be closed by the simulator at the very moment of its use.
      headers: { connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }

  return {
    pid: child.pid,
    environment: { VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: 'bench-token' },
    addTask: async (task) => {
      await asked('POST', '/tasks', task);
    },
    calls: async () => (await asked('GET', '/calls')) as Call[],
    forget: async () => {
      await asked('DELETE', '');
    },
    stop: child.stop,
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import type { Call } from '../simulator/calls';
import type { scriptSchema } from '../simulator/script';

export interface SimulatorProcess {
  pid: number;
  /** Where the worker finds the API, and what it signs in with. */
  environment: Record<string, string>;
  addTask(task: { orgId: string; taskId: string; script: z.input<typeof scriptSchema> }): Promise<void>;
  /** Every call since the beginning, or since `forget`. */
  calls(): Promise<Call[]>;
  forget(): Promise<void>;
  stop(): Promise<void>;
}

/** The simulator as a process of its own, so that its CPU and the memory of its call log are nobody else's. */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const main = path.join(__dirname, '..', 'simulator', 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const ended = once(child, 'exit').then(() => process.off('exit', kill));
  const line = await Promise.race([firstLine(child.stdout), ended.then(() => '')]);
  const [, url, apiUrl, cspUrl] = /on (\S+) \(VMC_API_URL=(\S+) VMC_CSP_URL=(\S+)\)/.exec(line) ?? [];
  if (url === undefined || apiUrl === undefined || cspUrl === undefined)
    throw new Error(`the simulator did not say where it listens: ${line}`);

  async function asked(method: string, control: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${url ?? ''}/_simulator${control}`, {
      method,
      // One that was kept open might be closed by the simulator at the very moment of its use.
      headers: { connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }

  return {
    pid: child.pid ?? 0,
    environment: { VMC_API_URL: apiUrl, VMC_CSP_URL: cspUrl, VMC_API_TOKEN: 'bench-token' },
    addTask: async (task) => {
      await asked('POST', '/tasks', task);
    },
    calls: async () => (await asked('GET', '/calls')) as Call[],
    forget: async () => {
      await asked('DELETE', '');
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstLine(input: NodeJS.ReadableStream): Promise<string> {
  const [line] = (await once(createInterface({ input }), 'line')) as [string];
  return line;
}

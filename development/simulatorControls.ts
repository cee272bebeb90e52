import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Call } from '../simulator/calls';
import type { FaultSettings } from '../simulator/faults';
import type { scriptSchema } from '../simulator/script';
import type { settingsPatchSchema } from '../simulator/settings';
import type { TaskFate } from '../simulator/tasks';
import type { TaskIds } from '../vmc/api/client';

export interface NewTask {
  orgId: string;
  /** A new UUID where none is given. */
  taskId?: string;
  taskType?: string;
  script?: z.input<typeof scriptSchema>;
}

export type NewFault = Omit<FaultSettings, 'body'> & { body?: unknown };

/** Client of the simulator's controls, `/_simulator`. */
export class SimulatorControls {
  constructor(private readonly simulatorUrl: string) {}

  /** Adds a running task to the API. */
  async addTask({ orgId, taskId = randomUUID(), ...rest }: NewTask): Promise<TaskIds> {
    await this.send('POST', '/tasks', { orgId, taskId, ...rest });
    return { orgId, taskId };
  }

  /** The fate of every task, vanished ones included. */
  async tasks(): Promise<TaskFate[]> {
    return (await this.send('GET', '/tasks')) as TaskFate[];
  }

  async addFault(fault: NewFault): Promise<void> {
    await this.send('POST', '/faults', fault);
  }

  async changeSettings(settings: z.input<typeof settingsPatchSchema>): Promise<void> {
    await this.send('PATCH', '/settings', settings);
  }

  /** The API's own log of calls with these properties. */
  async calls(properties: Partial<Pick<Call, 'operation' | 'orgId' | 'taskId' | 'status'>> = {}): Promise<Call[]> {
    const calls = (await this.send('GET', '/calls')) as Call[];
    const wanted = Object.entries(properties) as [keyof Call, unknown][];
    return calls.filter((call) => wanted.every(([name, value]) => call[name] === value));
  }

  /** Forgets tasks, faults, calls and settings. */
  async reset(): Promise<void> {
    await this.send('DELETE', '');
  }

  private async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${this.simulatorUrl}/_simulator${path}`, {
      method,
      // The simulator might close a kept connection at the moment of its reuse.
      headers: { connection: 'close' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  }
}

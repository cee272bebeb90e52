import { afterEach, beforeEach } from '@jest/globals';
import { z } from 'zod';
import type { Simulator } from '../../simulator/server';
import { startSimulator } from '../../simulator/server';

export const ORG = 'org-1';
export const START_MS = Date.parse('2026-03-01T10:00:00.000Z');

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The text as JSON, or null if it is none. */
  body: unknown;
}

export const grantSchema = z.looseObject({ access_token: z.string().min(1) });
const taskSchema = z.looseObject({ id: z.string() });
const tasksSchema = z.array(taskSchema);
const callsSchema = z.array(z.looseObject({ operation: z.string(), status: z.number().nullable() }));

export async function send(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not every answer is JSON.
  }
  return { status: response.status, headers: response.headers, text, body };
}

/**
 * A simulator on a free port whose clock stands still until a test moves it, and the calls that a
 * client makes to it.
 */
export class Rig {
  nowMs = START_MS;
  #simulator: Simulator | undefined;
  #accessToken = '';

  constructor(private readonly stateFile?: string) {}

  get simulator(): Simulator {
    if (this.#simulator === undefined) throw new Error('the simulator is not running');
    return this.#simulator;
  }

  async start(): Promise<void> {
    this.nowMs = START_MS;
    this.#simulator = await this.begin();
    this.#accessToken = '';
  }

  /** With the clock, and the client's access token, as they were. */
  async restart(): Promise<void> {
    await this.stop();
    this.#simulator = await this.begin();
  }

  private begin(): Promise<Simulator> {
    const { stateFile } = this;
    const keeping = stateFile === undefined ? {} : { stateFile };
    return startSimulator({ host: '127.0.0.1', port: 0, now: () => this.nowMs, ...keeping });
  }

  async stop(): Promise<void> {
    await this.simulator.close();
  }

  control(method: string, path: string, body?: unknown): Promise<Reply> {
    const payload =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    return send(`${this.simulator.url}/_simulator${path}`, { method, ...payload });
  }

  /** Adds a task and gives its id. */
  async addTask(script: object = {}, more: object = {}): Promise<string> {
    const reply = await this.control('POST', '/tasks', { orgId: ORG, script, ...more });
    return taskSchema.parse(reply.body).id;
  }

  async calls() {
    return callsSchema.parse((await this.control('GET', '/calls')).body);
  }

  signInWithApiToken(apiToken: string): Promise<Reply> {
    return send(`${this.simulator.cspUrl}/csp/gateway/am/api/auth/api-tokens/authorize`, {
      method: 'POST',
      body: new URLSearchParams({ refresh_token: apiToken }),
    });
  }

  async accessToken(): Promise<string> {
    return grantSchema.parse((await this.signInWithApiToken('an-api-token')).body).access_token;
  }

  /** A call to the API, signed in once for the whole test. */
  async api(method: string, path: string, init: RequestInit = {}): Promise<Reply> {
    if (this.#accessToken === '') this.#accessToken = await this.accessToken();
    return this.apiAs(this.#accessToken, method, path, init);
  }

  apiAs(accessToken: string, method: string, path: string, init: RequestInit = {}): Promise<Reply> {
    return send(`${this.simulator.apiUrl}${path}`, { ...init, method, headers: { 'csp-auth-token': accessToken } });
  }

  get(taskId: string, init?: RequestInit): Promise<Reply> {
    return this.api('GET', `/orgs/${ORG}/tasks/${taskId}`, init);
  }

  cancel(taskId: string, init?: RequestInit): Promise<Reply> {
    return this.api('POST', `/orgs/${ORG}/tasks/${taskId}?action=cancel`, init);
  }

  list(filter?: string): Promise<Reply> {
    const query = filter === undefined ? '' : `?${new URLSearchParams({ $filter: filter }).toString()}`;
    return this.api('GET', `/orgs/${ORG}/tasks${query}`);
  }

  async listedIds(filter?: string): Promise<string[]> {
    return tasksSchema.parse((await this.list(filter)).body).map(({ id }) => id);
  }
}

/** One rig for a test file, fresh for each of its tests. */
export function useRig(): Rig {
  const rig = new Rig();
  beforeEach(() => rig.start());
  afterEach(() => rig.stop());
  return rig;
}

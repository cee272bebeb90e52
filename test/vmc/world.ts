import { afterEach } from '@jest/globals';
import type { CallLimits } from '../../vmc/api/callLimits';
import type { VmcClient, VmcClientOptions } from '../../vmc/api/client';
import { createVmcClient } from '../../vmc/api/client';
import type { CredentialSource } from '../../vmc/signIn/credentials';
import type { Reply } from './scriptedServer';
import { ScriptedServer } from './scriptedServer';

export const ORG_ID = 'org-1';
export const TASK_ID = 'task-1';
export const IDS = { orgId: ORG_ID, taskId: TASK_ID };
export const TASK_PATH = `/vmc/api/orgs/${ORG_ID}/tasks/${TASK_ID}`;
export const API_TOKEN = 'canary-api-token+/=';
export const API_TOKEN_PATH = '/csp/gateway/am/api/auth/api-tokens/authorize';
export const OAUTH_PATH = '/csp/gateway/am/api/auth/authorize';
export const OAUTH_OTHER_PATH = '/csp/gateway/am/api/auth/token';
export const WITH_API_TOKEN: CredentialSource = { path: null, content: { default: { apiToken: API_TOKEN } } };

/** A task as the API tells it, nulls and fields that nobody documented included. */
export function taskBody(status = 'STARTED', id = TASK_ID): Record<string, unknown> {
  return { id, status, sub_status: null, progress_percent: 4, params: { password: 'canary-params' }, retries: 0 };
}

export function errorBody(retryable: boolean): Record<string, unknown> {
  return { status: 400, path: '/', retryable, error_code: 'some.code', error_messages: ['because'] };
}

export function limits(timeLimitMs = 10_000, signal = new AbortController().signal): CallLimits {
  return { timeLimitMs, signal };
}

export interface World {
  api: ScriptedServer;
  csp: ScriptedServer;
  client: VmcClient;
  /** Access tokens so far: `canary-access-1` is the first. */
  tokenCount: () => number;
  clock: { nowMs: number };
  problems: string[];
}

const cleanups: (() => unknown)[] = [];
/** Whatever a test leaves behind is taken away after it. */
export function cleanUpLater(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export async function startServer(script: ScriptedServer['script']): Promise<ScriptedServer> {
  const server = await ScriptedServer.start(script);
  cleanUpLater(() => server.stop());
  return server;
}

/**
 * An API that answers with a task, a sign-in service that hands out numbered tokens, and a client
 * between them.
 */
export async function createWorld(
  options: { credentials?: CredentialSource | null; expiresInSeconds?: number; api?: Reply; csp?: Reply } = {},
): Promise<World> {
  let tokens = 0;
  const api = await startServer(() => options.api ?? { body: taskBody() });
  const csp = await startServer(
    () =>
      options.csp ?? {
        body: { access_token: `canary-access-${++tokens}`, expires_in: options.expiresInSeconds ?? 1799 },
      },
  );
  const clock = { nowMs: Date.UTC(2026, 0, 31, 12) };
  const problems: string[] = [];
  const client = createClient({
    configuration: {
      apiUrl: `${api.url}/vmc/api`,
      cspUrl: csp.url,
      credentials: options.credentials === undefined ? WITH_API_TOKEN : options.credentials,
    },
    now: () => clock.nowMs,
    onProblem: (problem) => problems.push(problem),
  });
  return { api, csp, client, tokenCount: () => tokens, clock, problems };
}

export function createClient(options: VmcClientOptions): VmcClient {
  const client = createVmcClient(options);
  cleanUpLater(() => {
    client.close();
  });
  return client;
}

export async function until(condition: () => boolean): Promise<void> {
  for (const endMs = Date.now() + 10_000; !condition();) {
    if (Date.now() > endMs) throw new Error('The condition was never met');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

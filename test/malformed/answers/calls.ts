import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../../activities';
import { createPreflightActivities } from '../../../activities/preflight';
import { checkAccess } from '../../../vmc/api/access';
import type { VmcClient } from '../../../vmc/api/client';
import { createVmcClient } from '../../../vmc/api/client';
import type { Credential } from '../../../vmc/signIn/credentials';
import type { Operation } from './draw';
import { operationOf, TASK_ID } from './draw';
import { credentialOf, CREDENTIALS, DRAWN_API_TOKEN } from './secrets';
import { organizationOf } from './server';

const ACTIVITY_LIMIT_MS = 4_000;
/** What the activity leaves to the client. */
export const CLIENT_LIMIT_MS = 3_000;

export type Came = { kind: 'returned'; value: unknown } | { kind: 'threw'; error: unknown };

/** What one call came to, at the client and at the activity that made it. */
export interface Observed {
  operation: Operation;
  /** Of the last call; null: the activity has made none. */
  client: Came | null;
  activity: Came;
  tookMs: number;
}

async function cameOf(work: Promise<unknown>): Promise<Came> {
  try {
    return { kind: 'returned', value: await work };
  } catch (error) {
    return { kind: 'threw', error };
  }
}

/**
 * The activities over the client of the API. Two clients live as long as a worker's would, one for
 * each kind of credential; a sign-in that is drawn has one of its own, which has no token yet.
 */
export class Calls {
  private readonly clients: readonly VmcClient[];

  constructor(private readonly url: string) {
    this.clients = CREDENTIALS.map((credential) => this.clientWith(credential));
  }

  /** On connections that the answers to others may have left behind in any state. */
  async make(index: number): Promise<Observed> {
    const client = this.clients[credentialOf(index)];
    return client === undefined || operationOf(index) === 'signIn' ? this.alone(index) : observe(index, client);
  }

  /** On a connection of its own. */
  async alone(index: number): Promise<Observed> {
    const client = this.clientWith(
      operationOf(index) === 'signIn' ? { apiToken: `${DRAWN_API_TOKEN}${index}` } : CREDENTIALS[credentialOf(index)],
    );
    const observed = await observe(index, client);
    client.close();
    return observed;
  }

  /** Drops all connections; the next call opens one. */
  close(): void {
    for (const client of this.clients) client.close();
  }

  private clientWith(credential: Credential): VmcClient {
    return createVmcClient({
      configuration: {
        apiUrl: `${this.url}/vmc/api`,
        cspUrl: this.url,
        credentials: { path: null, content: { default: credential } },
      },
    });
  }
}

async function observe(index: number, client: VmcClient): Promise<Observed> {
  const operation = operationOf(index);
  let atClient: Came | null = null;
  const noted = async <Answer>(call: Promise<Answer>): Promise<Answer> => {
    atClient = await cameOf(call);
    return call;
  };
  const beganAtMs = performance.now();
  const activity = await cameOf(activityOf(operation, organizationOf(index), client, noted));
  return { operation, client: atClient, activity, tookMs: performance.now() - beganAtMs };
}

function activityOf(
  operation: Operation,
  orgId: string,
  client: VmcClient,
  noted: <Answer>(call: Promise<Answer>) => Promise<Answer>,
): Promise<unknown> {
  const environment = new MockActivityEnvironment({ startToCloseTimeoutMs: ACTIVITY_LIMIT_MS }, { logger: SILENT });
  const ids = { orgId, taskId: TASK_ID };
  const observed: VmcClient = {
    ...client,
    signIn: (...call) => noted(client.signIn(...call)),
    cancelTask: (...call) => noted(client.cancelTask(...call)),
    getTask: (...call) => noted(client.getTask(...call)),
    listTasks: (...call) => noted(client.listTasks(...call)),
  };
  const preflight = createPreflightActivities({ checkAccess: checkAccess.bind(null, observed) });
  switch (operation) {
    case 'cancel':
      return environment.run(createActivities(observed).requestCancel, ids);
    case 'get':
      return environment.run(createActivities(observed).getTaskStatus, ids);
    case 'list':
      return environment.run(preflight.checkAccess, { orgId });
    case 'signIn':
      return environment.run(preflight.checkAccess, {});
  }
}

/** What it logs is an error that the judge finds at the client. */
const SILENT = new DefaultLogger('ERROR', () => undefined);

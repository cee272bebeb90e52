import { describe, expect, it } from '@jest/globals';
import { signInResultOf } from '../../../vmc/api/observer';
import type { Reply } from '../scriptedServer';
import {
  API_TOKEN,
  createClient,
  createWorld,
  errorBody,
  IDS,
  limits,
  ORG_ID,
  taskBody,
  WITH_API_TOKEN,
} from '../world';

/** A client whose observer notes all that it hears. */
async function observed(replies: { api?: Reply; csp?: Reply }) {
  const { api, csp } = await createWorld(replies);
  const requested: string[] = [];
  const signedIn: string[] = [];
  const presented: string[] = [];
  const client = createClient({
    configuration: { apiUrl: `${api.url}/vmc/api`, cspUrl: csp.url, credentials: WITH_API_TOKEN },
    observer: {
      requested: (operation, answerClass, tookMs) => {
        expect(tookMs).toBeGreaterThanOrEqual(0);
        requested.push(`${operation} ${answerClass}`);
      },
      signedIn: (answer) => signedIn.push(signInResultOf(answer)),
      presented: (secret) => presented.push(secret),
    },
  });
  return { client, requested, signedIn, presented };
}

describe('the observer of the API', () => {
  it.each<[Reply, string]>([
    [{ body: taskBody() }, '2xx'],
    [{ status: 302 }, '3xx'],
    [{ status: 403 }, '4xx'],
    [{ status: 404, body: errorBody(false) }, '4xx'],
    [{ status: 429 }, '429'],
    [{ status: 503 }, '5xx'],
    [{ status: 500, body: errorBody(true) }, '5xx'],
    [{ drop: true }, 'none'],
  ])('hears of the answer %j as %s, once for each request', async (api, answerClass) => {
    const { client, requested } = await observed({ api });
    await client.cancelTask(IDS, limits());
    await client.getTask(IDS, limits());
    await client.listTasks({ orgId: ORG_ID }, limits());
    expect(requested).toEqual(['cancelTask', 'getTask', 'listTasks'].map((operation) => `${operation} ${answerClass}`));
  });

  it('hears of both requests of a refused token, and of both sign-ins', async () => {
    const { client, requested, signedIn } = await observed({ api: { status: 401 } });
    await client.getTask(IDS, limits());
    expect(requested).toEqual(['getTask 4xx', 'getTask 4xx']);
    expect(signedIn).toEqual(['accepted', 'accepted']);
  });

  it.each<[Reply, string]>([
    [{ status: 400 }, 'refused'],
    [{ status: 401 }, 'refused'],
    [{ status: 429 }, 'failed'],
    [{ status: 503 }, 'failed'],
    [{ drop: true }, 'failed'],
  ])('hears of the sign-in %j as %s, and of no request without it', async (csp, result) => {
    const { client, requested, signedIn } = await observed({ csp });
    await client.getTask(IDS, limits());
    expect(signedIn).toEqual([result]);
    expect(requested).toEqual([]);
  });

  it('hears of every credential before it is sent', async () => {
    const { client, presented } = await observed({});
    await client.getTask(IDS, limits());
    expect(presented).toEqual([API_TOKEN, encodeURIComponent(API_TOKEN), 'canary-access-1']);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Credential } from '../../../vmc/signIn/credentials';
import {
  API_TOKEN,
  API_TOKEN_PATH,
  createWorld,
  IDS,
  limits,
  OAUTH_OTHER_PATH,
  OAUTH_PATH,
  taskBody,
  until,
} from '../world';

const OAUTH_APP: Credential = { clientId: 'app', clientSecret: 'canary-söcret' };
const WITH_OAUTH_APP = { path: null, content: { default: OAUTH_APP } };

describe('signing in', () => {
  it('sends an API token in the body of a form, and nowhere else', async () => {
    const { csp, client } = await createWorld();
    await client.getTask(IDS, limits());
    const [call] = csp.calls;
    expect(call).toMatchObject({ method: 'POST', url: API_TOKEN_PATH });
    expect(call?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(call?.body).toBe(`refresh_token=${encodeURIComponent(API_TOKEN)}`);
  });

  it('sends an OAuth app as Basic, with the grant in the body', async () => {
    const { csp, client } = await createWorld({ credentials: WITH_OAUTH_APP });
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    expect(csp.calls).toMatchObject([{ method: 'POST', url: OAUTH_PATH, body: 'grant_type=client_credentials' }]);
    const [, encoded = ''] = csp.calls[0]?.headers.authorization?.split(' ') ?? [];
    expect(Buffer.from(encoded, 'base64').toString()).toBe('app:canary-söcret');
  });

  it('tries the other path for an OAuth app where the first is unknown', async () => {
    const { csp, client } = await createWorld({ credentials: WITH_OAUTH_APP });
    csp.script = ({ url }) => (url === OAUTH_PATH ? { status: 404 } : { body: { access_token: 't', expires_in: 60 } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    expect(csp.callsTo(OAUTH_OTHER_PATH)).toHaveLength(1);
  });

  it('tries no other path when the app itself is refused', async () => {
    const { api, csp, client } = await createWorld({ credentials: WITH_OAUTH_APP, csp: { status: 401 } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { type: 'Unauthorized', retryable: false } });
    expect(csp.calls).toHaveLength(1);
    expect(api.calls).toHaveLength(0);
  });

  it('does not follow a redirect with the secret', async () => {
    const { api, csp, client } = await createWorld();
    csp.script = () => ({ status: 307, headers: { Location: `${api.url}/steal` } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { type: 'Unauthorized', httpStatus: 307 } });
    expect(api.calls).toHaveLength(0);
  });

  it('can be tried without a call to the API', async () => {
    const { api, csp, client } = await createWorld();
    expect(await client.signIn('org-1', limits())).toEqual({ kind: 'signedIn' });
    expect(await client.signIn(null, limits())).toEqual({ kind: 'signedIn' });
    csp.script = () => ({ status: 400 });
    expect(api.calls).toHaveLength(0);
  });
});

describe('an access token', () => {
  it('serves many calls until shortly before it expires', async () => {
    const { client, clock, tokenCount } = await createWorld({ expiresInSeconds: 1800 });
    await client.getTask(IDS, limits());
    clock.nowMs += (1800 - 61) * 1_000;
    await client.getTask(IDS, limits());
    expect(tokenCount()).toBe(1);
    clock.nowMs += 2_000;
    await client.getTask(IDS, limits());
    expect(tokenCount()).toBe(2);
  });

  it('that lives for two seconds is used for most of them', async () => {
    const { client, clock, tokenCount } = await createWorld({ expiresInSeconds: 2 });
    for (const [elapsedMs, tokens] of [
      [0, 1],
      [1_400, 1],
      [200, 2],
      [1_400, 2],
      [700, 3],
    ] as const) {
      clock.nowMs += elapsedMs;
      await client.getTask(IDS, limits());
      expect(tokenCount()).toBe(tokens);
    }
  });

  it('is one for fifty calls at once, with one sign-in', async () => {
    const { api, client, csp } = await createWorld();
    await Promise.all(Array.from({ length: 50 }, () => client.getTask(IDS, limits())));
    expect(csp.calls).toHaveLength(1);
    expect(api.calls).toHaveLength(50);
  });

  it('is one for all organizations that share a credential, and another for another credential', async () => {
    const shared = { apiToken: API_TOKEN };
    const { api, client, csp } = await createWorld({
      credentials: {
        path: null,
        content: { organizations: { a: shared, b: shared, c: { apiToken: 'other' } }, default: shared },
      },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((orgId) => client.getTask({ ...IDS, orgId }, limits())));
    expect(csp.calls).toHaveLength(2);
    expect(new Set(api.calls.map(({ headers }) => headers['csp-auth-token'])).size).toBe(2);
  });

  it('is asked for again after a sign-in that failed', async () => {
    const { client, csp } = await createWorld({ csp: { status: 503 } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { type: 'SignInUnavailable' } });
    csp.script = () => ({ body: { access_token: 't', expires_in: 60 } });
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    expect(csp.calls).toHaveLength(2);
  });

  it('comes to those who still wait although the one who asked first gave up', async () => {
    const { api, client, csp } = await createWorld();
    let answer = (): void => undefined;
    const hold = new Promise<void>((resolve) => (answer = resolve));
    csp.script = () => ({ hold, body: { access_token: 't', expires_in: 60 } });
    const controller = new AbortController();
    const aborted = client.getTask(IDS, limits(10_000, controller.signal));
    const timedOut = client.getTask(IDS, limits(50));
    const patient = client.getTask(IDS, limits());
    await until(() => csp.calls.length === 1);
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(await timedOut).toMatchObject({ failure: { type: 'SignInUnavailable' } });
    answer();
    expect(await patient).toMatchObject({ kind: 'task' });
    expect(csp.calls).toHaveLength(1);
    expect(api.calls).toHaveLength(1);
  });
});

describe('a refusal by the API', () => {
  const REFUSED = { ...IDS, orgId: 'refused' };
  const MINUTE_MS = 60_000;
  const DENIED = { kind: 'failed', failure: { type: 'Unauthorized' } };
  const NO_SIGN_IN = { kind: 'failed', failure: { type: 'SignInUnavailable', retryable: true } };

  /** One credential for all organizations, one of which the API refuses with every token. */
  async function createSharedWorld() {
    const world = await createWorld();
    world.api.script = ({ url }) => (url.includes('/refused') ? { status: 401 } : { body: taskBody() });
    expect(await world.client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    return world;
  }

  it('speaks for its organization alone: the others keep their token while another is fetched, and when that fails', async () => {
    const { api, client, clock, csp } = await createSharedWorld();
    let answer = (): void => undefined;
    const hold = new Promise<void>((resolve) => (answer = resolve));
    csp.script = () => ({ status: 429, hold });
    const refused = client.getTask(REFUSED, limits());
    await until(() => csp.calls.length === 2);
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    answer();
    expect(await refused).toMatchObject(NO_SIGN_IN);
    for (const elapsedMs of [0, MINUTE_MS - 1]) {
      clock.nowMs += elapsedMs;
      expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
      expect(await client.getTask(REFUSED, limits())).toMatchObject(NO_SIGN_IN);
      expect(csp.calls).toHaveLength(2);
    }
    clock.nowMs += 1;
    expect(await client.getTask(REFUSED, limits())).toMatchObject(NO_SIGN_IN);
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    expect(csp.calls).toHaveLength(3);
    expect(new Set(api.calls.map(({ headers }) => headers['csp-auth-token']))).toEqual(new Set(['canary-access-1']));
  });

  it('costs one sign-in a minute at the most, of however many organizations and calls', async () => {
    const { client, clock, csp } = await createSharedWorld();
    const everyOne = () =>
      Promise.all(
        Array.from({ length: 40 }, (_, one) => client.getTask({ ...IDS, orgId: `refused-${one}` }, limits())),
      );
    for (let minute = 1; minute <= 3; minute++) {
      for (let call = 0; call < 3; call++) {
        expect(await everyOne()).toMatchObject(Array(40).fill(DENIED));
        expect(csp.calls).toHaveLength(1 + minute);
        clock.nowMs += MINUTE_MS / 3;
      }
    }
  });

  it('is told at once where the token is a fresh one, with one call to the API', async () => {
    const { api, client } = await createSharedWorld();
    expect(await client.getTask(REFUSED, limits())).toMatchObject(DENIED);
    expect(api.calls).toHaveLength(3);
    expect(await client.getTask({ ...REFUSED, taskId: 'task-2' }, limits())).toMatchObject(DENIED);
    expect(api.calls).toHaveLength(4);
  });

  it('of a token that was revoked before its time is healed by one sign-in, for everybody', async () => {
    const { api, client, tokenCount } = await createSharedWorld();
    api.script = ({ headers }) =>
      headers['csp-auth-token'] === 'canary-access-1' ? { status: 401 } : { body: taskBody() };
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, one) => client.getTask({ ...IDS, orgId: `org-${one}` }, limits())),
    );
    expect(answers).toMatchObject(Array(40).fill({ kind: 'task' }));
    expect(await client.getTask(IDS, limits())).toMatchObject({ kind: 'task' });
    expect(tokenCount()).toBe(2);
  });

  it('whatever comes when, leads to no second sign-in within a minute, and to none of the others', async () => {
    const step = fc.record({
      waitMs: fc.constantFrom(0, 1, 20_000, 59_999, 60_000, 61_000),
      who: fc.constantFrom('org-1', 'org-2', 'refused', 'refused-2'),
      signInStatus: fc.constantFrom(200, 429, 503, 400),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        const { client, clock, csp } = await createSharedWorld();
        const { script } = csp;
        const signInsAtMs: number[] = [];
        for (const { waitMs, who, signInStatus } of steps) {
          clock.nowMs += waitMs;
          csp.script = (call) => {
            signInsAtMs.push(clock.nowMs);
            return signInStatus === 200 ? script(call) : { status: signInStatus };
          };
          const answer = await client.getTask({ ...IDS, orgId: who }, limits());
          expect(answer.kind).toBe(who.startsWith('org') ? 'task' : 'failed');
        }
        for (const [later, atMs] of signInsAtMs.slice(1).entries())
          expect(atMs - (signInsAtMs[later] ?? 0)).toBeGreaterThanOrEqual(MINUTE_MS);
      }),
      { numRuns: 20 },
    );
  });
});

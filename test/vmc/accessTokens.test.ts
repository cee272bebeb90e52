import { describe, expect, it } from '@jest/globals';
import type { Credential } from '../../vmc/credentials';
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
} from './world';

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

  it('is one for all organisations that share a credential, and another for another credential', async () => {
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

  it('is not handed out again after the API refused it, even if the new sign-in fails', async () => {
    const { api, client, csp } = await createWorld();
    const [first, second] = [() => ({ status: 401 }), () => ({ body: taskBody() })];
    await client.getTask(IDS, limits());
    const { script } = csp;
    api.script = first;
    csp.script = () => ({ status: 503 });
    expect(await client.getTask(IDS, limits())).toMatchObject({ failure: { type: 'SignInUnavailable' } });
    api.script = second;
    csp.script = script;
    await client.getTask(IDS, limits());
    expect(api.calls.at(-1)?.headers['csp-auth-token']).toBe('canary-access-2');
  });
});

import { describe, expect, it } from '@jest/globals';
import { grantSchema, ORG, START_MS, send, useRig } from './rig';

const AUTH = '/csp/gateway/am/api/auth';

describe('sign-in', () => {
  const rig = useRig();

  const post = (path: string, form: Record<string, string>, authorization?: string) =>
    send(`${rig.simulator.cspUrl}${AUTH}${path}`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: authorization === undefined ? {} : { authorization },
    });
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
  const grant = {
    access_token: expect.stringMatching(/^[\w-]{43}$/),
    expires_in: 1_799,
    token_type: 'bearer',
    scope: expect.any(String),
    id_token: expect.any(String),
  };
  const listAs = async (reply: { body: unknown }) => {
    const { access_token: token } = grantSchema.parse(reply.body);
    return (await rig.apiAs(token, 'GET', `/orgs/${ORG}/tasks`)).status;
  };

  it('exchanges an API token in the form for an access token that the API takes', async () => {
    const reply = await rig.signInWithApiToken('any+token/with=signs');
    expect(reply).toMatchObject({ status: 200, body: { ...grant, refresh_token: 'any+token/with=signs' } });
    expect(await listAs(reply)).toBe(200);
  });

  it('gives a different access token every time, and the earlier ones stay valid', async () => {
    const first = await rig.accessToken();
    const second = await rig.accessToken();
    expect(second).not.toBe(first);
    expect((await rig.apiAs(first, 'GET', `/orgs/${ORG}/tasks`)).status).toBe(200);
  });

  const TOKEN = 'a+token/with=signs & a space';
  const encoded = encodeURIComponent(TOKEN);
  it.each([
    ['refresh_token in the form', '', `refresh_token=${encoded}`],
    ['api_token in the form', '', `grant_type=refresh_token&api_token=${encoded}`],
    ['refresh_token in the query', `refresh_token=${encoded}`, null],
    ['api_token in the query', `api_token=${encoded}`, null],
    ['api_token in the query, beside an empty form', `api_token=${encoded}`, ''],
    ['a space written as +', `api_token=${encoded.replaceAll('%20', '+')}`, null],
    ['lower-case escapes', `api_token=${encoded.toLowerCase()}`, null],
    ['an escaped name', `%61pi_token=${encoded}`, null],
    ['another parameter beside it', `x=1&api_token=${encoded}&y`, null],
    ['an empty value before it', `refresh_token=&api_token=${encoded}`, 'refresh_token='],
    ['the same in the form and in the query', `refresh_token=${encoded}`, `refresh_token=${encoded}`],
    ['a wrong one in the query beside the one in the form', 'refresh_token=wrong', `refresh_token=${encoded}`],
    ['a wrong api_token beside the refresh_token', `refresh_token=${encoded}`, 'api_token=wrong'],
    ['a wrong one repeated after it', `api_token=${encoded}&api_token=wrong`, null],
  ])('takes an API token as %s', async (_, query, form) => {
    await rig.control('PATCH', '/settings', { apiTokens: [TOKEN] });
    const reply = await send(`${rig.simulator.cspUrl}${AUTH}/api-tokens/authorize?${query}`, {
      method: 'POST',
      ...(form !== null && { body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
    });
    expect(reply).toMatchObject({ status: 200, body: { ...grant, refresh_token: TOKEN } });
    expect(await listAs(reply)).toBe(200);
    expect(await rig.calls()).toMatchObject([{ path: `${AUTH}/api-tokens/authorize` }, {}]);
  });

  it.each(['', '?', '?refresh_token', '?refresh_token=', '?api_token=&refresh_token=', '?API_TOKEN=x', '?token=x'])(
    'refuses a sign-in without an API token (query %p) with a 400',
    async (query) => {
      expect((await post(`/api-tokens/authorize${query}`, {})).status).toBe(400);
    },
  );

  it('refuses a body that is no form with a 400', async () => {
    const reply = await send(`${rig.simulator.cspUrl}${AUTH}/api-tokens/authorize`, {
      method: 'POST',
      body: 'refresh_token=secret',
      headers: { 'content-type': 'text/plain' },
    });
    expect(reply.status).toBe(400);
  });

  it('takes only the API tokens of the settings, without repeating a wrong one', async () => {
    await rig.control('PATCH', '/settings', { apiTokens: ['right'] });
    expect((await rig.signInWithApiToken('right')).status).toBe(200);
    const refused = await rig.signInWithApiToken('wrong-one');
    expect(refused).toMatchObject({ status: 400, body: { statusCode: 400, message: expect.any(String) } });
    expect(refused.text).not.toContain('wrong-one');
    await rig.control('PATCH', '/settings', { apiTokens: null });
    expect((await rig.signInWithApiToken('wrong-one')).status).toBe(200);
  });

  describe.each(['/authorize', '/token'])('with client credentials at %s', (path) => {
    it('gives an access token that the API takes', async () => {
      const reply = await post(path, { grant_type: 'client_credentials' }, basic('id:secret:with:colons'));
      expect(reply).toMatchObject({ status: 200, body: { ...grant, refresh_token: null } });
      expect(await listAs(reply)).toBe(200);
    });

    it.each([undefined, 'Bearer x', basic('id:'), basic(':secret'), basic('id')])(
      'refuses the authorization %p with a 401',
      async (authorization) => {
        expect((await post(path, { grant_type: 'client_credentials' }, authorization)).status).toBe(401);
      },
    );

    it.each([{}, { grant_type: 'password' }])('refuses the form %j with a 400', async (form) => {
      expect((await post(path, form, basic('id:secret'))).status).toBe(400);
    });
  });

  it('gives the tokens issued after a change of accessTokenTtlSeconds the new life, and leaves the others theirs', async () => {
    const long = await rig.accessToken();
    await rig.control('PATCH', '/settings', { accessTokenTtlSeconds: 2 });
    const short = await rig.signInWithApiToken('token');
    expect(short.body).toMatchObject({ expires_in: 2 });
    rig.nowMs = START_MS + 1_999;
    expect(await listAs(short)).toBe(200);
    rig.nowMs = START_MS + 2_000;
    expect(await listAs(short)).toBe(401);
    // A sign-in clears away what has expired, and only that.
    await rig.accessToken();
    expect((await rig.apiAs(long, 'GET', `/orgs/${ORG}/tasks`)).status).toBe(200);
  });
});

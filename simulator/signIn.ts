import { randomUUID } from 'node:crypto';
import type { Answer } from './answer';
import type { AccessTokens } from './accessTokens';
import type { Settings } from './settings';

export interface SignIn {
  settings: Settings;
  accessTokens: AccessTokens;
  /** Those of the form, then those of the query. */
  parameters: URLSearchParams;
  nowMs: number;
}

function refusal(status: number, message: string): Answer {
  const headers: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic realm="csp"' } : {};
  return { status, headers, body: { statusCode: status, message, metadata: null, traceId: randomUUID() } };
}

function granted({ settings, accessTokens, nowMs }: SignIn, refreshToken: string | null): Answer {
  return {
    status: 200,
    body: {
      access_token: accessTokens.issue(settings.accessTokenTtlSeconds, nowMs),
      expires_in: settings.accessTokenTtlSeconds,
      token_type: 'bearer',
      scope: 'ALL_PERMISSIONS openid',
      id_token: randomUUID(),
      refresh_token: refreshToken,
    },
  };
}

/** Public clients use either name, in form or query. The first token that is not empty counts. */
const API_TOKEN_NAMES = ['refresh_token', 'api_token'] as const;

export function signInWithApiToken(signIn: SignIn): Answer {
  const apiToken = API_TOKEN_NAMES.flatMap((name) => signIn.parameters.getAll(name)).find((value) => value !== '');
  if (apiToken === undefined)
    return refusal(400, `invalid_request: ${API_TOKEN_NAMES.join(' or ')} is missing from form and query`);
  if (signIn.settings.apiTokens?.includes(apiToken) === false)
    return refusal(400, 'invalid_grant: the refresh token is not valid or has expired');
  return granted(signIn, apiToken);
}

/**
 * @param authorization the request's Authorization header: HTTP Basic with the id and the secret of
 * an OAuth app
 */
export function signInWithClientCredentials(signIn: SignIn, authorization: string | undefined): Answer {
  const encoded = /^Basic +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const [, clientId, clientSecret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (!clientId || !clientSecret) return refusal(401, 'invalid_client: client id and secret are needed as HTTP Basic');
  if (signIn.parameters.get('grant_type') !== 'client_credentials')
    return refusal(400, 'unsupported_grant_type: grant_type must be client_credentials');
  return granted(signIn, null);
}

import type { SignInAnswer } from '../api/classification';
import { classifySignIn } from '../api/classification';
import type { Secret } from './credentials';
import type { Exchange, Transport } from '../api/transport';

const AUTH_PATH = '/csp/gateway/am/api/auth';
const API_TOKEN_PATH = `${AUTH_PATH}/api-tokens/authorize`;
/** Both serve OAuth apps, and no public source says which one stays: the second follows a 404. */
const OAUTH_APP_PATHS = [`${AUTH_PATH}/authorize`, `${AUTH_PATH}/token`] as const;

const MAX_ANSWER_BYTES = 1024 * 1024;

export interface SignInService {
  url: string;
  transport: Transport;
  now: () => number;
}

/** Exchanges a secret for an access token. */
export async function signIn(service: SignInService, secret: Secret, signal: AbortSignal): Promise<SignInAnswer> {
  const exchange = await present(service, secret, signal);
  return classifySignIn(exchange, { host: new URL(service.url).host, nowMs: service.now() });
}

async function present(service: SignInService, secret: Secret, signal: AbortSignal): Promise<Exchange> {
  if (secret.kind === 'apiToken') return post(service, API_TOKEN_PATH, { refresh_token: secret.apiToken }, {}, signal);
  const form = { grant_type: 'client_credentials' };
  const headers = { Authorization: `Basic ${basicOf(secret)}` };
  const [path, otherPath] = OAUTH_APP_PATHS;
  const exchange = await post(service, path, form, headers, signal);
  if (exchange.kind !== 'answered' || exchange.httpStatus !== 404) return exchange;
  return post(service, otherPath, form, headers, signal);
}

function post(
  { url, transport }: SignInService,
  path: string,
  form: Record<string, string>,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Exchange> {
  return transport.send(
    {
      method: 'POST',
      url: `${url}${path}`,
      headers: { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(form).toString(),
      maxAnswerBytes: MAX_ANSWER_BYTES,
      // No text of this answer is quoted, and its access token may contain what was sent.
      secrets: [],
    },
    signal,
  );
}

function basicOf({ clientId, clientSecret }: Extract<Secret, { kind: 'oauthApp' }>): string {
  return Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
}

/** Every form in which a secret travels. */
export function wireFormsOf(secret: Secret): string[] {
  return secret.kind === 'apiToken'
    ? [secret.apiToken, encodeURIComponent(secret.apiToken)]
    : [secret.clientSecret, basicOf(secret)];
}

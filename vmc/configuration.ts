import { resolve } from 'node:path';
import type { Parsed } from '../domain/input';
import { isLoopback } from '../domain/loopback';
import type { Credential, CredentialSource } from './credentials';
import { parseCredentialsFile, parseSecretFile } from './credentials';
import { readText } from './liveFile';
import type { Proxy } from './proxy';
import { proxyFor } from './proxy';

export const DEFAULT_API_URL = 'https://vmc.vmware.com/vmc/api';
export const DEFAULT_CSP_URL = 'https://console.cloud.vmware.com';

export interface VmcConfiguration {
  /** Without a trailing slash. */
  apiUrl: string;
  /** Without a trailing slash. */
  cspUrl: string;
  /** On the way to the API; null or nothing: there is none. */
  apiProxy?: Proxy | null;
  /** On the way to the sign-in service. */
  cspProxy?: Proxy | null;
  /** null where the environment names none: whether that is a problem is for the process to say. Holds secrets: for no log. */
  credentials: CredentialSource | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** An empty text counts as unset: that is how compose files and shells leave out a variable. */
function settingOf(environment: Environment, name: string): string | null {
  const value = environment[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

/**
 * The `VMC_*` settings, or every problem in them, each naming its variable and the remedy and none quoting a secret.
 * Files that they name are read once, so that a process that cannot work says so when it starts.
 */
export async function readVmcConfiguration(environment: Environment): Promise<Parsed<VmcConfiguration>> {
  const apiUrl = readUrl(environment, 'VMC_API_URL', DEFAULT_API_URL);
  const cspUrl = readUrl(environment, 'VMC_CSP_URL', DEFAULT_CSP_URL);
  const apiProxy = apiUrl.ok ? proxyFor(apiUrl.value, environment) : apiUrl;
  const cspProxy = cspUrl.ok ? proxyFor(cspUrl.value, environment) : cspUrl;
  const credentials = await readCredentials(environment);
  if (!apiUrl.ok || !cspUrl.ok || !apiProxy.ok || !cspProxy.ok || !credentials.ok) {
    const problems = [apiProxy, cspProxy, credentials].flatMap((part) => (part.ok ? [] : part.problems));
    return { ok: false, problems: [...new Set(problems)] };
  }
  return {
    ok: true,
    value: {
      apiUrl: apiUrl.value,
      cspUrl: cspUrl.value,
      apiProxy: apiProxy.value,
      cspProxy: cspProxy.value,
      credentials: credentials.value,
    },
  };
}

function readUrl(environment: Environment, name: string, fallback: string): Parsed<string> {
  const setting = settingOf(environment, name);
  if (setting === null) return { ok: true, value: fallback };
  const url = URL.canParse(setting) ? new URL(setting) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    return { ok: false, problems: [`${name}: must be a URL such as ${fallback}`] };
  const problems: string[] = [];
  if (url.username !== '' || url.password !== '')
    problems.push(`${name}: must hold no user name and no password: credentials have variables of their own`);
  if (/[?#]/.test(setting)) problems.push(`${name}: must end with its path: take out the query or fragment`);
  if (url.protocol === 'http:' && !isLoopback(url.hostname))
    problems.push(`${name}: must be https: tokens would travel in the clear. Plain http is for this very machine only`);
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, value: `${url.origin}${url.pathname}`.replace(/\/+$/, '') };
}

const TOKEN_VARIABLES = ['VMC_API_TOKEN', 'VMC_API_TOKEN_FILE'];
const APP_VARIABLES = ['VMC_CLIENT_ID', 'VMC_CLIENT_SECRET', 'VMC_CLIENT_SECRET_FILE'];
/** Of any two rows at most one may be in use, for nobody could tell which of them is meant. */
const ALTERNATIVES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['VMC_API_TOKEN'], ['VMC_API_TOKEN_FILE']],
  [['VMC_CLIENT_SECRET'], ['VMC_CLIENT_SECRET_FILE']],
  [TOKEN_VARIABLES, APP_VARIABLES],
  [['VMC_CREDENTIALS_FILE'], [...TOKEN_VARIABLES, ...APP_VARIABLES]],
];

function conflictsIn(environment: Environment): string[] {
  const inUse = (names: readonly string[]) => names.filter((name) => settingOf(environment, name) !== null);
  return ALTERNATIVES.map(([these, those]) => [inUse(these), inUse(those)] as const)
    .filter(([these, those]) => these.length > 0 && those.length > 0)
    .map(
      ([these, those]) =>
        `${these.join(', ')}: cannot be set together with ${those.join(', ')}: unset one or the other`,
    );
}

export async function readCredentials(environment: Environment): Promise<Parsed<CredentialSource | null>> {
  const conflicts = conflictsIn(environment);
  if (conflicts.length > 0) return { ok: false, problems: conflicts };
  const file = settingOf(environment, 'VMC_CREDENTIALS_FILE');
  if (file !== null) return readCredentialsFile(resolve(file));
  const credential = await readCredential(environment);
  if (!credential.ok) return credential;
  return { ok: true, value: credential.value === null ? null : { path: null, content: { default: credential.value } } };
}

async function readCredentialsFile(path: string): Promise<Parsed<CredentialSource>> {
  const text = await readText(path);
  const content = text.ok ? parseCredentialsFile(text.value) : text;
  if (content.ok) return { ok: true, value: { path, content: content.value } };
  return { ok: false, problems: content.problems.map((problem) => `VMC_CREDENTIALS_FILE: ${path}: ${problem}`) };
}

async function readCredential(environment: Environment): Promise<Parsed<Credential | null>> {
  const apiToken = settingOf(environment, 'VMC_API_TOKEN');
  if (apiToken !== null) return { ok: true, value: { apiToken } };
  const apiTokenFile = settingOf(environment, 'VMC_API_TOKEN_FILE');
  if (apiTokenFile !== null) return withSecretFile('VMC_API_TOKEN_FILE', apiTokenFile, { apiTokenFile });
  return readOauthApp(environment);
}

async function readOauthApp(environment: Environment): Promise<Parsed<Credential | null>> {
  const clientId = settingOf(environment, 'VMC_CLIENT_ID');
  const clientSecret = settingOf(environment, 'VMC_CLIENT_SECRET');
  const clientSecretFile = settingOf(environment, 'VMC_CLIENT_SECRET_FILE');
  if (clientId === null) {
    if (clientSecret === null && clientSecretFile === null) return { ok: true, value: null };
    return { ok: false, problems: ['VMC_CLIENT_ID: is required beside a client secret'] };
  }
  if (clientId.includes(':')) return { ok: false, problems: ['VMC_CLIENT_ID: must hold no colon'] };
  if (clientSecret !== null) return { ok: true, value: { clientId, clientSecret } };
  if (clientSecretFile !== null)
    return withSecretFile('VMC_CLIENT_SECRET_FILE', clientSecretFile, { clientId, clientSecretFile });
  return { ok: false, problems: ['VMC_CLIENT_SECRET: is required beside VMC_CLIENT_ID, or VMC_CLIENT_SECRET_FILE'] };
}

async function withSecretFile(variable: string, path: string, credential: Credential): Promise<Parsed<Credential>> {
  const text = await readText(path);
  const secret = text.ok ? parseSecretFile(text.value) : text;
  if (secret.ok) return { ok: true, value: credential };
  return { ok: false, problems: secret.problems.map((problem) => `${variable}: ${resolve(path)} ${problem}`) };
}

import { resolve } from 'node:path';
import { z } from 'zod';
import type { Environment } from '../domain/settings/environment';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { isLoopback } from '../domain/settings/loopback';
import type { Credential, CredentialSource } from './signIn/credentials';
import { clientIdSchema, credentialsIn, folderOf, parseCredentialsFile, secretFileOf } from './signIn/credentials';
import { LiveFile } from './signIn/liveFile';
import { parseSecretFile, secretSchema } from '../files/secret';
import type { Proxy, ProxyVariables } from '../domain/settings/proxy';
import { proxyFor } from '../domain/settings/proxy';

const DEFAULT_API_URL = 'https://vmc.vmware.com/vmc/api';
const DEFAULT_CSP_URL = 'https://console.cloud.vmware.com';

export interface VmcConfiguration {
  /** Without a trailing slash. */
  apiUrl: string;
  /** Without a trailing slash. */
  cspUrl: string;
  /** On the way to the API; null or nothing: there is none. */
  apiProxy?: Proxy | null;
  /** On the way to the sign-in service. */
  cspProxy?: Proxy | null;
  /**
   * null where the environment names none: whether that is a problem is for the process to say.
   * Holds secrets: for no log.
   */
  credentials: CredentialSource | null;
}

/**
 * The `VMC_*` settings, or every problem in them, each naming its variable and the remedy and none
 * quoting a secret. Files that they name are read once, so that a process that cannot work says so
 * when it starts.
 */
export async function readVmcConfiguration(environment: Environment): Promise<Parsed<VmcConfiguration>> {
  const apiUrl = readUrl(environment, 'VMC_API_URL', DEFAULT_API_URL);
  const cspUrl = readUrl(environment, 'VMC_CSP_URL', DEFAULT_CSP_URL);
  const apiProxy = apiUrl.ok ? proxyTo(apiUrl.value, environment) : apiUrl;
  const cspProxy = cspUrl.ok ? proxyTo(cspUrl.value, environment) : cspUrl;
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

/** Plain http is for loopback alone, which has no proxy. */
function proxyTo(url: string, environment: Environment): Parsed<Proxy | null> {
  const { hostname, port } = new URL(url);
  const target = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? 443 : Number(port) };
  return proxyFor(target, environment, PROXY_VARIABLES);
}

function readUrl(environment: Environment, name: string, fallback: string): Parsed<string> {
  const setting = environment[name] ?? fallback;
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

/** The usual ones of https clients, such as curl's. */
const PROXY_VARIABLES: ProxyVariables = {
  proxy: ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  exemptions: ['no_proxy', 'NO_PROXY'],
  protocols: ['http:', 'https:'],
};

const CREDENTIALS_FILE = 'VMC_CREDENTIALS_FILE';
const TOKEN_VARIABLES = ['VMC_API_TOKEN', 'VMC_API_TOKEN_FILE'];
const APP_VARIABLES = ['VMC_CLIENT_ID', 'VMC_CLIENT_SECRET', 'VMC_CLIENT_SECRET_FILE'];
/** Of any two rows at most one may be in use, for nobody could tell which of them is meant. */
const ALTERNATIVES: readonly (readonly [readonly string[], readonly string[]])[] = [
  [['VMC_API_TOKEN'], ['VMC_API_TOKEN_FILE']],
  [['VMC_CLIENT_SECRET'], ['VMC_CLIENT_SECRET_FILE']],
  [TOKEN_VARIABLES, APP_VARIABLES],
  [[CREDENTIALS_FILE], [...TOKEN_VARIABLES, ...APP_VARIABLES]],
];

function conflictsIn(environment: Environment): string[] {
  const inUse = (names: readonly string[]) => names.filter((name) => name in environment);
  return ALTERNATIVES.map(([these, those]) => [inUse(these), inUse(those)] as const)
    .filter(([these, those]) => these.length > 0 && those.length > 0)
    .map(
      ([these, those]) =>
        `${these.join(', ')}: cannot be set together with ${those.join(', ')}: unset one or the other`,
    );
}

/** Whether any variable names credentials, right or wrong. */
export function hasCredentials(environment: Environment): boolean {
  return [CREDENTIALS_FILE, ...TOKEN_VARIABLES, ...APP_VARIABLES].some((name) => name in environment);
}

/** Every credential in the settings and in the files that they name, for output to blank. */
export function vmcSecrets({ credentials }: VmcConfiguration): string[] {
  if (credentials === null) return [];
  const inFiles = [...(credentials.secretFiles?.values() ?? [])].flatMap((read) => (read.ok ? [read.value] : []));
  const inline = credentialsIn(credentials.content).flatMap((credential) => {
    if ('apiToken' in credential) return [credential.apiToken];
    return 'clientSecret' in credential ? [credential.clientSecret] : [];
  });
  return [...inline, ...inFiles];
}

async function readCredentials(environment: Environment): Promise<Parsed<CredentialSource | null>> {
  const conflicts = conflictsIn(environment);
  if (conflicts.length > 0) return { ok: false, problems: conflicts };
  const file = environment[CREDENTIALS_FILE];
  if (file !== undefined) return readCredentialsFile(resolve(file));
  const credential = readCredential(environment);
  if (!credential.ok) return credential;
  if (credential.value === null) return { ok: true, value: null };
  const variable = 'apiTokenFile' in credential.value ? 'VMC_API_TOKEN_FILE' : 'VMC_CLIENT_SECRET_FILE';
  return withSecretFiles({ path: null, content: { default: credential.value } }, `${variable}:`);
}

async function readCredentialsFile(path: string): Promise<Parsed<CredentialSource>> {
  const content = await readOnce(path, parseCredentialsFile);
  const place = `${CREDENTIALS_FILE}: ${path}:`;
  if (content.ok) return withSecretFiles({ path, content: content.value }, place);
  return { ok: false, problems: content.problems.map((problem) => `${place} ${problem}`) };
}

const secretsSchema = z.object({
  VMC_API_TOKEN: secretSchema.optional(),
  VMC_CLIENT_ID: clientIdSchema.optional(),
  VMC_CLIENT_SECRET: secretSchema.optional(),
});

function readCredential(environment: Environment): Parsed<Credential | null> {
  const secrets = checked(secretsSchema, environment);
  if (!secrets.ok) return secrets;
  const { VMC_API_TOKEN: apiToken, VMC_CLIENT_ID: clientId, VMC_CLIENT_SECRET: clientSecret } = secrets.value;
  const { VMC_API_TOKEN_FILE: apiTokenFile, VMC_CLIENT_SECRET_FILE: clientSecretFile } = environment;
  if (apiToken !== undefined) return { ok: true, value: { apiToken } };
  if (apiTokenFile !== undefined) return { ok: true, value: { apiTokenFile } };
  if (clientId === undefined) {
    if (clientSecret === undefined && clientSecretFile === undefined) return { ok: true, value: null };
    return { ok: false, problems: ['VMC_CLIENT_ID: is required beside a client secret'] };
  }
  if (clientSecret !== undefined) return { ok: true, value: { clientId, clientSecret } };
  if (clientSecretFile !== undefined) return { ok: true, value: { clientId, clientSecretFile } };
  return { ok: false, problems: ['VMC_CLIENT_SECRET: is required beside VMC_CLIENT_ID, or VMC_CLIENT_SECRET_FILE'] };
}

/** One bad file is its organization's trouble; without any usable secret nothing can be done. */
async function withSecretFiles(source: CredentialSource, place: string): Promise<Parsed<CredentialSource>> {
  const paths = credentialsIn(source.content).map((credential) => secretFileOf(credential, folderOf(source.path)));
  const files = [...new Set(paths)].filter((path) => path !== null);
  const secretFiles = new Map(
    await Promise.all(files.map(async (path) => [path, await readOnce(path, parseSecretFile)] as const)),
  );
  const problems = [...secretFiles].flatMap(([path, read]) =>
    read.ok ? [] : read.problems.map((problem) => `${place} ${path} ${problem}`),
  );
  if (problems.length > 0 && problems.length === paths.length) return { ok: false, problems };
  return { ok: true, value: { ...source, secretFiles } };
}

async function readOnce<T>(path: string, parse: (text: string) => Parsed<T>): Promise<Parsed<T>> {
  return await new LiveFile(path, parse, () => undefined).read(new AbortController().signal);
}

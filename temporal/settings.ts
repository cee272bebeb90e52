import type { ConnectionOptions, TLSConfig } from '@temporalio/client';
import type { NativeConnectionOptions } from '@temporalio/worker';
import { z } from 'zod';
import type { Environment } from '../domain/settings/environment';
import { cleanEnvironment } from '../domain/settings/environment';
import type { HostAndPort } from '../domain/settings/hostAndPort';
import { formatHostAndPort, parseHostAndPort, urlHost } from '../domain/settings/hostAndPort';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { SECOND_MS } from '../domain/contract/duration';
import { readFileTextInTime } from '../files/fileText';
import { parseSecretFile } from '../files/secret';
import { isLoopback } from '../domain/settings/loopback';
import type { Proxy, ProxyVariables } from '../domain/settings/proxy';
import { proxyFor } from '../domain/settings/proxy';
import { DEFAULT_TASK_QUEUE, TASK_QUEUE_VARIABLE } from '../domain/contract/names';
import type { Certificates } from './certificates';
import { readCertificates } from './certificates';
import { HEADER_PREFIX, profileVariables } from './profile';

/** Where Temporal is and how it is reached: the same for worker, command line and library. */
export interface TemporalSettings {
  /** `host:port` */
  address: string;
  namespace: string;
  taskQueue: string;
  tls: TLSConfig | boolean;
  apiKey: string | null;
  headers: Record<string, string>;
  proxy: Proxy | null;
  /** Every credential among these, for logs and messages to blank. */
  secrets: string[];
  /** Those that name or hold the API key and the certificates: a file may be rewritten. */
  credentialVariables: Environment;
}

/** What a caller's code says itself, before all variables. */
export interface GivenSettings {
  address?: string | undefined;
  namespace?: string | undefined;
  taskQueue?: string | undefined;
}

/** As gRPC's own libraries read them, in lower case only. */
const PROXY_VARIABLES: ProxyVariables = {
  proxy: ['grpc_proxy', 'https_proxy', 'http_proxy'],
  exemptions: ['no_grpc_proxy', 'no_proxy'],
  protocols: ['http:'],
};
const DEFAULT_PORT = 7233;
const MAX_NAME_BYTES = 1_000;

/** As Go's `strconv.ParseBool`, which Temporal's own command line goes by, and the usual words. */
const TRUE = ['true', 't', '1', 'yes', 'y', 'on'];
const FALSE = ['false', 'f', '0', 'no', 'n', 'off'];

/** What a header can carry. */
const printable = z.string().regex(/^[\x20-\x7e]+$/, { error: 'must be printable ASCII on one line' });
/** The server counts bytes. */
const name = z.string().refine((text) => Buffer.byteLength(text) <= MAX_NAME_BYTES, {
  error: `must have at most ${MAX_NAME_BYTES} bytes`,
});

const ADDRESS_FORM =
  'must be host:port, such as temporal.example:7233 or [::1]:7233. It is no URL: TEMPORAL_TLS=true asks for TLS';
const address = z.string().transform((text, context): HostAndPort => {
  const place = parseHostAndPort(text, DEFAULT_PORT);
  if (place !== null && place.port > 0) return place;
  context.addIssue({ code: 'custom', message: ADDRESS_FORM });
  return z.NEVER;
});

export const API_KEY_FILE = 'TEMPORAL_API_KEY_FILE';
const CREDENTIAL_VARIABLE = /^TEMPORAL_(API_KEY_FILE|TLS_(CLIENT_CERT|CLIENT_KEY|SERVER_CA_CERT)_(PATH|DATA))$/;
/** How often the files of credentials are read while a process uses them. */
export const BETWEEN_REREADS_MS = 10 * SECOND_MS;

const settingsSchema = z.object({
  TEMPORAL_ADDRESS: address.prefault(`localhost:${DEFAULT_PORT}`),
  // Every call carries it in a header.
  TEMPORAL_NAMESPACE: name.pipe(printable).default('default'),
  TEMPORAL_API_KEY: printable.optional(),
  [API_KEY_FILE]: z.string().optional(),
  TEMPORAL_TLS: z
    .string()
    .toLowerCase()
    .refine((word) => [...TRUE, ...FALSE].includes(word), {
      error: 'must be true or false (or 1, 0, yes, no, on, off)',
    })
    .transform((word) => TRUE.includes(word))
    .optional(),
  TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: z
    .never({ error: 'is not supported: the name in the certificate is always verified. Unset it' })
    .optional(),
  TEMPORAL_TLS_SERVER_NAME: z
    .string()
    .regex(/^[\w.-]+$/, { error: 'must be a host name' })
    .optional(),
  [TASK_QUEUE_VARIABLE]: name
    .regex(/^\P{C}+$/u, { error: 'must hold no control characters' })
    .refine((queue) => !queue.startsWith('/_sys/'), { error: "must not begin with /_sys/, which is Temporal's own" })
    .default(DEFAULT_TASK_QUEUE),
});
type Variables = z.infer<typeof settingsSchema>;

/** For a caller that has a connection to Temporal. */
export function readTaskQueue(environment: Environment, given?: string): Parsed<string> {
  const variables = { ...environment, ...cleanEnvironment({ [TASK_QUEUE_VARIABLE]: given }) };
  const parsed = checked(settingsSchema.pick({ [TASK_QUEUE_VARIABLE]: true }), variables);
  return parsed.ok ? { ok: true, value: parsed.value[TASK_QUEUE_VARIABLE] } : parsed;
}

/**
 * The settings of the caller's code, the environment and Temporal's profile file, in this order,
 * or every problem in them, each naming its variable and none quoting its value.
 */
export async function readTemporalSettings(
  environment: Environment,
  given: GivenSettings = {},
): Promise<Parsed<TemporalSettings>> {
  const profile = profileVariables(environment);
  const { TEMPORAL_API_KEY: filedKey, ...others } = profile.ok ? profile.value : {};
  // A key has two variables, and either wins over the profile's.
  const filed: Environment =
    filedKey === undefined || API_KEY_FILE in environment ? others : { ...others, TEMPORAL_API_KEY: filedKey };
  const variables: Environment = {
    ...filed,
    ...environment,
    ...cleanEnvironment({
      TEMPORAL_ADDRESS: given.address,
      TEMPORAL_NAMESPACE: given.namespace,
      [TASK_QUEUE_VARIABLE]: given.taskQueue,
    }),
  };
  const settings = await settingsIn(variables);
  if (profile.ok && settings.ok) return settings;
  const problems = [profile, settings].flatMap((part) => (part.ok ? [] : part.problems));
  const ofProfile = Object.keys(filed).filter((variable) => variables[variable] === filed[variable]);
  return {
    ok: false,
    problems: problems.map((problem) =>
      ofProfile.some((variable) => problem.startsWith(`${variable}:`))
        ? `${problem} (in Temporal's profile file)`
        : problem,
    ),
  };
}

/** The same settings with the credentials that their files hold now. */
export async function rereadCredentials(settings: TemporalSettings): Promise<Parsed<TemporalSettings>> {
  const { credentialVariables, apiKey: keyBefore, tls: before } = settings;
  const apiKey = await readApiKey(credentialVariables);
  const certificates = await readCertificates(before === false ? {} : credentialVariables);
  if (!apiKey.ok || !certificates.ok)
    return { ok: false, problems: [apiKey, certificates].flatMap((part) => (part.ok ? [] : part.problems)) };
  const tls = typeof before === 'object' ? { ...before, ...certificates.value } : before;
  const reread = { ...settings, apiKey: apiKey.value ?? keyBefore, tls };
  return { ok: true, value: { ...reread, secrets: secretsOf(reread) } };
}

async function settingsIn(variables: Environment): Promise<Parsed<TemporalSettings>> {
  const settings = checked(settingsSchema, variables);
  const headers = readHeaders(variables);
  const apiKey = await readApiKey(variables);
  const isPlain = settings.ok && settings.value.TEMPORAL_TLS === false;
  const certificates: Parsed<Certificates> = isPlain ? { ok: true, value: {} } : await readCertificates(variables);
  const proxy: Parsed<Proxy | null> = settings.ok
    ? proxyFor(settings.value.TEMPORAL_ADDRESS, variables, PROXY_VARIABLES)
    : { ok: true, value: null };
  if (!settings.ok || !headers.ok || !apiKey.ok || !certificates.ok || !proxy.ok) {
    const parts = [settings, headers, apiKey, certificates, proxy];
    return { ok: false, problems: parts.flatMap((part) => (part.ok ? [] : part.problems)) };
  }
  const { TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, [TASK_QUEUE_VARIABLE]: taskQueue } = settings.value;
  const value = {
    address: formatHostAndPort(TEMPORAL_ADDRESS),
    namespace: TEMPORAL_NAMESPACE,
    taskQueue,
    tls: tlsOf(settings.value, apiKey.value, headers.value, certificates.value),
    apiKey: apiKey.value,
    headers: headers.value,
    proxy: proxy.value,
    credentialVariables: Object.fromEntries(
      Object.entries(variables).filter(([variable]) => CREDENTIAL_VARIABLE.test(variable)),
    ),
  };
  return { ok: true, value: { ...value, secrets: secretsOf(value) } };
}

function secretsOf({ apiKey, tls, proxy, headers }: Omit<TemporalSettings, 'secrets'>): string[] {
  const key = typeof tls === 'object' ? tls.clientCertPair?.key : undefined;
  const secrets = [apiKey, key && Buffer.from(key).toString(), proxy?.password, ...Object.values(headers)];
  return secrets.filter((secret) => typeof secret === 'string');
}

async function readApiKey(variables: Environment): Promise<Parsed<string | null>> {
  const { TEMPORAL_API_KEY: apiKey, [API_KEY_FILE]: path } = variables;
  if (path === undefined) return { ok: true, value: apiKey ?? null };
  if (apiKey !== undefined)
    return {
      ok: false,
      problems: [`${API_KEY_FILE}: cannot be set together with TEMPORAL_API_KEY: unset one or the other`],
    };
  const text = await readFileTextInTime(path);
  const parsed = text.ok ? parseSecretFile(text.value) : text;
  return parsed.ok ? parsed : { ok: false, problems: parsed.problems.map((problem) => `${API_KEY_FILE}: ${problem}`) };
}

const AUTHORIZATION = 'authorization';

/**
 * A credential goes out in the clear only where the settings say so, or as a header to loopback:
 * any header may be one. That an API key implies TLS even there is Temporal's own rule.
 */
function tlsOf(
  { TEMPORAL_TLS: said, TEMPORAL_TLS_SERVER_NAME: serverNameOverride, ...variables }: Variables,
  apiKey: string | null,
  headers: Record<string, string>,
  certificates: Certificates,
): TLSConfig | boolean {
  if (said === false) return false;
  const config: TLSConfig = { ...certificates, ...(serverNameOverride !== undefined && { serverNameOverride }) };
  if (Object.keys(config).length > 0) return config;
  const sendsHeaders = Object.keys(headers).length > 0 && !isLoopback(urlHost(variables.TEMPORAL_ADDRESS.host));
  return said ?? (apiKey !== null || sendsHeaders);
}

/** Values for `…-bin` headers would have to be bytes. */
const HEADER_NAME = /^[a-z0-9.-]+(?<!-bin)$/;

function readHeaders(variables: Environment): Parsed<Record<string, string>> {
  const headers = Object.entries(variables)
    .filter(([variable]) => variable.startsWith(HEADER_PREFIX))
    .map(([variable, value]) => {
      const header = variable.slice(HEADER_PREFIX.length).toLowerCase().replaceAll('_', '-');
      return { header, value, parsed: checked(z.object({ [variable]: printable }), { [variable]: value }), variable };
    });
  const problems = headers.flatMap(({ variable, header, parsed }) => [
    ...(HEADER_NAME.test(header) ? [] : [`${variable}: must end with the name of a header of text`]),
    ...(parsed.ok ? [] : parsed.problems),
  ]);
  const apiKey = ['TEMPORAL_API_KEY', API_KEY_FILE].find((variable) => variable in variables);
  if (apiKey !== undefined && headers.some(({ header }) => header === AUTHORIZATION))
    problems.push(`${apiKey}: cannot be set together with ${HEADER_PREFIX}AUTHORIZATION: unset one or the other`);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: Object.fromEntries(headers.map(({ header, value }) => [header, value])) };
}

/** Where a message says that Temporal is, the proxy on the way included. */
export function placeOf({ address, proxy }: Pick<TemporalSettings, 'address' | 'proxy'>): string {
  return proxy === null ? address : `${address} (through the proxy that ${proxy.variable} names)`;
}

/** For the SDK's native part, which reads no proxy variable. */
export function nativeConnectionOptions(settings: TemporalSettings): NativeConnectionOptions {
  const { address, tls, proxy } = settings;
  return {
    address,
    tls,
    ...credentialsOf(settings),
    ...(proxy !== null && {
      proxy: {
        type: 'http-connect',
        targetHost: formatHostAndPort(proxy),
        ...(proxy.username !== '' && { basicAuth: { username: proxy.username, password: proxy.password } }),
      },
    }),
  };
}

/**
 * A page of a history, which anybody who may signal can make large. The SDK's own setting for it
 * (client 1.24) has a name that grpc-js does not read, whose default is 4 MiB.
 */
const MAX_ANSWER_BYTES = 128 * 1024 * 1024;

/** For grpc-js, without its own search for a proxy: that one does not exempt loopback. */
export function connectionOptions(settings: TemporalSettings): ConnectionOptions {
  const { address, tls, proxy } = settings;
  const channelArgs = { 'grpc.enable_http_proxy': 0, 'grpc.max_receive_message_length': MAX_ANSWER_BYTES };
  if (proxy === null) return { address, tls, ...credentialsOf(settings), channelArgs };
  return {
    address: formatHostAndPort(proxy),
    tls,
    ...credentialsOf(settings),
    channelArgs: {
      ...channelArgs,
      'grpc.default_authority': address,
      'grpc.http_connect_target': `dns:${address}`,
      ...(proxy.username !== '' && { 'grpc.http_connect_creds': `${proxy.username}:${proxy.password}` }),
    },
  };
}

function credentialsOf({ apiKey, headers }: TemporalSettings) {
  return { metadata: headers, ...(apiKey !== null && { apiKey }) };
}

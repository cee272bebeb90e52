import { loadClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { formatDuration, HOUR_MS, parseDurationMs, SECOND_MS } from '../domain/duration';
import type { Parsed } from '../domain/input';
import { checked } from '../domain/input';
import { DEFAULT_TASK_QUEUE, TASK_QUEUE_VARIABLE } from '../domain/names';
import type { VmcConfiguration } from '../vmc/configuration';
import { readCredentials, readVmcConfiguration } from '../vmc/configuration';
import type { HostAndPort } from './health';
import type { LogLevel } from './log';
import { LOG_LEVELS } from './log';
import type { LogFormat } from './logLine';
import { LOG_FORMATS } from './logLine';
import type { TemporalSettings } from './temporal';

export interface WorkerConfiguration {
  temporal: TemporalSettings;
  vmc: VmcConfiguration;
  taskQueue: string;
  /** Where health and metrics are served; null: nowhere. */
  httpAddress: HostAndPort | null;
  connectTimeoutMs: number;
  shutdownTimeoutMs: number;
  logLevel: LogLevel;
  /** Null: by where the log goes to. */
  logFormat: LogFormat | null;
  /** How long a status read may be held to share a list with others; 0: none is. */
  sharedReadsWithinMs: number;
  /** Of all workers on the queue together; null: no bound. */
  maxCallsPerSecond: number | null;
  maxConcurrentActivities: number;
  /** Null: by the size of the heap. */
  maxCachedWorkflows: number | null;
  /** Every credential among the settings, for the log to blank. */
  secrets: string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

function duration(minMs: number, maxMs: number, defaultMs: number) {
  const form = `must be a duration from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, such as "90s"`;
  return z
    .string()
    .transform((text) => parseDurationMs(text) ?? NaN)
    .refine((ms) => ms >= minMs && ms <= maxMs, { error: form })
    .default(defaultMs);
}

function wholeNumber(min: number, max: number) {
  const form = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, { error: form })
    .transform(Number)
    .refine((value) => value >= min && value <= max, { error: form });
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: `must be one of ${words.join(', ')}` });
}

/** A duration up to a bound, and plain 0 for off. */
function durationOrOff(maxMs: number, defaultMs: number) {
  return z
    .string()
    .transform((text) => (text === '0' ? 0 : (parseDurationMs(text) ?? NaN)))
    .refine((ms) => ms <= maxMs, {
      error: `must be a duration of at most ${formatDuration(maxMs)}, such as "${formatDuration(defaultMs)}", or 0 for off`,
    })
    .default(defaultMs);
}

const HOST_AND_PORT = /^(?:\[(?<ip6>[0-9A-Fa-f:.]+)\]|(?<host>[^\s:/[\]]+)):(?<port>\d{1,5})$/;
const hostAndPort = z.string().transform((text, context): HostAndPort => {
  const { ip6, host, port } = HOST_AND_PORT.exec(text)?.groups ?? {};
  const at = ip6 ?? host;
  if (at !== undefined && Number(port) <= 65_535) return { host: at, port: Number(port) };
  context.addIssue({ code: 'custom', message: 'must be host:port, such as 127.0.0.1:9464 or [::1]:9464' });
  return z.NEVER;
});

/** A read's activity has time for this, a list and a read after it. */
const MAX_SHARED_READS_WITHIN_MS = 5 * SECOND_MS;

const settingsSchema = z.object({
  [TASK_QUEUE_VARIABLE]: z
    .string()
    .max(1_000, { error: 'must have at most 1000 characters' })
    .default(DEFAULT_TASK_QUEUE),
  VMC_CANCEL_HTTP_ADDRESS: hostAndPort.optional(),
  VMC_CANCEL_CONNECT_TIMEOUT: duration(SECOND_MS, HOUR_MS, 60 * SECOND_MS),
  VMC_CANCEL_SHUTDOWN_TIMEOUT: duration(SECOND_MS, HOUR_MS, 20 * SECOND_MS),
  VMC_CANCEL_LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  VMC_CANCEL_LOG_FORMAT: oneOf(LOG_FORMATS).optional(),
  VMC_CANCEL_SHARED_READS_WITHIN: durationOrOff(MAX_SHARED_READS_WITHIN_MS, 2 * SECOND_MS),
  VMC_CANCEL_MAX_CALLS_PER_SECOND: wholeNumber(1, 10_000).optional(),
  // Reads that are held take a place each, and must not keep a cancel from one.
  VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES: wholeNumber(1, 10_000).default(1_000),
  VMC_CANCEL_MAX_CACHED_WORKFLOWS: wholeNumber(0, 100_000).optional(),
});

const NO_CREDENTIALS =
  'VMC credentials: none are set. Set VMC_API_TOKEN (or VMC_API_TOKEN_FILE), or VMC_CLIENT_ID with VMC_CLIENT_SECRET ' +
  '(or VMC_CLIENT_SECRET_FILE), or VMC_CREDENTIALS_FILE';

/** The worker's whole configuration, or every problem in it, each naming its variable and none quoting its value. */
export async function readWorkerConfiguration(variables: Environment): Promise<Parsed<WorkerConfiguration>> {
  const environment = withoutBlanks(variables);
  const settings = checked(settingsSchema, environment);
  const temporal = readTemporalSettings(environment);
  const vmc = await readVmcConfiguration(environment);
  const credentials = await needCredentials(environment);
  if (!settings.ok || !temporal.ok || !vmc.ok || !credentials.ok)
    return {
      ok: false,
      problems: [vmc, credentials, temporal, settings].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  const { value } = settings;
  return {
    ok: true,
    value: {
      temporal: temporal.value,
      vmc: vmc.value,
      taskQueue: value[TASK_QUEUE_VARIABLE],
      httpAddress: value.VMC_CANCEL_HTTP_ADDRESS ?? null,
      connectTimeoutMs: value.VMC_CANCEL_CONNECT_TIMEOUT,
      shutdownTimeoutMs: value.VMC_CANCEL_SHUTDOWN_TIMEOUT,
      logLevel: value.VMC_CANCEL_LOG_LEVEL,
      logFormat: value.VMC_CANCEL_LOG_FORMAT ?? null,
      sharedReadsWithinMs: value.VMC_CANCEL_SHARED_READS_WITHIN,
      maxCallsPerSecond: value.VMC_CANCEL_MAX_CALLS_PER_SECOND ?? null,
      maxConcurrentActivities: value.VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES,
      maxCachedWorkflows: value.VMC_CANCEL_MAX_CACHED_WORKFLOWS ?? null,
      secrets: [...vmcSecrets(vmc.value), ...temporalSecrets(temporal.value)],
    },
  };
}

/** An empty text counts as unset: that is how compose files and shells leave out a variable. */
function withoutBlanks(variables: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value?.trim() ? [[name, value.trim()]] : [])),
  );
}

/** Temporal's own defaults, said here because messages name them. */
const DEFAULT_TEMPORAL_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';

function readTemporalSettings(environment: Record<string, string>): Parsed<TemporalSettings> {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: environment });
    const address = connectionOptions.address ?? DEFAULT_TEMPORAL_ADDRESS;
    return {
      ok: true,
      value: {
        address,
        namespace: namespace ?? DEFAULT_NAMESPACE,
        connectionOptions: { ...connectionOptions, address },
      },
    };
  } catch (error) {
    // Its first line only: a parser's message goes on to quote the file, and the file may hold a key.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { ok: false, problems: [`TEMPORAL_* and Temporal's profile file: ${message ?? ''}`] };
  }
}

/** A worker without credentials could do nothing at all. Looked at apart from the URLs and proxies, which may be wrong as well. */
async function needCredentials(environment: Record<string, string>): Promise<Parsed<null>> {
  const credentials = await readCredentials(environment);
  return credentials.ok && credentials.value === null
    ? { ok: false, problems: [NO_CREDENTIALS] }
    : { ok: true, value: null };
}

function vmcSecrets({ credentials, apiProxy, cspProxy }: VmcConfiguration): string[] {
  const proxyPasswords = [apiProxy, cspProxy].flatMap((proxy) => (proxy?.password ? [proxy.password] : []));
  const { organizations = {}, default: fallback } = credentials?.content ?? {};
  const inUse = [...Object.values(organizations), ...(fallback === undefined ? [] : [fallback])];
  const credentialSecrets = inUse.flatMap((credential) => {
    if ('apiToken' in credential) return [credential.apiToken];
    return 'clientSecret' in credential ? [credential.clientSecret] : [];
  });
  return [...credentialSecrets, ...proxyPasswords];
}

function temporalSecrets({ connectionOptions: { apiKey, metadata, tls } }: TemporalSettings): string[] {
  const key = typeof tls === 'object' ? tls?.clientCertPair?.key : undefined;
  return [apiKey, key && Buffer.from(key).toString(), ...Object.values(metadata ?? {}).map(String)].filter(
    (secret) => typeof secret === 'string',
  );
}

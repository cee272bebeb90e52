import { z } from 'zod';
import { formatDuration, HOUR_MS, parseDurationMs, SECOND_MS } from '../domain/contract/duration';
import type { Environment } from '../domain/settings/environment';
import type { HostAndPort } from '../domain/settings/hostAndPort';
import { parseHostAndPort } from '../domain/settings/hostAndPort';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { secretsIn } from '../temporal/secrets';
import type { TemporalSettings } from '../temporal/settings';
import { readTemporalSettings } from '../temporal/settings';
import type { Build } from '../temporal/pollers';
import type { VmcConfiguration } from '../vmc/configuration';
import { hasCredentials, readVmcConfiguration, vmcSecrets } from '../vmc/configuration';
import type { LogLevel } from './log';
import { LOG_LEVELS } from './log';
import type { LogFormat } from './logLine';
import { LOG_FORMATS } from './logLine';

export interface WorkerConfiguration {
  temporal: TemporalSettings;
  vmc: VmcConfiguration;
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
  /** Null: without worker versioning. */
  build: Build | null;
  /** Every credential among the settings, for the log to blank. */
  secrets: string[];
}

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

/** The server joins both to one name, whose separators it refuses in either. */
function versionName() {
  return z.string().regex(/^[\w-][\w.-]{0,127}$/, {
    error: 'must have 1 to 128 characters A-Z a-z 0-9 _ - . and must not begin with a point',
  });
}

const hostAndPort = z.string().transform((text, context): HostAndPort => {
  const place = parseHostAndPort(text);
  if (place !== null) return place;
  context.addIssue({ code: 'custom', message: 'must be host:port, such as 127.0.0.1:9464 or [::1]:9464' });
  return z.NEVER;
});

/** A read's activity has time for this, a list and a read after it. */
const MAX_SHARED_READS_WITHIN_MS = 5 * SECOND_MS;

const settingsSchema = z.object({
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
  TEMPORAL_DEPLOYMENT_NAME: versionName().optional(),
  TEMPORAL_WORKER_BUILD_ID: versionName().optional(),
});

const HALF_A_BUILD =
  'TEMPORAL_DEPLOYMENT_NAME and TEMPORAL_WORKER_BUILD_ID: set both, for worker versioning, or neither';

const NO_CREDENTIALS =
  'VMC credentials: none are set. Set VMC_API_TOKEN (or VMC_API_TOKEN_FILE), or VMC_CLIENT_ID with VMC_CLIENT_SECRET ' +
  '(or VMC_CLIENT_SECRET_FILE), or VMC_CREDENTIALS_FILE';

/**
 * The worker's whole configuration, or every problem in it, each naming its variable and none
 * quoting its value.
 */
export async function readWorkerConfiguration(environment: Environment): Promise<Parsed<WorkerConfiguration>> {
  const settings = checked(settingsSchema, environment);
  const temporal = await readTemporalSettings(environment);
  const vmc = await readVmcConfiguration(environment);
  // Looked at apart from the URLs, which may be wrong as well.
  const credentials = hasCredentials(environment) ? [] : [NO_CREDENTIALS];
  const build = settings.ok ? buildIn(settings.value) : null;
  if (!settings.ok || !temporal.ok || !vmc.ok || credentials.length > 0 || build === 'half') {
    const [ofVmc, ...others] = [vmc, temporal, settings].map((part) => (part.ok ? [] : part.problems));
    const half = build === 'half' ? [HALF_A_BUILD] : [];
    return { ok: false, problems: [...(ofVmc ?? []), ...credentials, ...others.flat(), ...half] };
  }
  const { value } = settings;
  return {
    ok: true,
    value: {
      temporal: temporal.value,
      vmc: vmc.value,
      httpAddress: value.VMC_CANCEL_HTTP_ADDRESS ?? null,
      connectTimeoutMs: value.VMC_CANCEL_CONNECT_TIMEOUT,
      shutdownTimeoutMs: value.VMC_CANCEL_SHUTDOWN_TIMEOUT,
      logLevel: value.VMC_CANCEL_LOG_LEVEL,
      logFormat: value.VMC_CANCEL_LOG_FORMAT ?? null,
      sharedReadsWithinMs: value.VMC_CANCEL_SHARED_READS_WITHIN,
      maxCallsPerSecond: value.VMC_CANCEL_MAX_CALLS_PER_SECOND ?? null,
      maxConcurrentActivities: value.VMC_CANCEL_MAX_CONCURRENT_ACTIVITIES,
      maxCachedWorkflows: value.VMC_CANCEL_MAX_CACHED_WORKFLOWS ?? null,
      build,
      secrets: [...secretsIn(environment), ...vmcSecrets(vmc.value), ...temporal.value.secrets],
    },
  };
}

function buildIn({
  TEMPORAL_DEPLOYMENT_NAME: deploymentName,
  TEMPORAL_WORKER_BUILD_ID: buildId,
}: z.output<typeof settingsSchema>): Build | null | 'half' {
  if (deploymentName === undefined && buildId === undefined) return null;
  return deploymentName === undefined || buildId === undefined ? 'half' : { deploymentName, buildId };
}

import type { TomlClientConfig } from '@temporalio/envconfig/lib/envconfig-toml';
import { tomlLoadClientConfig } from '@temporalio/envconfig/lib/envconfig-toml';
import { z } from 'zod';
import type { Environment } from '../domain/settings/environment';
import { cleanEnvironment } from '../domain/settings/environment';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { shortQuote } from '../domain/text/printedText';

/** The rest of a variable's name is that of a header. */
export const HEADER_PREFIX = 'TEMPORAL_GRPC_META_';

const text = z.string({ error: 'must be a text' }).optional();
const flag = z.boolean({ error: 'must be true or false' }).optional();
const TABLE = { error: 'must be a table' };

const profileSchema = z.object(
  {
    address: text,
    namespace: text,
    api_key: text,
    tls: z
      .object(
        {
          disabled: flag,
          server_name: text,
          client_cert_path: text,
          client_cert_data: text,
          client_key_path: text,
          client_key_data: text,
          server_ca_cert_path: text,
          server_ca_cert_data: text,
          disable_host_verification: flag,
        },
        TABLE,
      )
      .optional(),
    grpc_meta: z.record(z.string(), z.string({ error: 'must be a text' }), TABLE).optional(),
  },
  TABLE,
);
const DEFAULT_PROFILE = 'default';

/** Temporal's profile file in the words of the variables that win over it. */
export function profileVariables(environment: Environment): Parsed<Environment> {
  const { TEMPORAL_PROFILE: name } = environment;
  const profiles = readProfiles(environment);
  if (!profiles.ok) return profiles;
  const profile = profiles.value[name ?? DEFAULT_PROFILE];
  if (profile === undefined)
    return name === undefined
      ? { ok: true, value: {} }
      : { ok: false, problems: [`TEMPORAL_PROFILE: Temporal's profile file has no profile ${shortQuote(name)}`] };
  const parsed = checked(profileSchema, profile);
  return parsed.ok
    ? { ok: true, value: asVariables(parsed.value) }
    : { ok: false, problems: parsed.problems.map((problem) => `Temporal's profile file: ${problem}`) };
}

function readProfiles(environment: Environment): Parsed<Partial<Record<string, unknown>>> {
  try {
    // An empty file has no profiles, whatever the declaration says.
    const file: Partial<TomlClientConfig> = tomlLoadClientConfig({ overrideEnvVars: environment });
    return { ok: true, value: file.profile ?? {} };
  } catch (error) {
    // The first line only: the next ones quote the file, and the file may hold a key.
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    return { ok: false, problems: [`TEMPORAL_CONFIG_FILE: Temporal's profile file cannot be read: ${reason}`] };
  }
}

function asVariables({ tls, grpc_meta: headers = {}, ...profile }: z.infer<typeof profileSchema>): Environment {
  return cleanEnvironment({
    TEMPORAL_ADDRESS: profile.address,
    TEMPORAL_NAMESPACE: profile.namespace,
    TEMPORAL_API_KEY: profile.api_key,
    // A table for TLS asks for it, unless it says otherwise.
    TEMPORAL_TLS: tls && String(tls.disabled !== true),
    TEMPORAL_TLS_SERVER_NAME: tls?.server_name,
    TEMPORAL_TLS_CLIENT_CERT_PATH: tls?.client_cert_path,
    TEMPORAL_TLS_CLIENT_CERT_DATA: tls?.client_cert_data,
    TEMPORAL_TLS_CLIENT_KEY_PATH: tls?.client_key_path,
    TEMPORAL_TLS_CLIENT_KEY_DATA: tls?.client_key_data,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: tls?.server_ca_cert_path,
    TEMPORAL_TLS_SERVER_CA_CERT_DATA: tls?.server_ca_cert_data,
    TEMPORAL_TLS_DISABLE_HOST_VERIFICATION: tls?.disable_host_verification?.toString(),
    ...Object.fromEntries(Object.entries(headers).map(([header, value]) => [`${HEADER_PREFIX}${header}`, value])),
  });
}

import { loadClientConnectConfig } from '@temporalio/envconfig';

type Environment = Readonly<Record<string, string | undefined>>;

const SECRET_NAME = /(TOKEN|SECRET|API_KEY|PASSWORD|KEY_DATA)$|^TEMPORAL_GRPC_META_/;
/** Shorter ones are words of everyday language, and blanking them would hide nothing. */
const MIN_SECRET_CHARACTERS = 6;
const SHAPES = /\b(Bearer|Basic)\s+\S+|\beyJ[\w-]+\.[\w.-]+/gi;

/** Blanks credentials in a line before it is printed: libraries quote a header that they cannot send, and servers what they refuse. */
export function redactor(env: Environment): (line: string) => string {
  const secrets = [...secretsOfVariables(env), ...secretsOfProfile(env)]
    .flatMap(spellings)
    .filter((secret) => secret.length >= MIN_SECRET_CHARACTERS)
    // Or what a secret has beyond another that it begins with would stay.
    .toSorted((one, other) => other.length - one.length);
  return (line) =>
    secrets.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), line).replace(SHAPES, '[redacted]');
}

function secretsOfVariables(env: Environment): string[] {
  return Object.entries(env).flatMap(([name, value]) => (SECRET_NAME.test(name) && value !== undefined ? [value] : []));
}

/** What Temporal's profile file brings along. */
function secretsOfProfile(env: Environment): string[] {
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    const { apiKey, metadata, tls } = loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(defined),
    }).connectionOptions;
    const key = typeof tls === 'object' ? tls?.clientCertPair?.key : undefined;
    return [apiKey, key && Buffer.from(key).toString(), ...Object.values(metadata ?? {}).map(String)].filter(
      (secret) => typeof secret === 'string',
    );
  } catch {
    // A file that nobody can read gives no secret away.
    return [];
  }
}

/** As it is, line by line where it is a key of several, and as a URL or a gRPC message would have it. */
function spellings(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [secret, ...lines, ...lines.map(encodeURIComponent)];
}

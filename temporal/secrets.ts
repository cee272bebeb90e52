import type { Environment } from '../domain/settings/environment';

const SECRET_NAME = /(TOKEN|SECRET|API_KEY|PASSWORD|KEY_DATA)$|^TEMPORAL_GRPC_META_/;
const PROXY_NAME = /_proxy$/i;

/** Every credential among the variables of a process, by their names. */
export function secretsIn(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (SECRET_NAME.test(name)) return [value];
    const url = value.includes('://') ? value : `http://${value}`;
    const proxy = PROXY_NAME.test(name) && URL.canParse(url) ? new URL(url) : null;
    return proxy === null || proxy.password === '' ? [] : passwordIn(proxy);
  });
}

function passwordIn({ password }: URL): string[] {
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    // A stray percent sign.
    return [password];
  }
}

/** Shorter values are everyday words: blanking them would spoil the text and hide nothing. */
const MIN_SECRET_CHARACTERS = 6;

/** Credentials of unknown value, such as an access token, by their shape on the wire. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+\.?[\w-]*/g, '[secret]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [secret]'],
  [
    /\b((?:refresh_token|access_token|client_secret|csp-auth-token)\\?["']?\s*[=:]\s*\\?["']?)[^\s"'\\&,}]+/gi,
    '$1[secret]',
  ],
];

/**
 * Blanks credentials in a line of log or output, whoever wrote it: our code, the SDK, a library
 * that quotes a header or a server that quotes what it refuses. The last line of defence: nothing
 * is meant to write one in the first place.
 */
export function createScrubber(secrets: Iterable<string>): (line: string) => string {
  const known = [...new Set([...secrets].flatMap(spellings))].filter(({ length }) => length >= MIN_SECRET_CHARACTERS);
  // The longest first, or what a secret has beyond another that it begins with would stay.
  const longestFirst = known.toSorted((one, other) => other.length - one.length);
  return (line) => {
    const withoutKnown = longestFirst.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
    return SHAPES.reduce((text, [shape, replacement]) => text.replace(shape, replacement), withoutKnown);
  };
}

/** The secret and each of its lines: plain, in JSON, in JSON within JSON, and percent-encoded. */
function spellings(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  return [secret, ...lines].flatMap((text) => {
    const inJson = withinJson(text);
    return [text, inJson, withinJson(inJson), encodeURIComponent(text)];
  });
}

function withinJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

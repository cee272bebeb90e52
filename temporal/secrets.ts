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
/** Each costs a search through every line: old ones, long withdrawn, are forgotten. */
const MAX_LEARNT_SECRETS = 1_000;

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
export class Scrubber {
  private readonly known: readonly string[];
  /** By the value that was learnt, in the order of their latest use. */
  private readonly learnt = new Map<string, readonly string[]>();
  private longestFirst: readonly string[] = [];

  constructor(secrets: Iterable<string>) {
    this.known = [...secrets].flatMap(spellings);
    this.sort();
  }

  /** A credential that was not there at the start: rotated, or given for a time. */
  learn(secret: string): void {
    const known = this.learnt.get(secret);
    const [oldest] = this.learnt.keys();
    if (known !== undefined) this.learnt.delete(secret);
    else if (this.learnt.size === MAX_LEARNT_SECRETS && oldest !== undefined) this.learnt.delete(oldest);
    // Set anew: what is in use is among the latest.
    this.learnt.set(secret, known ?? spellings(secret));
    if (known === undefined) this.sort();
  }

  scrub(line: string): string {
    const withoutKnown = this.longestFirst.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
    return SHAPES.reduce((text, [shape, replacement]) => text.replace(shape, replacement), withoutKnown);
  }

  /** The longest first, or what a secret has beyond another that it begins with would stay. */
  private sort(): void {
    const all = new Set([...this.known, ...[...this.learnt.values()].flat()]);
    this.longestFirst = [...all]
      .filter(({ length }) => length >= MIN_SECRET_CHARACTERS)
      .toSorted((one, other) => other.length - one.length);
  }
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

/** Shorter values are words of everyday language, and blanking them would spoil the log and hide nothing. */
const MIN_SECRET_CHARACTERS = 6;

/** Credentials whose values nobody knows beforehand, such as an access token, by the shape that they have on the wire. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[secret]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [secret]'],
  [
    /\b((?:refresh_token|access_token|client_secret|csp-auth-token)\\?["']?\s*[=:]\s*\\?["']?)[^\s"'\\&,}]+/gi,
    '$1[secret]',
  ],
];

/**
 * Blanks credentials in a line of log, whoever wrote it: our code, the SDK, or a library's error. The last line of defence: nothing is
 * meant to log one in the first place.
 */
export function createScrubber(secrets: Iterable<string>): (line: string) => string {
  const known = [...new Set([...secrets].filter(isLongEnough).flatMap(spellings))];
  // The longest first, or what a secret has beyond another that it begins with would stay.
  const longestFirst = known.toSorted((one, other) => other.length - one.length);
  return (line) => {
    const withoutKnown = longestFirst.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line);
    return SHAPES.reduce((text, [shape, replacement]) => text.replace(shape, replacement), withoutKnown);
  };
}

function isLongEnough(secret: string): boolean {
  return secret.length >= MIN_SECRET_CHARACTERS;
}

/** How a secret may stand in a line: as it is, in JSON, in JSON within JSON, in a URL or a form. */
function spellings(secret: string): string[] {
  const inJson = withinJson(secret);
  return [secret, inJson, withinJson(inJson), encodeURIComponent(secret)];
}

function withinJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

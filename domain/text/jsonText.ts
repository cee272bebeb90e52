/** An escape in JSON, whole. JSON escapes those surrogates that lack their other half. */
const ESCAPE = /\\(?:ud[89a-f][0-9a-f]{2}|.)/g;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** One JSON document on one line. */
export function jsonLine(document: unknown): string {
  return harmlessJson(JSON.stringify(document));
}

/**
 * The same JSON, well-formed and without a character that a terminal obeys. Half a surrogate pair,
 * which jq and Python refuse, becomes U+FFFD. JSON leaves some control characters as they are;
 * escaped they mean the same.
 */
export function harmlessJson(json: string): string {
  return escapedControls(json.replace(ESCAPE, (escape) => (escape.startsWith('\\ud') ? '\ufffd' : escape)));
}

/** Shows the number of every control character, as JSON writes it. */
export function escapedControls(text: string): string {
  return text
    .toWellFormed()
    .replace(CONTROL, (character) =>
      Array.from(
        { length: character.length },
        (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
      ).join(''),
    );
}

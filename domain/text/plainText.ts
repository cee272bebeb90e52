/** A color or a move of the cursor, whole: half of it would be left to be read. */
const CONTROL_SEQUENCE = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g;
/** What a terminal or a page would obey, or what reorders or hides text. */
const CONTROLS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Text from outside as it may be kept, logged and shown: well-formed, in one line, without
 * controls. An encoder of the SDK turns a lone surrogate into invalid UTF-8, which stops the worker
 * that sends it.
 */
export function plainText(foreign: string): string {
  return foreign.toWellFormed().replace(CONTROL_SEQUENCE, '').replace(CONTROLS, ' ');
}

/** Cut between code points, with an ellipsis as the last one. */
export function shortened(text: string, maxCharacters: number): string {
  // A code point takes two units at most: the rest of a text of megabytes need not be looked at.
  const characters = Array.from(text.slice(0, 2 * maxCharacters + 2));
  return characters.length <= maxCharacters ? text : `${characters.slice(0, maxCharacters - 1).join('')}…`;
}

/** Cut between code points to so many bytes of UTF-8. */
export function withinBytes(text: string, maxBytes: number): string {
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > maxBytes) return text.slice(0, end);
    end += character.length;
  }
  return text;
}

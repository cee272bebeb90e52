/** A colour or a move of the cursor, whole. Other sequences lose what makes them one, and leave their text. */
const CONTROL_SEQUENCE = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]/g;

/** Foreign text without what a terminal would obey: half of a sequence would be left to be read. */
export function withoutControlSequences(text: string): string {
  return text.replace(CONTROL_SEQUENCE, '');
}

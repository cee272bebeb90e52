import { plainText as foreignText } from './plainText';

/**
 * Foreign text as one line for a terminal: what could move the cursor, recolour or reorder the line
 * is taken out.
 */
export function plainText(text: string): string {
  return foreignText(text).trim();
}

/** Columns that a text takes at most: beyond Latin, a character may take two. */
export function columnsOf(text: string): number {
  return Array.from(text).reduce((columns, character) => columns + (isNarrow(character) ? 1 : 2), 0);
}

function isNarrow(character: string): boolean {
  return character <= '\u02ff' || character === '…';
}

export function shortened(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (columnsOf(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** An argument as a shell of Unix takes it. */
export function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Of what was typed, or stands in a file: enough to find it by. */
const QUOTED_COLUMNS = 60;

export function quotedShort(text: string): string {
  return JSON.stringify(shortened(text, QUOTED_COLUMNS));
}

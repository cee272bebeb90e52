import { plainText } from './plainText';

/**
 * Foreign text as one line for a terminal: what could move the cursor, recolour or reorder the line
 * is taken out.
 */
export function printable(text: string): string {
  return plainText(text).trim();
}

/** An argument as a shell of Unix takes it. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Enough of what was typed, or stands in a file, to find it by. */
const QUOTED_CHARACTERS = 60;

export function shortQuote(text: string): string {
  const characters = Array.from(text);
  const isShort = characters.length <= QUOTED_CHARACTERS;
  return JSON.stringify(isShort ? text : `${characters.slice(0, QUOTED_CHARACTERS - 1).join('')}…`);
}

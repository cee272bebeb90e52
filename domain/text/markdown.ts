import { plainText } from './plainText';

/** Markdown for the Temporal UI, and for whoever else may render it. */

export function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/**
 * Foreign text as a code span of one line: the one place of Markdown where every renderer shows a
 * text as it is, quotation marks included, and makes nothing of it. Its fence is longer than any in
 * the text. Empty where there is nothing to see.
 */
export function codeSpan(foreign: string | null): string {
  const text = plainText(foreign ?? '')
    .replace(/\s+/g, ' ')
    .trim();
  if (text === '') return '';
  const longestRun = Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
  const fence = '`'.repeat(longestRun + 1);
  return longestRun === 0 ? `\`${text}\`` : `${fence} ${text} ${fence}`;
}

/** The code spans of those texts that are not blank. */
export function codeSpans(foreign: readonly (string | null)[]): string {
  return foreign
    .map(codeSpan)
    .filter((text) => text !== '')
    .join(', ');
}

/**
 * A sentence that holds ids: neither emphasis nor a dash or an ellipsis is to be made of their
 * marks.
 */
export function unchanged(sentence: string): string {
  return sentence.replace(/_|(?<=[-.])[-.]/g, '\\$&');
}

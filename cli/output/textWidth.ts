import stringWidth from 'string-width';

const graphemes = new Intl.Segmenter();

/** Terminal columns of a text. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** Cut to this many columns, with an ellipsis, between what a reader sees as characters. */
export function cutToWidth(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text;
  let kept = '';
  let keptColumns = 0;
  for (const { segment } of graphemes.segment(text)) {
    keptColumns += columnsOf(segment);
    if (keptColumns > columns - 1) break;
    kept += segment;
  }
  return `${kept}…`;
}

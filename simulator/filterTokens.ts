export type Token =
  | { kind: 'word' | 'symbol'; text: string }
  | { kind: 'string'; text: string; value: string }
  | { kind: 'number' | 'date'; text: string; value: number }
  | { kind: 'end'; text: string };

/** What is wrong with a filter, as a sentence without its full stop. */
export class FilterProblem extends Error {
  override readonly name = 'FilterProblem';
}

const PATTERNS = [
  ['string', /'(?:[^']|'')*'/y],
  ['date', /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/y],
  ['number', /-?\d+(?:\.\d+)?/y],
  ['word', /[A-Za-z_]\w*/y],
  ['symbol', /[(),]/y],
] as const;

/** Milliseconds since the epoch, or NaN for a text that is no instant in the API's form. */
export function parseInstant(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) ? Date.parse(text) : NaN;
}

function tokenAt(filter: string, position: number): Token {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = position;
    const text = pattern.exec(filter)?.[0];
    if (text === undefined) continue;
    switch (kind) {
      case 'string':
        return { kind, text, value: text.slice(1, -1).replaceAll("''", "'") };
      case 'date': {
        const value = parseInstant(text);
        if (Number.isNaN(value)) throw new FilterProblem(`${text} is no date`);
        return { kind, text, value };
      }
      case 'number':
        return { kind, text, value: Number(text) };
      case 'word':
      case 'symbol':
        return { kind, text };
    }
  }
  throw new FilterProblem(`cannot be read from character ${position + 1} on`);
}

/** @throws FilterProblem */
export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  const skipSpace = (from: number): number => from + filter.slice(from).search(/\S|$/);
  for (let position = skipSpace(0); position < filter.length;) {
    const token = tokenAt(filter, position);
    tokens.push(token);
    position = skipSpace(position + token.text.length);
  }
  return [...tokens, { kind: 'end', text: 'the end' }];
}

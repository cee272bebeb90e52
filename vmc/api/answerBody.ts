import { setImmediate as yieldToOthers } from 'node:timers/promises';
import { isKnownStatus } from '../../domain/cancellation/taskStatus';
import { raceAbort } from './callLimits';

export interface BodyOptions {
  /** Blanked: a server that echoes what it was sent would put it into messages. */
  secrets: readonly string[];
  signal: AbortSignal;
}

const REDACTED = '[secret]';
/** A secret shorter than this would blank half of every text. */
const MIN_SECRET_CHARACTERS = 4;
/** No id has so long a secret in it by chance. */
const MIN_SECRET_CHARACTERS_IN_ID = 16;

/** What is parsed in one turn of the event loop: a few milliseconds' worth. */
const SLICE_CHARACTERS = 64 * 1024;
/** What is no list. A single task's answer may have no more bytes. */
const MAX_VALUE_CHARACTERS = 1024 * 1024;
/** A task has a hundred values or so, in three levels. */
const MAX_VALUES_OF_ITEM = 10_000;
const MAX_DEPTH_OF_ITEM = 100;

/** Parses answers without blocking the event loop: long lists in slices, and one list at a time. */
export class AnswerBodies {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly sliceCharacters = SLICE_CHARACTERS) {}

  /**
   * The body's JSON; undefined for malformed JSON and for a value too long to be the API's. An item
   * too large to be a task becomes null. Rejects only with the signal's reason.
   */
  async parse(text: unknown, { secrets, signal }: BodyOptions): Promise<unknown> {
    if (typeof text !== 'string') return undefined;
    const hidden = secrets.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS);
    if (text.length <= this.sliceCharacters || !/^[ \t\r\n]*\[/.test(text))
      return text.length <= MAX_VALUE_CHARACTERS ? parsedOrUndefined(text, hidden) : undefined;
    const items = this.turn.then(() => this.items(text, hidden, signal));
    // Not the items themselves: the last list would be kept for as long as the process lives.
    this.turn = items.then(() => undefined);
    const read = await raceAbort(items, signal);
    signal.throwIfAborted();
    return read;
  }

  private async items(text: string, hidden: readonly string[], signal: AbortSignal): Promise<unknown[] | undefined> {
    const items: unknown[] = [];
    try {
      await yieldToOthers();
      for (const slice of slicesOf(text, this.sliceCharacters)) {
        signal.throwIfAborted();
        for (const item of parsed(`[${slice}]`, hidden) as unknown[]) items.push(item);
        await yieldToOthers();
      }
      return items;
    } catch {
      return undefined;
    }
  }
}

function parsedOrUndefined(json: string, hidden: readonly string[]): unknown {
  try {
    return parsed(json, hidden);
  } catch {
    return undefined;
  }
}

/** @throws SyntaxError for what is no JSON; RangeError for what is nested too deeply. */
function parsed(json: string, hidden: readonly string[]): unknown {
  // Without escapes, JSON and its values hold the same text. A reviver makes parsing 4 to 7 times
  // slower.
  if (!json.includes('\\') && !hidden.some((secret) => json.includes(secret))) return JSON.parse(json);
  // What decisions rest on must not be changed by a secret that happens to look like it.
  const hiddenInIds = hidden.filter((secret) => secret.length >= MIN_SECRET_CHARACTERS_IN_ID);
  return JSON.parse(json, (key, value: unknown) => {
    if (typeof value !== 'string' || (key === 'status' && isKnownStatus(value))) return value;
    return redacted(value, key === 'id' ? hiddenInIds : hidden);
  });
}

function redacted(value: string, hidden: readonly string[]): string {
  return hidden.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), value);
}

const [QUOTE, COMMA, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, SPACE] = [
  0x22, 0x2c, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d, 0x20,
];

/**
 * Splits the text of a JSON array between items. The array is valid if every slice is, put in
 * brackets: so this looks at brackets, commas and quotes only.
 *
 * @throws SyntaxError where no such text could be valid
 */
function* slicesOf(array: string, sliceCharacters: number): Generator<string> {
  const first = array.indexOf('[') + 1;
  let sliceAt = first;
  let itemAt = first;
  let isBlank = true;
  let values = 0;
  let deepest = 0;
  let depth = 1;
  for (let at = first; at < array.length; at += 1) {
    const code = array.charCodeAt(at);
    if (code === QUOTE) at = endOfText(array, at);
    else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      depth += 1;
      values += 1;
      deepest = Math.max(deepest, depth);
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
    else if (code === COMMA) values += 1;
    const isEnd = depth === 0;
    if (!isEnd && (code !== COMMA || depth > 1)) {
      if (code > SPACE) isBlank = false;
      continue;
    }
    if (isEnd && code !== CLOSE_LIST) throw new SyntaxError('The array ends as an object');
    if (isBlank && (!isEnd || itemAt > first)) throw new SyntaxError('An item is missing');
    if (values > MAX_VALUES_OF_ITEM || deepest > MAX_DEPTH_OF_ITEM) {
      if (itemAt > sliceAt) yield array.slice(sliceAt, itemAt - 1);
      yield 'null';
      sliceAt = at + 1;
    } else if (isEnd || at - sliceAt >= sliceCharacters) {
      yield array.slice(sliceAt, at);
      sliceAt = at + 1;
    }
    if (isEnd) {
      if (/[^ \t\r\n]/.test(array.slice(at + 1))) throw new SyntaxError('There is more after the array');
      return;
    }
    itemAt = at + 1;
    isBlank = true;
    values = 0;
    deepest = 0;
  }
  throw new SyntaxError('The array has no end');
}

/** Where the quote is that ends the text which begins with one. */
function endOfText(json: string, startsAt: number): number {
  for (let at = json.indexOf('"', startsAt + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json.charCodeAt(at - 1 - escapes) === BACKSLASH) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  throw new SyntaxError('A text has no end');
}

import { prettyFactory } from 'pino-pretty';
import { escapedControls, harmlessJson, jsonLine } from '../domain/text/jsonText';

export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Room for a long stack, not for a megabyte of foreign text. */
const MAX_LINE_CHARACTERS = 32 * 1024;
const MAX_TEXT_CHARACTERS = 4_000;
/** Indentation makes the length of a nested value quadratic in its depth. */
const MAX_DEPTH = 10;

type Entry = Record<string, unknown>;
type CleanText = (text: string, key: string) => string;

/**
 * Turns pino's lines into lines that are harmless to a terminal, well-formed and bounded, whatever
 * the SDK or a library logged.
 */
export function createLineFormat(format: LogFormat): (json: string) => string {
  const isPretty = format === 'pretty';
  const render = isPretty ? createPretty() : (entry: Entry) => `${jsonLine(entry)}\n`;
  const clean = isPretty ? visible : (text: string) => text;
  const short = (json: string, isLong: boolean) => {
    if (!isPretty && !isLong) return `${harmlessJson(json.trimEnd())}\n`;
    return render(mapped(entryIn(json), isLong ? (text, key) => clean(cut(text), key) : clean));
  };
  return (json) => {
    const line = short(json, json.length > MAX_LINE_CHARACTERS);
    return line.length > MAX_LINE_CHARACTERS ? render(mapped(essence(entryIn(json), json.length), clean)) : line;
  };
}

function createPretty(): (entry: Entry) => string {
  const pretty = prettyFactory({ ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  return (entry) => {
    try {
      return pretty(entry);
    } catch {
      // It throws at a field that bears one of its own names, such as a level that is no text.
      const { level, time, msg, ...others } = entry;
      const own = textsOf({ level, time, msg });
      return pretty({ level: 'error', ...own, fields: JSON.stringify(others) });
    }
  };
}

function entryIn(json: string): Entry {
  try {
    return JSON.parse(json) as Entry;
  } catch {
    // A secret that was blanked took a part of the form with it.
    return { level: 'error', msg: json };
  }
}

/** Every text and every key, cleaned. */
function mapped(entry: Entry, clean: CleanText): Entry {
  const valueOf = (value: unknown, key: string, depth: number): unknown => {
    if (typeof value === 'string') return clean(value, key);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) return '…';
    if (Array.isArray(value)) return value.map((item) => valueOf(item, '', depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [clean(name, ''), valueOf(field, name, depth + 1)]),
    );
  };
  return valueOf(entry, '', 0) as Entry;
}

function cut(text: string): string {
  if (text.length <= MAX_TEXT_CHARACTERS) return text;
  return `${text.slice(0, MAX_TEXT_CHARACTERS)}… (cut: it has ${text.length} characters)`;
}

/** Of a line that is still too long with every text cut. */
function essence({ level, time, msg }: Entry, characters: number): Entry {
  const texts = Object.entries(textsOf({ level, time, msg })).map(([key, text]) => [key, cut(text)] as const);
  return { ...Object.fromEntries(texts), cut: `its other fields: the line has ${characters} characters` };
}

function textsOf(entry: Entry): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entry).filter((field): field is [string, string] => typeof field[1] === 'string'),
  );
}

/** Human-readable. A stack keeps its lines: they are indented. */
function visible(text: string, key: string): string {
  return key === 'stack' ? text.split('\n').map(escapedControls).join('\n') : escapedControls(text);
}

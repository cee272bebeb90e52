import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createLog } from '../../worker/log';
import type { LogFormat } from '../../worker/logLine';
import { LOG_FORMATS } from '../../worker/logLine';

/** What may not stand in a line, other than the ends of a pretty line's own lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** The bound, and as much again for the escapes in a line that is cut. */
const MAX_CHARACTERS = 64 * 1024;

function logged(format: LogFormat, fields: object, msg: string): string {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  createLog({ level: 'info', format, scrub: (line) => line, write }).info(fields, msg);
  return lines.join('');
}

const HOSTILE = ['\u0000', '\b', '\t', '\n', '\r', '\u001b[2J', '\u001b]8;;x\u0007', '\u007f', '\u009b31m'].concat([
  '\u200b',
  '\u202e',
  '\u2066',
  '\ufeff',
  '\u2028',
  '\u2029',
  '\ud800',
  '\udc00',
  '\\ud800',
  '\\',
  '"',
  '😀',
]);
const text = fc
  .array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'binary' })))
  .map((parts) => parts.join(''));
/** Some have a meaning to pino or to its pretty form. */
const names = fc.oneof(
  text,
  fc.constantFrom('stack', 'type', 'err', 'error', 'cause', 'name', 'message', 'time', 'level', 'msg'),
);
/** JSON that throws where it is made a text. */
const unprintables = fc.constantFrom({ toString: null }, { toString: '' }, { valueOf: null, toString: 1 });
const values = fc.oneof(text, fc.jsonValue(), fc.constant('Error'), unprintables, fc.dictionary(names, text));
const fields = fc.dictionary(names, values);
const errors = fc.tuple(text, text).map(([message, name]) => Object.assign(new Error(message), { name }));

/** pino's own names: a field of that name stands in their place. */
const OWN_KEYS = ['level', 'time', 'msg'];

describe('a line of the log', () => {
  it('is one line of well-formed JSON that holds what was logged, and nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(text, fields, errors, (msg, more, error) => {
        const line = logged('json', { more, error }, msg);
        expect(line).toMatch(/\n$/);
        expect(line.slice(0, -1)).not.toMatch(UNPRINTABLE);
        const entry = JSON.parse(line, (key, value: unknown) => {
          expect(key).not.toMatch(/\p{Cs}/u);
          if (typeof value === 'string') expect(value).not.toMatch(/\p{Cs}/u);
          return value;
        }) as Record<string, unknown>;
        expect(entry.msg).toBe(msg.replace(/\p{Cs}/gu, '\ufffd'));
        expect(entry.error).toMatchObject({ message: error.message.replace(/\p{Cs}/gu, '\ufffd') });
      }),
    );
  });

  it('shows people nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(text, fields, errors, (msg, more, error) => {
        const line = logged('pretty', { ...more, error }, msg);
        expect(line.replaceAll('\n', '')).not.toMatch(UNPRINTABLE);
      }),
    );
  });

  it('shows people no line that somebody else made up', () => {
    fc.assert(
      fc.property(text, fields, errors, (msg, more, err) => {
        const others = Object.entries(more).filter(([key]) => !OWN_KEYS.includes(key));
        const [first, ...rest] = logged('pretty', { ...Object.fromEntries(others), err }, msg)
          .trimEnd()
          .split('\n');
        expect(first).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO( \(.*\))?:/);
        for (const line of rest) expect(line === '' || line.startsWith(' ')).toBe(true);
      }),
    );
  });

  it('shows people the number of what it does not print', () => {
    expect(logged('pretty', {}, 'a\u001b[2J\u202eb\n')).toMatch(/: a\\u001b\[2J\\u202eb\\u000a\n$/);
  });

  it('keeps the lines of a stack', () => {
    const err = new Error('why');
    err.stack = 'Error: why\n    at one\n    at two';
    expect(
      logged('pretty', { err }, 'failed')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(expect.arrayContaining(['at one', 'at two']));
  });

  const MEGABYTE = 1_000_000;
  const LONG: Record<string, readonly [object, string]> = {
    'a message': [{}, 'x'.repeat(MEGABYTE)],
    'a message of characters that are escaped': [{}, '\u001b'.repeat(MEGABYTE)],
    'a message of pairs': [{}, `x${'😀'.repeat(MEGABYTE)}`],
    'a field': [{ orgId: 'o'.repeat(MEGABYTE) }, 'message'],
    'a stack': [{ err: Object.assign(new Error('why'), { stack: 'at x\n'.repeat(MEGABYTE) }) }, 'message'],
    'many fields': [Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, index])), 'message'],
    'the name of a field': [{ ['k'.repeat(MEGABYTE)]: 1 }, 'message'],
    'a long list': [{ list: Array.from({ length: 500_000 }, () => 0) }, 'message'],
  };
  describe.each(LOG_FORMATS)('as %s', (format) => {
    it.each(Object.entries(LONG))('is bounded in length, and says that it was cut: %s', (_, [more, msg]) => {
      const line = logged(format, more, msg);
      expect(line.length).toBeLessThan(MAX_CHARACTERS);
      expect(line).toMatch(/cut|…/);
      expect(line).toContain(msg === 'message' ? msg : '(cut: it has ');
      if (format === 'json') expect(JSON.parse(line)).toMatchObject({ level: 'info' });
    });

    it('is bounded in length where a value is deep', () => {
      const nested = (depth: number): unknown => (depth === 0 ? 'x' : { in: [nested(depth - 1)] });
      expect(logged(format, { deep: nested(1_000) }, 'message').length).toBeLessThan(MAX_CHARACTERS);
    });

    it('is whole where it is just long', () => {
      const stack = `Error: why\n${'    at frame\n'.repeat(1_000)}`;
      expect(logged(format, { err: Object.assign(new Error('why'), { stack }) }, 'failed')).not.toContain('cut');
    });
  });
});

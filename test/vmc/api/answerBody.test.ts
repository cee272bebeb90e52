import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AnswerBodies } from '../../../vmc/api/answerBody';
import { countTurns } from '../reads/turns';

const SECRET = 'canary+/="\\é';
const { signal } = new AbortController();

function parse(text: string, sliceCharacters?: number): Promise<unknown> {
  return new AnswerBodies(sliceCharacters).parse(text, { secrets: [SECRET, 'abc'], signal });
}

/** The same thing in one go, as plainly as it can be said. */
function parsedWhole(text: string): unknown {
  try {
    return JSON.parse(text, (key, value: unknown) =>
      typeof value === 'string' && key !== 'id' && !(key === 'status' && value === 'STARTED')
        ? value.replaceAll(SECRET, '[secret]')
        : value,
    );
  } catch {
    return undefined;
  }
}

const texts = fc.oneof(
  fc.string(),
  fc.constantFrom(SECRET, `x${SECRET}x`, 'STARTED', '\\', '"', '[,]', '{"', '\\u005c"'),
);
const values = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    texts,
    fc.jsonValue(),
    fc.array(tie('value')),
    fc.dictionary(fc.oneof(fc.constantFrom('id', 'status'), texts), tie('value')),
  ),
})).value;
const indents = fc.constantFrom('', ' ', '\n\t');
/** Every character as its number: whatever a server's JSON library escapes. */
const escaped = (json: string) =>
  json.replace(/[^\s[\]{}",:\\tfalsrun0-9eE.+-]/g, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
const lists = fc.tuple(fc.array(values), indents, fc.boolean()).map(([list, indent, isEscaped]) => {
  const json = JSON.stringify(list, null, indent);
  return isEscaped ? escaped(json) : json;
});
const sliceSizes = fc.integer({ min: 1, max: 60 });

describe('the body of an answer', () => {
  it('is the same in slices as in one piece, secrets blanked however they are escaped', async () => {
    await fc.assert(
      fc.asyncProperty(lists, sliceSizes, async (json, sliceCharacters) => {
        expect(await parse(json, sliceCharacters)).toEqual(parsedWhole(json));
        expect(await parse(json)).toEqual(parsedWhole(json));
      }),
      { numRuns: 200 },
    );
  });

  it('has a long secret in no id, and leaves an id to which a short one happens to be like', async () => {
    const bodies = new AnswerBodies();
    const secrets = ['a-secret-as-long', 'task'];
    const list = JSON.stringify([{ id: 'for a-secret-as-long', status: 'a-secret-as-long' }, { id: 'task-1' }]);
    expect(await bodies.parse(list, { secrets, signal })).toEqual([
      { id: 'for [secret]', status: '[secret]' },
      { id: 'task-1' },
    ]);
  });

  it('is no JSON in slices where it is none in one piece', async () => {
    const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
    const cuts = fc.record({
      at,
      length: fc.nat(2),
      text: fc.constantFrom('', ',', '[', ']', '{', '}', '"', '\\', ' ', '1', '\u00a0'),
    });
    await fc.assert(
      fc.asyncProperty(lists, sliceSizes, fc.array(cuts, { minLength: 1, maxLength: 2 }), async (json, size, all) => {
        const broken = all.reduce((text, cut) => {
          const cutAt = Math.floor(cut.at * (text.length + 1));
          return text.slice(0, cutAt) + cut.text + text.slice(cutAt + cut.length);
        }, json);
        expect(await parse(broken, size)).toEqual(parsedWhole(broken));
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['no list', '<html>'],
    ['a list without an end', '[1,2'],
    ['a list that ends as an object', '[1,2}'],
    ['a comma at the end', '[1,2,]'],
    ['a comma at the start', '[,1,2]'],
    ['a comma too much', '[1,,2]'],
    ['a blank item', '[1,  ,2]'],
    ['more after it', '[1,2] 3'],
    ['another list after it', '[1],[2]'],
    ['brackets that do not match', '[{],[}]'],
    ['a text without an end', '["a","b]'],
    ['a space that JSON does not know', '\u00a0[1,2]'],
  ])('is undefined for %s', async (_, text) => {
    for (const size of [1, 2, 3, undefined]) expect(await parse(text, size)).toBeUndefined();
  });

  it('keeps the last of two values of one name', async () => {
    expect(await parse('[{"id":"a","id":"b"},{"id":"c"}]', 1)).toEqual([{ id: 'b' }, { id: 'c' }]);
  });

  it.each([
    ['many values', `[${'0,'.repeat(20_000)}0]`],
    ['many objects', `{"params":[${'{},'.repeat(20_000)}{}]}`],
    ['many levels', `${'['.repeat(1_000)}${']'.repeat(1_000)}`],
    ['what is no JSON, in many levels', '{"a":'.repeat(2_000) + '}'.repeat(2_000)],
  ])('has null in the place of an item with %s', async (_, item) => {
    for (const size of [1, 64 * 1024]) {
      const filling = JSON.stringify('x'.repeat(64 * 1024));
      expect(await parse(`[${item},{"id":"a"},${item},${filling},{"id":"b"},${item}]`, size)).toEqual([
        null,
        { id: 'a' },
        null,
        'x'.repeat(64 * 1024),
        { id: 'b' },
        null,
      ]);
    }
  });

  it('is undefined for a value that is no list and longer than a task may be', async () => {
    expect(await parse(JSON.stringify({ a: 'x'.repeat(1024 * 1024) }))).toBeUndefined();
    expect(await parse(JSON.stringify({ a: 'x'.repeat(1_000_000) }))).toMatchObject({ a: expect.any(String) });
  });

  const MEBIBYTE = 1024 * 1024;
  it.each([
    ['tasks', `[${`{"id":"a","params":"${'x'.repeat(1_000)}"},`.repeat(4_000)}0]`],
    ['tiny things', `[${'{},'.repeat(MEBIBYTE)}0]`],
  ])('lets the event loop come round for every 64 KiB of a long list, of %s', async (_, text) => {
    const stop = countTurns();
    await parse(text);
    expect(stop()).toBeGreaterThanOrEqual(Math.floor(text.length / (64 * 1024)) - 4);
  });

  it('is read after the other long ones, and not at the same time', async () => {
    const bodies = new AnswerBodies();
    const text = `[${`"${'x'.repeat(1_000)}",`.repeat(1_000)}0]`;
    const stop = countTurns();
    await Promise.all(Array.from({ length: 10 }, () => bodies.parse(text, { secrets: [], signal })));
    expect(stop()).toBeGreaterThanOrEqual((10 * text.length) / (70 * 1024));
  });

  it('is given up when its caller has no more time for it, at once and whoever else is read, and those after it are read', async () => {
    const bodies = new AnswerBodies();
    const text = `[${`"${'x'.repeat(1_000)}",`.repeat(1_000)}0]`;
    const [first, second] = [new AbortController(), new AbortController()];
    const ended: string[] = [];
    const all = [
      bodies.parse(text, { secrets: [], signal: first.signal }).catch(() => ended.push('first')),
      bodies.parse(text, { secrets: [], signal }).then(() => ended.push('whole')),
      bodies.parse(text, { secrets: [], signal: second.signal }).catch(() => ended.push('second')),
      bodies.parse(text, { secrets: [], signal }).then(() => ended.push('last')),
    ];
    first.abort();
    await new Promise((resolve) => setImmediate(resolve));
    second.abort();
    await Promise.all(all);
    expect(ended).toEqual(['first', 'second', 'whole', 'last']);
  });
});

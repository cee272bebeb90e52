import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { list, codeSpan, codeSpans } from '../../../domain/text/markdown';

describe('foreign text in Markdown', () => {
  it('is a code span, in which nothing is markup', () => {
    expect(codeSpan('<img src=x> [a](javascript:b) "c"')).toBe('`<img src=x> [a](javascript:b) "c"`');
  });

  it('has a fence that nothing in it closes', () => {
    expect(codeSpan('a`b')).toBe('`` a`b ``');
    expect(codeSpan('```')).toBe('```` ``` ````');
  });

  it('is one line, without marks that nobody sees', () => {
    expect(codeSpan('a\n# b\u202e\u0000c\n')).toBe('`a # b c`');
  });

  it('has nothing left in it of what would color a terminal', () => {
    expect(codeSpan('\u001b[31mred\u001b[0m and \u009b1mbold')).toBe('`red and bold`');
    expect(codeSpan('\u001b[2J')).toBe('');
  });

  it('is left out where there is nothing to see', () => {
    expect(codeSpan(null)).toBe('');
    expect(codeSpan(' \n')).toBe('');
    expect(codeSpans(['a', null, '', 'b  \t c'])).toBe('`a`, `b c`');
  });

  it('ends only at its end, whatever it holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('`', 'a', '\\', ' ', '\n') }),
    );
    fc.assert(
      fc.property(text, (foreign) => {
        const span = codeSpan(foreign);
        const [fence = ''] = /^`*/.exec(span) ?? [];
        const fences = Array.from(span.matchAll(/`+/g), ([run]) => run).filter((run) => run === fence);
        expect(span === '' || (fences.length === 2 && span.endsWith(fence))).toBe(true);
        expect(span).not.toMatch(/[\n\p{Cc}]/u);
      }),
    );
  });
});

describe('a list', () => {
  it('has a line for each item', () => {
    expect(list(['a', 'b'])).toBe('- a\n- b');
  });
});

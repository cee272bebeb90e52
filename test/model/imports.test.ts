import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

/** Here the model meets what it is the model of. */
const MEETINGS = ['modelledRun.ts', 'core.test.ts'];

it('the model shares no code with what it judges', () => {
  const files = readdirSync(__dirname).filter((name) => !MEETINGS.includes(name));
  expect(files).toContain('conclusions.ts');
  for (const name of files) {
    const source = readFileSync(`${__dirname}/${name}`, 'utf8');
    const imported = [...source.matchAll(/(?:from|import|require)\s*\(?\s*'([^']+)'/g)].map(([, from]) => from);
    expect(imported.filter((from) => from?.startsWith('..'))).toEqual([]);
  }
});

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';

const DOCS = path.join(__dirname, '..', '..', 'docs');

/** Threat, defence and tests of each line, without the lines that name who. */
const rows = readFileSync(path.join(DOCS, 'security.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!Threat|-|\*\*)/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | *\|$/g, '').trim()));

it('every line of docs/security.md has a threat, a defence and a test that is there', () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const [threat = '', defence = '', tests = ''] of rows) {
    const files = [...tests.matchAll(/\]\((.*?)\)/g)].map(([, file = '']) => file);
    const missing = files.filter((file) => !file.endsWith('.test.ts') || !existsSync(path.join(DOCS, file)));
    expect({ threat, defence, tests: files.length > 0, missing }).toEqual({
      threat: expect.stringMatching(/\w/),
      defence: expect.stringMatching(/\w/),
      tests: true,
      missing: [],
    });
  }
});

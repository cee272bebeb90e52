import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { scripts } from '../../package.json';
import { ROOT } from '../deploy/variables';

const page = readFileSync(path.join(ROOT, 'docs/reliability.md'), 'utf8');

it('every row of evidence on docs/reliability.md has an amount and a result', () => {
  const [, table = ''] = /^\| Evidence.*\n\|[-| ]+\n((?:\|.*\n)+)/m.exec(page) ?? [];
  const rows = table
    .trim()
    .split('\n')
    .map((row) => row.split('|').map((cell) => cell.trim()));
  expect(rows.length).toBeGreaterThan(5);
  for (const [, evidence, amount, result] of rows)
    expect([evidence, amount, result].every((cell) => cell !== undefined && cell.length > 1)).toBe(true);
});

it('every command on docs/reliability.md is one of this project', () => {
  const commands = [...page.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name);
  expect(commands.length).toBeGreaterThan(5);
  for (const name of commands) expect(Object.keys(scripts)).toContain(name);
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { ownVariables, ROOT, temporalVariables } from './variables';

const documented = readFileSync(path.join(ROOT, 'docs', 'deployment.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((row) => row.split('|')[1]?.match(/\b(?:VMC|TEMPORAL)_[A-Z_]+/g) ?? []);

it('docs/deployment.md has a row for every variable that our code reads', () => {
  const read = [...ownVariables(), ...temporalVariables()];
  expect(read.filter((variable) => !documented.includes(variable))).toEqual([]);
});

it('docs/deployment.md has a row for no variable that nobody reads', () => {
  const read = new Set([...ownVariables(), ...temporalVariables()]);
  expect(documented.filter((variable) => !read.has(variable))).toEqual([]);
});

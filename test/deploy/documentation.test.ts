import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { readWorkerConfiguration } from '../../worker/configuration';
import { ownVariables, ROOT, temporalVariables } from './variables';

/** Cells of the tables' rows. */
const rows = readFileSync(path.join(ROOT, 'docs', 'deployment.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const documented = rows.flatMap(([, variables = '']) => variables.match(/\b(?:VMC|TEMPORAL)_[A-Z_]+/g) ?? []);

it('docs/deployment.md has a row for every variable that our code reads', () => {
  const read = [...ownVariables(), ...temporalVariables()];
  expect(read.filter((variable) => !documented.includes(variable))).toEqual([]);
});

it('docs/deployment.md has a row for no variable that nobody reads', () => {
  const read = new Set([...ownVariables(), ...temporalVariables()]);
  expect(documented.filter((variable) => !read.has(variable))).toEqual([]);
});

it('docs/deployment.md has the defaults of the code', async () => {
  const token = { VMC_API_TOKEN: 'token' };
  const defaults = rows.flatMap(([, variable = '', reader = '', value = '']) => {
    const [, name] = /^`((?:VMC|TEMPORAL)_[A-Z_]+)`$/.exec(variable) ?? [];
    const [, code, number] = /^(?:`([^`]*)`|([\d,]+))$/.exec(value) ?? [];
    const text = code ?? number?.replaceAll(',', '');
    return name === undefined || text === undefined || !reader.includes('worker') ? [] : [[name, text] as const];
  });
  expect(defaults.length).toBeGreaterThanOrEqual(10);
  const configured = await readWorkerConfiguration({ ...token, ...Object.fromEntries(defaults) });
  expect(configured).toMatchObject({ ok: true });
  expect(configured).toEqual(await readWorkerConfiguration(token));
});

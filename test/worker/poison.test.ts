import { expect, it, jest } from '@jest/globals';
import { draws } from '../environment/draws';
import { inputsPart } from '../malformed/parts';

const COUNT = draws(200, 2_000);
const SEED = 1;

jest.setTimeout(10 * 60_000);

it(`${COUNT} generated starts, updates, signals and queries end in a typed answer each, and the worker never notices`, async () => {
  const { tally } = await inputsPart(SEED, COUNT);
  expect(tally.findings).toEqual([]);
  for (const outcome of ['start InvalidInput', 'update InvalidInput', 'update answered', 'query answered'])
    expect(tally.outcomes.get(outcome)).toBeGreaterThan(0);
  expect(tally.outcomes.get('good start CANCELED')).toBeGreaterThan(1);
});

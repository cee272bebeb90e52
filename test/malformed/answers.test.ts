import { afterEach, expect, it, jest } from '@jest/globals';
import { draws } from '../environment/draws';
import type { Source } from './answers/campaign';
import { makeCalls, sourceHere } from './answers/campaign';
import { Calls } from './answers/calls';
import { Tally } from './tally';

jest.setTimeout(5 * 60_000);

const SEED = 1;
const COUNT = draws(1_000, 5_000);

let source: Source;
afterEach(async () => {
  await source.stop();
});

async function tallyOf(answered: number, judged: number, count: number): Promise<Tally> {
  source = await sourceHere(answered);
  const calls = new Calls(source.url);
  const tally = new Tally();
  await makeCalls(calls, judged, { from: 0, to: count }, tally);
  calls.close();
  return tally;
}

it(`${COUNT} malformed answers come to a typed outcome each, by the contract and in texts without a secret`, async () => {
  const { outcomes, findings } = await tallyOf(SEED, SEED, COUNT);
  expect(findings).toEqual([]);
  const some = ['cancel accepted', 'get task', 'list tasks', 'signIn granted', 'get Forbidden', 'list VmcApiError'];
  for (const outcome of some) expect(outcomes.get(outcome)).toBeGreaterThan(0);
});

it('an answer that comes to another outcome than it should is found', async () => {
  const { findings } = await tallyOf(SEED, SEED + 1, 200);
  expect(findings.map(({ problem }) => problem).join()).toMatch(/came to \w+ .*and not to/);
});

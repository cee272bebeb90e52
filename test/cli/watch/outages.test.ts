import { expect, it } from '@jest/globals';
import { Outages } from '../../../cli/watch/outages';

const [ONE, OTHER] = [{ workflowId: 'one' }, { workflowId: 'other' }];
const NO_WORKER = new Error('no worker');

function printed() {
  const lines: string[] = [];
  const clock = { ms: 0 };
  const outages = new Outages({ waiting: (message) => lines.push(message) }, () => clock.ms);
  return { lines, clock, outages };
}

it('an outage is printed once for all that it delays, until it is over for the last of them', () => {
  const { lines, clock, outages } = printed();
  outages.met(ONE, NO_WORKER);
  outages.met(OTHER, NO_WORKER);
  outages.passed(ONE);
  clock.ms += 60_000;
  outages.met(ONE, NO_WORKER);
  expect(lines).toEqual(['no worker']);
});

it('an outage that returns is printed again, but not within seconds', () => {
  const { lines, clock, outages } = printed();
  for (const waitMs of [0, 5_000, 10_000, 10_001]) {
    clock.ms += waitMs;
    outages.met(ONE, NO_WORKER);
    outages.passed(ONE);
  }
  expect(lines).toEqual(['no worker', 'no worker']);
});

it('another outage is news at once', () => {
  const { lines, outages } = printed();
  outages.met(ONE, NO_WORKER);
  outages.met(ONE, new Error('no Temporal'));
  expect(lines).toEqual(['no worker', 'no Temporal']);
});

import { describe, expect, it } from '@jest/globals';
import { cachedRuns } from '../../worker/workflowCache';

const GIB = 2 ** 30;

describe('the runs that a worker keeps in memory', () => {
  it.each([
    { heapGib: 0.125, runs: 10 },
    { heapGib: 0.5, runs: 312 },
    { heapGib: 1, runs: 824 },
    { heapGib: 4, runs: 1_000 },
  ])('are $runs with a heap of $heapGib GiB', ({ heapGib, runs }) => {
    expect(cachedRuns(heapGib * GIB)).toBe(runs);
  });
});

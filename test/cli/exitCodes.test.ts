import { describe, expect, it } from '@jest/globals';
import { combinedExitCode, OUTCOME_EXIT_CODES } from '../../cli/exitCodes';

describe('exit codes', () => {
  it('tell the outcomes apart', () => {
    expect(OUTCOME_EXIT_CODES).toEqual({
      CANCELED: 0,
      FINISHED: 10,
      FAILED: 11,
      NOT_CANCELABLE: 12,
      DEADLINE_EXCEEDED: 13,
      ABANDONED: 14,
    });
  });

  it.each([
    [[0, 0], 0],
    [[0, 10, 12, 11], 12],
    [[14, 1, 0], 1],
    [[], 0],
  ])('of several tasks: %j makes %i', (codes, combined) => {
    expect(combinedExitCode(codes)).toBe(combined);
  });
});

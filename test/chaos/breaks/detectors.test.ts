import { describe, expect, it } from '@jest/globals';
import { caughtByCampaign, caughtByModel } from './detectors';

const COUNTS = 'started 60   right 57   wrong 2   lost 0   late 4   over budget 1   leaked 0   open 0';

describe('a break is caught', () => {
  it('by the model where a run met an objection, after so many runs', () => {
    expect(caughtByModel(true, '')).toBeNull();
    expect(caughtByModel(false, 'Error: Property failed after 41 tests\n{ seed: 1 }')).toEqual({
      by: 'model',
      afterCancellations: 41,
    });
  });

  it('by a campaign where it found something, a late verdict not counted', () => {
    expect(caughtByCampaign(true, COUNTS)).toBeNull();
    expect(caughtByCampaign(false, `seed 1\n${COUNTS}\noutcomes`)).toBe('wrong 2, over budget 1');
  });

  it('by nothing where model or campaign could not run', () => {
    expect(() => caughtByModel(false, 'SyntaxError: unexpected token')).toThrow('SyntaxError');
    expect(() => caughtByCampaign(false, 'Error: ECONNREFUSED')).toThrow('ECONNREFUSED');
  });
});

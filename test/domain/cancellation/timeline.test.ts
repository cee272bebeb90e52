import { describe, expect, it } from '@jest/globals';
import type { Timeline } from '../../../domain/cancellation/timeline';
import { TIMELINE_LIMIT, withEvent } from '../../../domain/cancellation/timeline';

describe('the timeline', () => {
  it('keeps the first entries and the latest ones, in order, and never more than its limit', () => {
    let state: { timeline: Timeline } = { timeline: [] };
    for (let n = 0; n < 200; n += 1) state = withEvent(state, n, 'phaseChanged');
    const kept = state.timeline.map((entry) => Date.parse(entry.at));
    expect(kept).toHaveLength(TIMELINE_LIMIT);
    expect(kept.slice(0, 15)).toEqual(Array.from({ length: 15 }, (_, n) => n));
    expect(kept.slice(15)).toEqual(Array.from({ length: 35 }, (_, n) => 165 + n));
  });
});

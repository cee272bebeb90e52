import { describe, expect, it } from '@jest/globals';
import type { CallFailure } from '../../../domain/contract/answers';
import type { Pause } from '../../../vmc/reads/pause';
import { answeredIn, gapMsAt, pauseAfter } from '../../../vmc/reads/pause';

function failure(httpStatus: number, retryAfterMs: number | null): CallFailure {
  return { type: 'RateLimited', message: '', retryable: true, httpStatus, errorCode: null, retryAfterMs };
}

/** The pauses after bare 429s, each to a call that was sent once the pause before was over. */
function bareInARow(count: number): Pause[] {
  const pauses: Pause[] = [];
  for (let atMs = 0; pauses.length < count;) {
    const pause = pauseAfter(pauses.at(-1) ?? null, failure(429, null), { sentAtMs: atMs, atMs });
    if (pause === null) throw new Error('a 429 makes a pause');
    pauses.push(pause);
    atMs = pause.untilMs;
  }
  return pauses;
}

describe('a pause', () => {
  it('is as long as a Retry-After says, whatever the status', () => {
    expect(pauseAfter(null, failure(503, 30_000), { sentAtMs: 0, atMs: 100 })?.untilMs).toBe(30_100);
  });

  it('comes of no other failure', () => {
    expect(pauseAfter(null, failure(503, null), { sentAtMs: 0, atMs: 0 })).toBeNull();
  });

  it('after bare 429s is 5 s, doubling to a minute', () => {
    const lengths = bareInARow(6).map(({ beganAtMs, untilMs }) => untilMs - beganAtMs);
    expect(lengths).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  });

  it('is one for all calls that were in flight when it began', () => {
    const [pause] = bareInARow(1);
    expect(pauseAfter(pause ?? null, failure(429, null), { sentAtMs: 0, atMs: 50 })).toBe(pause);
  });

  it('is never made shorter', () => {
    const long = pauseAfter(null, failure(429, 60_000), { sentAtMs: 0, atMs: 0 });
    expect(pauseAfter(long, failure(429, 1_000), { sentAtMs: 10, atMs: 10 })?.untilMs).toBe(60_000);
  });

  it('begins with 5 s again once a call was answered', () => {
    const third = bareInARow(3).at(-1) ?? null;
    const atMs = third?.untilMs ?? 0;
    const answered = answeredIn(third, atMs);
    expect(pauseAfter(answered, failure(429, null), { sentAtMs: atMs + 1, atMs: atMs + 1 })?.untilMs).toBe(
      atMs + 5_001,
    );
  });

  it('is followed by a slow pace that doubles every five seconds', () => {
    const pause = pauseAfter(null, failure(429, 10_000), { sentAtMs: 0, atMs: 0 });
    expect([10_000, 14_999, 15_000, 20_000, 25_000, 30_000, 3_600_000].map((atMs) => gapMsAt(pause, atMs))).toEqual([
      200, 200, 100, 50, 25, 17, 17,
    ]);
    expect(gapMsAt(null, 0)).toBe(17);
  });
});

import { describe, expect, it, jest } from '@jest/globals';
import { NoWorkerError, TemporalUnreachableError } from '../../client';
import type { CancelTaskProgress } from '../../domain/contract/result';
import type { WatchedRun } from '../../client/watch';
import { nextLookMs, watchRun } from '../../client/watch';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

describe('the progress is asked for', () => {
  it.each([
    ['soon after the next status read', 2_000, 2_500],
    ['after some seconds where that is far off', 60_000, 5_000],
    ['after a second where it is due', -10_000, 1_000],
  ])('%s', (_rule, untilPolledMs, waitMs) => {
    expect(nextLookMs(new Date(NOW_MS + untilPolledMs).toISOString(), NOW_MS)).toBe(waitMs);
  });

  it('after a second where no read is planned', () => {
    expect(nextLookMs(null, NOW_MS)).toBe(1_000);
  });
});

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(new DOMException('left', 'AbortError'));
    });
  });
}

async function firstEvent(run: WatchedRun) {
  for await (const event of watchRun(run, {})) return event;
  return null;
}

describe('a watch', () => {
  it.each([
    ['noWorker', new NoWorkerError('vmc-cancel')],
    ['unreachable', new TemporalUnreachableError('localhost:7233', new Error('down'))],
  ])('tells %s and goes on', async (kind, error) => {
    const event = await firstEvent({ result: untilAborted, progress: () => Promise.reject(error) });
    expect(event).toEqual({ kind, error });
  });

  it('tells at once of an outage that the wait for the end has met, however long it is to the next look', async () => {
    const error = new TemporalUnreachableError('localhost:7233', new Error('down'));
    const nextPollAt = new Date(Date.now() + 3_600_000).toISOString();
    const progress = jest.fn(() => Promise.resolve({ nextPollAt } as CancelTaskProgress));
    let meetOutage: (error: TemporalUnreachableError) => void = () => undefined;
    const result: WatchedRun['result'] = (signal, onUnreachable) => {
      meetOutage = onUnreachable;
      return untilAborted(signal);
    };
    const watch = watchRun({ result, progress }, {});
    expect((await watch.next()).value).toMatchObject({ kind: 'progress' });
    const next = watch.next();
    meetOutage(error);
    expect((await next).value).toEqual({ kind: 'unreachable', error });
    expect(progress).toHaveBeenCalledTimes(1);
    await watch.return();
  });

  it('ends its long poll when nobody watches any more', async () => {
    const ended: string[] = [];
    const result = (signal: AbortSignal) => {
      signal.addEventListener('abort', () => ended.push('result'));
      return untilAborted(signal);
    };
    await firstEvent({ result, progress: () => Promise.reject(new NoWorkerError('vmc-cancel')) });
    expect(ended).toEqual(['result']);
  });

  it('rejects with what is no outage', async () => {
    const broken = new TypeError('broken');
    await expect(firstEvent({ result: untilAborted, progress: () => Promise.reject(broken) })).rejects.toBe(broken);
    await expect(firstEvent({ result: () => Promise.reject(broken), progress: untilAborted })).rejects.toBe(broken);
  });
});

import { describe, expect, it } from '@jest/globals';
import { workerCheck } from '../../client/workerCheck';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

function poller(identity: string, agoSeconds: number) {
  return { identity, lastAskedAtMs: NOW_MS - agoSeconds * 1_000 };
}

function check(workflows: ReturnType<typeof poller>[], activities: ReturnType<typeof poller>[]) {
  return workerCheck({ taskQueue: 'q', workflows, activities }, NOW_MS);
}

describe('the check of the worker', () => {
  it('is good where workflows and activities are asked for, and tells by whom and when', () => {
    const { ok, message, remedy } = check([poller('1@a', 3)], [poller('1@a', 69), poller('2@b', 5)]);
    expect({ ok, remedy }).toEqual({ ok: true, remedy: null });
    expect(message).toBe(
      'the task queue "q" is polled (workflows: 1@a 3 s ago; activities: 1@a 1 m 9 s ago, 2@b 5 s ago)',
    );
  });

  it('is bad where nobody asks, and where only one of the two is asked for', () => {
    for (const seen of [check([], []), check([poller('1@a', 3)], []), check([], [poller('1@a', 3)])]) {
      expect(seen.ok).toBe(false);
      expect(seen.message).toMatch(/^no worker polls the task queue "q" .*nobody/);
      expect(seen.remedy).toContain('npm run worker');
    }
  });

  it('does not count those who have not asked for longer than a question waits, and says so', () => {
    const { ok, message } = check([poller('1@a', 71)], [poller('1@a', 250)]);
    expect(ok).toBe(false);
    expect(message).toContain(
      '(workflows: nobody, no longer by 1@a 1 m 11 s ago; activities: nobody, no longer by 1@a 4 m 10 s ago)',
    );
  });

  it('stays good where one has gone beside one that lives', () => {
    const { ok, message } = check([poller('1@a', 3), poller('2@b', 200)], [poller('1@a', 3)]);
    expect(ok).toBe(true);
    expect(message).toContain('workflows: 1@a 3 s ago, no longer by 2@b 3 m 20 s ago;');
  });
});

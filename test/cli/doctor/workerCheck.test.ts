import { describe, expect, it } from '@jest/globals';
import { workerCheck } from '../../../cli/doctor/workerCheck';
import type { Poller } from '../../../temporal/pollers';

const NOW_MS = Date.parse('2026-03-01T10:00:00Z');

function poller(identity: string, agoSeconds: number, version: string | null = null): Poller {
  return { identity, version, build: null, takesTasks: true, lastAskedAtMs: NOW_MS - agoSeconds * 1_000 };
}

function check(workflows: Poller[], activities: Poller[]) {
  return workerCheck({ taskQueue: 'q', workflows, activities }, NOW_MS, '1.0.0');
}

describe('the check of the worker', () => {
  it('is good where workflows and activities are asked for, and tells by whom and when', () => {
    const { ok, message, remedy } = check([poller('1@a', 3)], [poller('1@a', 69), poller('2@b', 5)]);
    expect({ ok, remedy }).toEqual({ ok: true, remedy: null });
    expect(message).toBe(
      'the task queue "q" is polled, version unknown (workflows: 1@a 3 s ago; activities: 1@a 1 m 9 s ago, 2@b 5 s ago)',
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

  it('tells the version of who polls, once', () => {
    const own = poller('1@a', 3, '1.0.0');
    const { message, remedy } = check([own, poller('2@b', 3, '1.0.0')], [own]);
    expect(message).toContain('is polled, version 1.0.0 (workflows: 1@a 3 s ago');
    expect(remedy).toBeNull();
  });

  it('warns of a version that is not this client’s, and does not fail for it', () => {
    const seen = [poller('1@a', 3, '1.0.0'), poller('2@b', 3, '1.1.0'), poller('3@c', 3)];
    const { ok, message, remedy } = check(seen, seen);
    expect(ok).toBe(true);
    expect(message).toContain('version 1.0.0, 1.1.0, unknown, where this client is 1.0.0');
    expect(remedy).toContain('one version');
  });

  it('does not compare the commits of a release', () => {
    const remedyOf = (version: string) => check([poller('1@a', 3, version)], [poller('1@a', 3, version)]).remedy;
    expect(remedyOf('1.0.0-0123456789ab')).toBeNull();
    expect(remedyOf('1.0.0-0123456789ab-dirty')).toBeNull();
    expect(remedyOf('1.1.0-0123456789ab')).toContain('one version');
    expect(remedyOf('1.0.0-rc.1')).toContain('one version');
  });

  it('does not warn of the version of one that has gone', () => {
    const own = poller('1@a', 3, '1.0.0');
    expect(check([own, poller('2@b', 200, '0.9.0')], [own]).remedy).toBeNull();
  });

  it('is bad where versioning keeps the tasks from all that poll, and tells how to change that', () => {
    const waiting = { ...poller('1@a', 3), takesTasks: false };
    const old = poller('2@b', 200);
    const built = { ...waiting, build: { deploymentName: 'cancel', buildId: 'b2' } };
    expect(check([built, old], [built])).toMatchObject({
      ok: false,
      message: expect.stringContaining('build "b2" polls'),
      remedy: 'Promote it with temporal worker deployment set-current-version --deployment-name cancel --build-id b2',
    });
    expect(check([waiting, old], [waiting])).toMatchObject({
      ok: false,
      message: expect.stringContaining('no build id'),
      remedy: expect.stringMatching(/^Set TEMPORAL_DEPLOYMENT_NAME/),
    });
  });

  it('names the builds that take tasks alone', () => {
    const build = (buildId: string, takesTasks: boolean) => ({
      ...poller(`1@${buildId}`, 3),
      build: { deploymentName: 'cancel', buildId },
      takesTasks,
    });
    const side = [build('b1', true), build('b2', false)];
    const { ok, message } = check(side, side);
    expect(ok).toBe(true);
    expect(message).toContain('is polled, build b1 (');
  });
});

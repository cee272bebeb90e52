import { describe, expect, it } from '@jest/globals';
import type { Cancellation } from '../../../domain/cancellation/state';
import { cancelAccepted, cancelFailed, cancelSent } from '../../../domain/cancellation/cancelAnswers';
import { taskRead } from '../../../domain/cancellation/readAnswers';
import { newCancellation } from '../../../domain/cancellation/state';
import {
  cancelLabel,
  cancellationSummary,
  currentDetails,
  readLabel,
  startDetails,
  waitLabel,
} from '../../../domain/text/runText';
import { parseCancelTaskInput } from '../../../domain/contract/input';
import { MAX_DEADLINE_MS } from '../../../domain/contract/limits';
import { parseTask } from '../../../domain/cancellation/task';

const START_MS = Date.UTC(2026, 0, 1);

function settingsWith(input: object = {}) {
  const parsed = parseCancelTaskInput({ orgId: 'org-1', taskId: 'task-1', ...input });
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return parsed.value;
}

function taskOf(body: object) {
  const task = parseTask({ id: 'task-1', status: 'CANCELING', ...body });
  if (task === null) throw new Error('no task');
  return task;
}

const call = { atMs: START_MS, operator: false, random: 0.5 };

const unavailable = {
  type: 'Unavailable' as const,
  message: 'HTTP 503 from vmc.example',
  retryable: true,
  httpStatus: 503,
  errorCode: null,
  retryAfterMs: null,
};

function monitoring(body: object) {
  const settings = settingsWith();
  return cancelAccepted(cancelSent(newCancellation(settings, START_MS), call), taskOf(body), call, settings);
}

describe('the summary', () => {
  it('is a sentence that names the task and the organization', () => {
    expect(cancellationSummary({ orgId: 'org-1', taskId: 'task-1' })).toBe('Cancel task task-1 in org org-1');
  });

  it('fits into 200 bytes with the longest ids', () => {
    expect(
      Buffer.byteLength(cancellationSummary({ orgId: 'o'.repeat(128), taskId: 't'.repeat(128) })),
    ).toBeLessThanOrEqual(200);
  });
});

describe('the details at the start', () => {
  it('say who asked and why, how long it may take, and what a refusal leads to', () => {
    const settings = settingsWith({ reason: 'wrong size', requestedBy: 'ann', deadline: '6h', onDeclined: 'monitor' });
    expect(startDetails(settings)).toBe(
      [
        '- Reason: `wrong size`',
        '- Requested by: `ann`',
        '- Waits for a verdict for 6 h at most',
        '- If the API declines: watches the task to its own end',
      ].join('\n'),
    );
  });

  it('leave out what nobody said', () => {
    expect(startDetails(settingsWith({ reason: ' ' }))).not.toMatch(/Reason|Requested/);
  });
});

describe('the current details', () => {
  const settings = settingsWith({ reason: 'wrong size' });

  it('begin with the summary, and say status, phase, progress, what is due, and who asked for what', () => {
    const state = monitoring({
      phase_in_progress: 'Deleting hosts',
      progress_percent: 62,
      estimated_remaining_minutes: 7,
    });
    const text = currentDetails({ ...state, nextReadAtMs: START_MS + 120_000 }, settings, START_MS + 90_000);
    expect(text.startsWith('**Cancel task task-1 in org org-1**\n\n**MONITORING.** The API accepted')).toBe(true);
    expect(text.split('\n')).toEqual(
      expect.arrayContaining([
        '- Task: `CANCELING`',
        '- Phase: `Deleting hosts`',
        '- Progress: `████████████░░░░░░░░` 62 %, about 7 min left, says the API',
        '- Waiting for 1 m 30 s, as of 2026-01-01 00:01:30 UTC',
        '- Next status read: the 1st, 2026-01-01 00:02:00 UTC, in 30 s',
        '- Deadline: 2026-01-02 00:00:00 UTC, in 23 h 59 m',
        '- Reason: `wrong size`',
        '- So far: 1 cancel request and 0 status reads answered',
      ]),
    );
  });

  it('show the marks of an id as they are', () => {
    const text = currentDetails(newCancellation(settings, START_MS), settingsWith({ taskId: '_a--b_' }), START_MS);
    expect(text).toContain('**Cancel task \\_a-\\-b\\_ in org org-1**');
  });

  it('tell trouble in plain words, since when, and when the task was last seen', () => {
    const state = cancelFailed(monitoring({}), unavailable, { ...call, atMs: START_MS + 5_000 });
    const text = currentDetails(state, settings, START_MS + 6_000);
    expect(text).toContain(
      '⚠️ **Trouble: Unavailable** since 2026-01-01 00:00:05 UTC, 1 call in a row. The API is down or out of reach. The call is repeated until the deadline. It said: `HTTP 503 from vmc.example`',
    );
    expect(text).toContain('- Last seen: 2026-01-01 00:00:00 UTC');
  });

  it('end with the outcome, what it means, and nothing left to do', () => {
    const state = taskRead(
      monitoring({}),
      taskOf({ status: 'CANCELED' }),
      { beganAtMs: START_MS + 30_000, atMs: START_MS + 30_000, random: 0 },
      settings,
    );
    const text = currentDetails(state, settings, START_MS + 31_000);
    expect(text).toContain('**CANCELED** after 30 s. The API says that the task was canceled.');
    expect(text).not.toMatch(/Deadline|Next|you may do/);
  });
});

describe('what an operator may do', () => {
  const settings = settingsWith();
  const updatesOffered = (state: Cancellation) =>
    Array.from(currentDetails(state, settings, START_MS).matchAll(/^- `(\w+)`/gm), ([, name]) => name);

  it('is no second cancel while one is under way', () => {
    expect(updatesOffered(monitoring({ status: 'CANCELING' }))).toEqual([
      'pollNow',
      'extendDeadline',
      'stopMonitoring',
    ]);
  });

  it('is a second cancel where the task goes on as if nothing had been asked', () => {
    expect(updatesOffered(monitoring({ status: 'STARTED' }))).toContain('reissueCancel');
  });

  it('is no extension where there is no room for one', () => {
    const state = { ...monitoring({}), deadlineAtMs: START_MS + MAX_DEADLINE_MS - 60_000 };
    expect(updatesOffered(state)).toEqual(['pollNow', 'stopMonitoring']);
  });

  it('is to bring the first cancel forward while that waits to be sent again', () => {
    const state = cancelFailed(cancelSent(newCancellation(settings, START_MS), call), unavailable, call);
    expect(updatesOffered(state)).toEqual(['pollNow', 'extendDeadline', 'stopMonitoring']);
    expect(currentDetails(state, settings, START_MS)).toContain('`pollNow` sends the cancel now');
  });

  it('is nothing once the watch is stopped', () => {
    expect(updatesOffered({ ...monitoring({}), stopped: true })).toEqual([]);
  });
});

describe('the labels of timers and activities', () => {
  it('say what comes next and how the task stands', () => {
    const state = { ...monitoring({ progress_percent: 62 }), polls: 3 };
    expect(waitLabel(state, { cancelAtMs: Infinity, readAtMs: state.nextReadAtMs ?? Infinity })).toBe(
      'next status read, 4th, task CANCELING 62 %',
    );
    expect(waitLabel(state, { cancelAtMs: START_MS, readAtMs: state.nextReadAtMs ?? Infinity })).toBe(
      'next cancel request, task CANCELING 62 %',
    );
    expect(waitLabel(state, { cancelAtMs: Infinity, readAtMs: Infinity })).toBe('deadline, task CANCELING 62 %');
    expect(readLabel({ ...state, polls: 11 }, false)).toBe('status read, 12th, task CANCELING 62 %');
    expect(readLabel(state, true)).toBe('last status read, at the deadline, task CANCELING 62 %');
  });

  it('tell trouble, and how many calls it has cost', () => {
    const state = cancelFailed(cancelFailed(monitoring({}), unavailable, call), unavailable, call);
    expect(cancelLabel(state)).toBe('ask the API to cancel, again, task CANCELING, trouble: Unavailable, 2 calls');
  });

  it('hold no mark that the API put into a status', () => {
    const state = monitoring({ status: '<img src=x>' });
    expect(readLabel(state, false)).toBe('status read, 1st, task ?img src?x?');
  });

  it('fit into 200 bytes, whatever the API calls its status', () => {
    const state = monitoring({ status: '🙂'.repeat(300), progress_percent: 12.3456789012345 });
    expect(Buffer.byteLength(waitLabel(state, { cancelAtMs: START_MS, readAtMs: START_MS }))).toBeLessThanOrEqual(200);
  });
});

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
    expect(cancellationSummary({ orgId: 'o'.repeat(87), taskId: 't'.repeat(88) })).toBe(
      `Cancel task ${'t'.repeat(86)}… in org ${'o'.repeat(87)}`,
    );
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

describe('the current details as a whole', () => {
  const settings = settingsWith();
  const began = newCancellation(settings, START_MS);
  const declined = { httpStatus: 400, errorCode: 'no', messages: ['not now'] };
  const trouble = { type: 'Timeout' as const, message: 'late', since: '2026-01-01T00:00:04.000Z', failures: 2 };
  const answered = {
    endedAtMs: START_MS,
    fate: 'answered' as const,
    phaseAfter: { phaseInProgress: null, subStatus: null },
  };
  const monitored = { stage: 'monitoring', latestCancel: answered, nextCancelAtMs: null } as const;
  const seen = { lastSeenAtMs: START_MS + 1_000 };
  const read = (state: Partial<Cancellation>) => {
    const [title, ...rest] = currentDetails({ ...began, ...state }, settings, START_MS + 30_000).split('\n');
    expect(title).toBe('**Cancel task task-1 in org org-1**');
    return rest.join('\n').trim();
  };
  const extend = '- `extendDeadline` with `{"by": "6h"}` waits longer, until 2026-01-31 00:00:00 UTC at most';
  const stop = '- `stopMonitoring` ends this watch as ABANDONED; a cancel already sent cannot be withdrawn';

  it('of a first cancel that is being sent', () => {
    expect(read({ cancelInFlight: true, nextCancelAtMs: null }))
      .toBe(`**REQUESTING.** The cancel is being sent to the API.

- Task: not seen yet
- Waiting for 30 s, as of 2026-01-01 00:00:30 UTC
- Deadline: 2026-01-02 00:00:00 UTC, in 1 d
- So far: 0 cancel requests and 0 status reads answered

**What you may do now** (More Actions → Send an Update):

- \`pollNow\` sends the cancel now, if it is not on its way
${extend}
${stop}`);
  });

  it('of a task that goes on after an acceptance and a refusal', () => {
    const task = taskOf({
      ...{ status: 'STARTED', task_type: 'SDDC', error_message: 'odd' },
      ...{ progress_percent: 40, estimated_remaining_minutes: 3 },
    });
    const due = { nextReadAtMs: START_MS + 60_000, polls: 1, cancelRequests: 2 };
    expect(read({ ...monitored, ...seen, ...due, acceptedAtMs: START_MS, task, declined })).toBe(
      `**MONITORING.** The API accepted the cancel, which promises nothing. The task is watched until the API says how it ended.

- Task: \`STARTED\`, \`SDDC\`
- Progress: \`████████░░░░░░░░░░░░\` 40 %, about 3 min left, says the API
- The task's error: \`odd\`
- Waiting for 30 s, as of 2026-01-01 00:00:30 UTC
- Next status read: the 2nd, 2026-01-01 00:01:00 UTC, in 30 s
- Next cancel request: 2026-01-01 00:10:00 UTC, in 9 m 30 s
- Deadline: 2026-01-02 00:00:00 UTC, in 1 d
- The API declined a cancel: HTTP 400, \`no\`, \`not now\`
- So far: 2 cancel requests and 1 status read answered

**What you may do now** (More Actions → Send an Update):

- \`pollNow\` reads the status now, not only when it is due
- \`reissueCancel\` sends the cancel now, not only when it is due
${extend}
${stop}`,
    );
  });

  it('of an unconfirmed cancel, an unknown status and trouble', () => {
    const task = taskOf({ status: 'PAUSED', progress_percent: 5 });
    expect(read({ ...monitored, task, trouble, nextReadAtMs: START_MS + 30_000 })).toBe(
      `**MONITORING.** The API may have received the cancel, but has not confirmed it. The task is watched until the API says how it ended.

⚠️ **Trouble: Timeout** since 2026-01-01 00:00:04 UTC, 2 calls in a row. No answer came in time: the API is slow, or the worker that called it has died. The call is repeated until the deadline. It said: \`late\`

- Task: \`PAUSED\` (a status that this worker does not know; it reads on)
- Progress: \`█░░░░░░░░░░░░░░░░░░░\` 5 %
- Waiting for 30 s, as of 2026-01-01 00:00:30 UTC
- Next status read: the 1st, now
- Deadline: 2026-01-02 00:00:00 UTC, in 1 d
- So far: 0 cancel requests and 0 status reads answered

**What you may do now** (More Actions → Send an Update):

- \`pollNow\` reads the status now, not only when it is due
- \`reissueCancel\` sends the cancel once more
${extend}
${stop}`,
    );
  });

  it('of a run that failed', () => {
    const ending = { kind: 'failure', type: 'Forbidden', message: 'no' } as const;
    expect(read({ ending, trouble, nextCancelAtMs: null })).toBe(`**Failed: Forbidden.** \`no\`

- Task: not seen yet
- So far: 0 cancel requests and 0 status reads answered`);
  });

  it('of a task that was over before, in trouble until the end', () => {
    const task = taskOf({ status: 'FINISHED', progress_percent: 100, estimated_remaining_minutes: 3 });
    const ending = { kind: 'outcome', outcome: 'FINISHED', atMs: START_MS + 5_000, alreadySettled: true } as const;
    const bare = { ...declined, errorCode: null, messages: [] };
    expect(read({ ...seen, task, trouble, ending, declined: bare, nextCancelAtMs: null })).toBe(
      `**FINISHED** before our cancel. The API says that the task finished: the cancel did not stop it.

⚠️ **Trouble: Timeout** since 2026-01-01 00:00:04 UTC, 2 calls in a row. No answer came in time: the API is slow, or the worker that called it has died. It said: \`late\`

- Task: \`FINISHED\`
- Progress: \`████████████████████\` 100 %
- Last seen: 2026-01-01 00:00:01 UTC
- The API declined a cancel: HTTP 400
- So far: 0 cancel requests and 0 status reads answered`,
    );
  });

  const doubt = (ms: number) => ({ stage: 'checkingRefusal', declined, doubtEndsAtMs: START_MS + ms }) as const;
  it.each<[string, Partial<Cancellation>]>([
    ['REQUESTING.** The API has not answered the cancel yet; it is sent again.', {}],
    ['REQUESTING.** The watch was stopped; it ends when the calls in flight are answered.', { stopped: true }],
    ['REQUESTING.** The deadline is here: one last look at the task decides.', { deadlineAtMs: START_MS + 30_000 }],
    [
      'REQUESTING.** The API declined the cancel; the task is read to learn why.',
      { stage: 'checkingRefusal', declined },
    ],
    ['REQUESTING.** The API declined the cancel; the task is read to learn why.', doubt(30_000)],
    [
      'REQUESTING.** The API declined the cancel, but may have received an earlier one. The task is watched until 2026-01-01 00:00:31 UTC.',
      doubt(31_000),
    ],
    [
      'MONITORING.** The API declined our cancel, for another one is under way. The task is watched until the API says how it ended.',
      { ...monitored, declined, everCanceling: true, task: taskOf({}) },
    ],
    [
      'MONITORING.** The API declined the cancel; the run ends at once as NOT_CANCELABLE.',
      { ...monitored, declined, task: taskOf({}) },
    ],
  ])('say **%s', (headline, state) => {
    expect(read(state).split('\n')[0]).toBe(`**${headline}`);
  });

  it('name the cancel that is due, and the policy in force', () => {
    expect(read({ ...monitored, task: taskOf({}) })).not.toContain('Progress');
    expect(read({ nextCancelAtMs: START_MS + 32_000 })).toContain(
      '\n- Next cancel request: 2026-01-01 00:00:32 UTC, in 2 s\n- Deadline',
    );
    expect(startDetails(settingsWith({ onDeclined: 'retry' }))).toMatch(/declines: asks again as the task moves on$/);
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
    expect(currentDetails(state, settings, START_MS)).toMatch(/when it is due\n- `stopMonitoring`/);
    const roomy = { ...state, deadlineAtMs: START_MS + MAX_DEADLINE_MS - 6 * 3_600_000 };
    expect(updatesOffered(roomy)).toContain('extendDeadline');
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
    const unseen = newCancellation(settingsWith(), START_MS);
    expect(cancelLabel(unseen)).toBe('ask the API to cancel');
    const atOnce = { cancelAtMs: START_MS, readAtMs: START_MS };
    expect(waitLabel(unseen, atOnce)).toBe('next status read, 1st, task not seen yet');
    const atTheDeadline = { cancelAtMs: unseen.deadlineAtMs, readAtMs: unseen.deadlineAtMs };
    expect(waitLabel(unseen, atTheDeadline)).toBe('deadline, task not seen yet');
  });

  it('count as English does', () => {
    const ordinals = [1, 2, 3, 4, 10, 11, 12, 13, 14, 21, 22, 23, 101, 111, 113].map(
      (n) => /read, (\w+)/.exec(readLabel({ ...monitoring({}), polls: n - 1 }, false))?.[1],
    );
    expect(ordinals.join(' ')).toBe('1st 2nd 3rd 4th 10th 11th 12th 13th 14th 21st 22nd 23rd 101st 111th 113th');
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

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { begun, cancelAccepted, cancelFailed, cancelSent, taskRead } from '../../domain/cancellation';
import {
  cancellationSummary,
  currentDetails,
  escapeMarkdown,
  readLabel,
  startDetails,
  waitLabel,
} from '../../domain/details';
import { parseCancelTaskInput } from '../../domain/input';
import { parseTask } from '../../domain/task';

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

function monitoring(body: object) {
  const settings = settingsWith();
  return cancelAccepted(cancelSent(begun(settings, START_MS), call), taskOf(body), call, settings);
}

describe('the summary', () => {
  it('is a sentence that names the task and the organisation', () => {
    expect(cancellationSummary({ orgId: 'org-1', taskId: 'task-1' })).toBe('Cancel task task-1 in org org-1');
  });

  it('fits into 200 bytes with the longest ids', () => {
    expect(
      Buffer.byteLength(cancellationSummary({ orgId: 'o'.repeat(128), taskId: 't'.repeat(128) })),
    ).toBeLessThanOrEqual(200);
  });
});

describe('the current details', () => {
  it('begin with the summary, and say status, phase, progress, next read and what an operator may do', () => {
    const state = monitoring({
      phase_in_progress: 'Deleting hosts',
      progress_percent: 62,
      estimated_remaining_minutes: 7,
    });
    const text = currentDetails(state, settingsWith(), START_MS + 90_000);
    expect(text.startsWith('**Cancel task task\\-1 in org org\\-1**')).toBe(true);
    for (const part of [
      'Task: **CANCELING**',
      'Phase: Deleting hosts',
      '62 %',
      'about 7 min left',
      'Waiting for 1 m 30 s',
      'Next status read',
      '`pollNow`',
      '`stopMonitoring`',
    ])
      expect(text).toContain(part);
  });

  it('tell trouble in plain words, with since when', () => {
    const settings = settingsWith();
    const failure = {
      type: 'Unavailable' as const,
      message: 'HTTP 503 from vmc.example',
      retryable: true,
      httpStatus: 503,
      errorCode: null,
      retryAfterMs: null,
    };
    const state = cancelFailed(begun(settings, START_MS), failure, call);
    const text = currentDetails(state, settings, START_MS);
    expect(text).toContain('Trouble (Unavailable)');
    expect(text).toContain('HTTP 503 from vmc\\.example');
    expect(text).toContain('2026\\-01\\-01T00\\:00\\:00\\.000Z');
  });

  it('end with the outcome', () => {
    const settings = settingsWith();
    const state = taskRead(
      monitoring({}),
      taskOf({ status: 'CANCELED' }),
      { atMs: START_MS + 30_000, random: 0 },
      settings,
    );
    expect(currentDetails(state, settings, START_MS + 31_000)).toContain('**CANCELED**, after 30 s.');
  });

  it('carry the reason and who asked', () => {
    expect(startDetails({ reason: 'wrong size', requestedBy: 'ann' })).toBe('Reason: wrong size\n\nRequested by: ann');
  });
});

describe('foreign text', () => {
  it('makes no element, image, link or line of its own', () => {
    const text = escapeMarkdown('<img src=x onerror=alert(1)>\n# [a](javascript:alert(1)) `b` https://evil.example');
    expect(text).not.toMatch(/[<>\n]/);
    expect(text).toContain('\\[a\\]\\(javascript\\:alert\\(1\\)\\)');
    expect(text).toContain('https\\:\\/\\/evil\\.example');
  });

  it('leaves no punctuation mark unescaped, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme-ascii' })), (foreign) => {
        const unescaped = escapeMarkdown(foreign).replace(/\\[!-/:-@[-`{-~]|&(amp|lt|gt);/g, '');
        expect(unescaped).not.toMatch(/[!-/:-@[-`{-~\p{Cc}]/u);
      }),
    );
  });
});

describe('the labels of timers and activities', () => {
  it('are sentences', () => {
    const state = monitoring({ progress_percent: 62 });
    expect(waitLabel(state, { cancelAtMs: null, readAtMs: state.nextReadAtMs })).toBe(
      'until the next status read, the 1st, task CANCELING 62 %',
    );
    expect(readLabel({ ...state, polls: 11 }, false)).toBe('status read, the 12th, task CANCELING 62 %');
    expect(readLabel(state, true)).toBe('last status read, at the deadline, task CANCELING 62 %');
  });

  it('fit into 200 bytes, whatever the API calls its status', () => {
    const state = monitoring({ status: '🙂'.repeat(300), progress_percent: 12.3456789012345 });
    expect(Buffer.byteLength(waitLabel(state, { cancelAtMs: START_MS, readAtMs: START_MS }))).toBeLessThanOrEqual(200);
  });
});

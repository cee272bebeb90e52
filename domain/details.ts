import type { Cancellation } from './cancellation';
import { nextCancelAtMs } from './cancellation';
import { formatDuration } from './duration';
import type { CancelTaskSettings } from './input';
import type { Task } from './task';
import { isKnownStatus } from './taskStatus';

/** What a run says of itself in the Temporal UI: sentences first, for people who have never seen the code. */

/** The server's limit on a summary. */
const MAX_SUMMARY_BYTES = 200;
const FRAME_BYTES = 'Cancel task  in org '.length;
const MAX_ID_CHARACTERS = Math.floor((MAX_SUMMARY_BYTES - FRAME_BYTES) / 2) - '…'.length * 3;

/** One sentence, at most 200 bytes: `Cancel task 1d1c… in org 054f…`. */
export function cancellationSummary(ids: { orgId: string; taskId: string }): string {
  return `Cancel task ${shortId(ids.taskId)} in org ${shortId(ids.orgId)}`;
}

function shortId(id: string): string {
  return id.length <= MAX_ID_CHARACTERS ? id : `${id.slice(0, MAX_ID_CHARACTERS - 1)}…`;
}

/** The details that stand beside the summary from the start: who asked, and why. Markdown; empty where nobody said. */
export function startDetails(input: { reason: string | null; requestedBy: string | null }): string {
  const lines: string[] = [];
  if (input.reason !== null) lines.push(`Reason: ${escapeMarkdown(input.reason)}`);
  if (input.requestedBy !== null) lines.push(`Requested by: ${escapeMarkdown(input.requestedBy)}`);
  return lines.join('\n\n');
}

/** The present state as Markdown: short lines, because the UI draws a table without borders. */
export function currentDetails(state: Cancellation, settings: CancelTaskSettings, nowMs: number): string {
  const lines = [
    `**${escapeMarkdown(cancellationSummary(settings))}**`,
    startDetails(settings),
    headline(state, nowMs),
    ...taskLines(state.task),
    ...troubleLines(state),
    ...waitingLines(state, settings, nowMs),
    ...operatorLines(state),
  ];
  return lines.filter((line) => line !== '').join('\n\n');
}

function headline(state: Cancellation, nowMs: number): string {
  const { ending } = state;
  if (ending?.kind === 'failure') return `**Failed: ${ending.type}.** ${escapeMarkdown(ending.message)}`;
  if (ending?.kind === 'outcome')
    return `**${escapeMarkdown(ending.outcome)}**${ending.alreadySettled ? ': the task was over before the cancel' : ''}, after ${formatDuration(ending.atMs - state.startedAtMs)}.`;
  const waited = `Waiting for ${formatDuration(nowMs - state.startedAtMs)}, until ${instant(state.deadlineAtMs)} at the latest.`;
  switch (state.stage) {
    case 'requesting':
      return `**Asking the API to cancel the task.** ${waited}`;
    case 'interpreting':
      return `**The API declined the cancel; reading the task to learn why.** ${waited}`;
    case 'monitoring':
      return `**Watching the task until it ends.** ${waited}`;
  }
}

const BAR_CELLS = 20;

function taskLines(task: Task | null): string[] {
  if (task === null) return ['The task was not seen yet.'];
  const status = isKnownStatus(task.status)
    ? task.status
    : `${task.status} (a status this worker does not know; it is polled on)`;
  const lines = [
    `Task: **${escapeMarkdown(status)}**${task.taskType === null ? '' : `, ${escapeMarkdown(task.taskType)}`}`,
  ];
  const phase = [task.phaseInProgress, task.subStatus].filter((text) => text !== null).map(escapeMarkdown);
  if (phase.length > 0) lines.push(`Phase: ${phase.join(', ')}`);
  if (task.progressPercent !== null) {
    const percent = Math.min(Math.max(task.progressPercent, 0), 100);
    const filled = Math.round((percent / 100) * BAR_CELLS);
    const estimate =
      task.estimatedRemainingMinutes === null
        ? ''
        : `, about ${task.estimatedRemainingMinutes} min left by the API's estimate`;
    lines.push(`Progress: \`${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}\` ${percent} %${estimate}`);
  }
  if (task.errorMessage !== null) lines.push(`The task's error: ${escapeMarkdown(task.errorMessage)}`);
  return lines;
}

function troubleLines(state: Cancellation): string[] {
  const lines: string[] = [];
  if (state.trouble !== null && state.ending?.kind !== 'failure') {
    const { type, message, since, failures } = state.trouble;
    lines.push(
      `⚠️ **Trouble (${type})** since ${escapeMarkdown(since)}, ${failures} ${failures === 1 ? 'call' : 'calls'} in a row: ${escapeMarkdown(message)}`,
    );
  }
  if (state.declined !== null) {
    const { httpStatus, errorCode, messages } = state.declined;
    const said = [errorCode, ...messages].filter((text) => text !== null).map(escapeMarkdown);
    lines.push(`The API declined a cancel (HTTP ${httpStatus}): ${said.join(', ') || 'without a word'}`);
  }
  return lines;
}

function waitingLines(state: Cancellation, settings: CancelTaskSettings, nowMs: number): string[] {
  const lines: string[] = [];
  if (state.ending === null) {
    const cancelAtMs = nextCancelAtMs(state, settings);
    if (state.nextReadAtMs !== null) lines.push(`Next status read: ${soon(state.nextReadAtMs, nowMs)}`);
    if (cancelAtMs !== null) lines.push(`Next cancel request: ${soon(cancelAtMs, nowMs)}`);
  }
  lines.push(`So far: ${state.cancelRequests} cancel requests answered, ${state.polls} status reads`);
  return lines;
}

function operatorLines(state: Cancellation): string[] {
  if (state.ending !== null) return [];
  return [
    [
      'What you may do, with an update:',
      '- `pollNow` reads the status at once',
      '- `reissueCancel` sends the cancel once more',
      '- `extendDeadline` waits longer: `{"by": "6h"}` or `{"until": "2026-01-31T12:00:00Z"}`',
      '- `stopMonitoring` ends this watch as ABANDONED; what was asked of the API stays asked',
    ].join('\n'),
  ];
}

function soon(atMs: number, nowMs: number): string {
  return atMs <= nowMs ? 'now' : `${instant(atMs)} (in ${formatDuration(atMs - nowMs)})`;
}

function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/**
 * Foreign text as Markdown that shows just that text: every ASCII punctuation mark is escaped, so that it makes no element, link or image.
 */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').replace(/[!-/:-@[-`{-~]/g, (mark) => {
    if (mark === '&') return '&amp;';
    if (mark === '<') return '&lt;';
    if (mark === '>') return '&gt;';
    return `\\${mark}`;
  });
}

/** Labels of timers and activities: what people read first in a run's timeline. */

export function waitLabel(state: Cancellation, due: { cancelAtMs: number | null; readAtMs: number | null }): string {
  const what =
    due.readAtMs !== null && due.readAtMs <= (due.cancelAtMs ?? Infinity) && due.readAtMs < state.deadlineAtMs
      ? `until the next status read, the ${ordinal(state.polls + 1)}`
      : due.cancelAtMs !== null && due.cancelAtMs < state.deadlineAtMs
        ? 'until the cancel is sent again'
        : 'until the deadline';
  return `${what}, ${taskLabel(state.task)}${state.trouble === null ? '' : `, trouble: ${state.trouble.type}`}`;
}

export function cancelLabel(state: Cancellation): string {
  if (state.latestCancel === null) return 'ask the API to cancel';
  return `ask the API to cancel, again, ${taskLabel(state.task)}`;
}

export function readLabel(state: Cancellation, last: boolean): string {
  return `${last ? 'last status read, at the deadline' : `status read, the ${ordinal(state.polls + 1)}`}, ${taskLabel(state.task)}`;
}

/** A status is foreign text, and a summary may have 200 bytes. */
const MAX_STATUS_CHARACTERS = 24;

function taskLabel(task: Task | null): string {
  if (task === null) return 'task not seen yet';
  const status = Array.from(task.status.replace(/[^\x20-\x7e]/g, '?'))
    .slice(0, MAX_STATUS_CHARACTERS)
    .join('');
  return `task ${status}${task.progressPercent === null ? '' : ` ${task.progressPercent} %`}`;
}

const ordinalRules = ['th', 'st', 'nd', 'rd'] as const;

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${(teen ? undefined : ordinalRules[n % 10]) ?? 'th'}`;
}

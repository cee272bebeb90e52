import type { TroubleType } from '../contract/answers';
import type { Cancellation } from '../cancellation/state';
import { cancelDueAtMs } from '../cancellation/reissue';
import { formatDuration, HOUR_MS } from '../contract/duration';
import type { CancelTaskSettings, OnDeclined } from '../contract/input';
import { MAX_DEADLINE_MS } from '../contract/limits';
import { list, codeSpan, codeSpans, unchanged } from './markdown';
import type { Outcome } from '../contract/result';
import { progressOf } from '../contract/report';
import type { Task } from '../cancellation/task';
import { isKnownStatus } from '../cancellation/taskStatus';

/**
 * The texts of a run in the Temporal UI: sentences first, for readers who have never seen the
 * code.
 */

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

/**
 * The details that stand beside the summary from the start: reason, requester, and how long it may
 * take. Markdown.
 */
export function startDetails(
  settings: Pick<CancelTaskSettings, 'reason' | 'requestedBy' | 'deadlineMs' | 'onDeclined'>,
): string {
  return list([
    ...askedFor(settings),
    `Waits for a verdict for ${formatDuration(settings.deadlineMs)} at most`,
    `If the API declines: ${whenDeclined(settings.onDeclined)}`,
  ]);
}

function askedFor({ reason, requestedBy }: Pick<CancelTaskSettings, 'reason' | 'requestedBy'>): string[] {
  return [...fact('Reason', codeSpan(reason)), ...fact('Requested by', codeSpan(requestedBy))];
}

function whenDeclined(onDeclined: OnDeclined): string {
  switch (onDeclined) {
    case 'return':
      return 'ends at once as NOT_CANCELABLE';
    case 'monitor':
      return 'watches the task to its own end';
    case 'retry':
      return 'asks again as the task moves on';
  }
}

/**
 * The present state as Markdown, in the order of an incident: what is going on, what is wrong, how
 * far it is, what one may do.
 */
export function currentDetails(state: Cancellation, settings: CancelTaskSettings, nowMs: number): string {
  const parts = [
    `**${unchanged(cancellationSummary(settings))}**`,
    headline(state, settings, nowMs),
    troubleText(state),
    list([
      ...taskFacts(state),
      ...waitFacts(state, settings, nowMs),
      ...declinedFact(state),
      ...askedFor(settings),
      `So far: ${counted(state.cancelRequests, 'cancel request')} and ${counted(state.polls, 'status read')} answered`,
    ]),
    operatorText(state, settings),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function headline(state: Cancellation, settings: CancelTaskSettings, nowMs: number): string {
  const { ending } = state;
  if (ending?.kind === 'failure') return `**Failed: ${ending.type}.** ${codeSpan(ending.message)}`;
  if (ending?.kind === 'outcome') {
    const when = ending.alreadySettled
      ? 'before our cancel'
      : `after ${formatDuration(ending.atMs - state.startedAtMs)}`;
    return `**${ending.outcome}** ${when}. ${OUTCOME_MEANS[ending.outcome]}`;
  }
  const { phase } = progressOf(state, settings);
  return `**${phase}.** ${activity(state, settings, nowMs)}`;
}

const OUTCOME_MEANS: Record<Outcome, string> = {
  CANCELED: 'The API says that the task was canceled.',
  FINISHED: 'The API says that the task finished: the cancel did not stop it.',
  FAILED: 'The API says that the task failed.',
  NOT_CANCELABLE: 'The API declined the cancel, and the task goes on. A new start sends the cancel again.',
  DEADLINE_EXCEEDED: 'The API had not said by the deadline how the task ended. A new start resumes the watch.',
  ABANDONED: 'The watch was stopped; a cancel already sent cannot be withdrawn. A new start resumes the watch.',
};

function activity(state: Cancellation, { onDeclined }: CancelTaskSettings, nowMs: number): string {
  if (state.stopped) return 'The watch was stopped; it ends when the calls in flight are answered.';
  if (nowMs >= state.deadlineAtMs) return 'The deadline is here: one last look at the task decides.';
  const watched = 'The task is watched until the API says how it ended.';
  switch (state.stage) {
    case 'requesting':
      return state.cancelInFlight
        ? 'The cancel is being sent to the API.'
        : 'The API has not answered the cancel yet; it is sent again.';
    case 'checkingRefusal':
      return state.doubtEndsAtMs === null || state.doubtEndsAtMs <= nowMs
        ? 'The API declined the cancel; the task is read to learn why.'
        : `The API declined the cancel, but may have received an earlier one. The task is watched until ${instant(state.doubtEndsAtMs)}.`;
    case 'monitoring':
      if (state.declined === null && state.acceptedAtMs === null)
        return `The API may have received the cancel, but has not confirmed it. ${watched}`;
      if (state.acceptedAtMs !== null) return `The API accepted the cancel, which promises nothing. ${watched}`;
      if (state.everCanceling) return `The API declined our cancel, for another one is under way. ${watched}`;
      return `The API declined the cancel; the run ${whenDeclined(onDeclined)}.`;
  }
}

/** What each kind of trouble means, and what comes of it while the run goes on. */
const TROUBLE_WORDS: Record<TroubleType, { means: string; then: string }> = {
  Unauthorized: {
    means: "The API does not take this organization's credentials.",
    then: "Correct them in the worker's configuration, then send `pollNow`.",
  },
  Forbidden: {
    means: 'The credentials may not do this in this organization.',
    then: 'Give them the right to, then send `pollNow`.',
  },
  TaskNotFound: {
    means: 'The API says that there is no such task.',
    then: 'The read is repeated; if the answer stays the same, the run fails.',
  },
  VmcApiError: {
    means: 'The API gave an answer that does not change by a retry.',
    then: 'See what it said, and whether `VMC_API_URL` is right.',
  },
  RateLimited: { means: 'The API wants fewer calls.', then: 'The call is repeated when the API allows it.' },
  Unavailable: { means: 'The API is down or out of reach.', then: 'The call is repeated until the deadline.' },
  Timeout: {
    means: 'No answer came in time: the API is slow, or the worker that called it has died.',
    then: 'The call is repeated until the deadline.',
  },
  SignInUnavailable: {
    means: 'The sign-in service is down or out of reach.',
    then: 'The call is repeated until the deadline.',
  },
};

function troubleText({ trouble, ending }: Cancellation): string {
  if (trouble === null || ending?.kind === 'failure') return '';
  const { means, then } = TROUBLE_WORDS[trouble.type];
  const since = `since ${instant(Date.parse(trouble.since))}, ${counted(trouble.failures, 'call')} in a row`;
  return `⚠️ **Trouble: ${trouble.type}** ${since}. ${means}${ending === null ? ` ${then}` : ''} It said: ${codeSpan(trouble.message)}`;
}

const BAR_CELLS = 20;

function taskFacts({ task, lastSeenAtMs, trouble, ending }: Cancellation): string[] {
  if (task === null) return ['Task: not seen yet'];
  const unknown = isKnownStatus(task.status) ? '' : ' (a status that this worker does not know; it reads on)';
  return [
    `Task: ${codeSpans([task.status, task.taskType])}${unknown}`,
    ...fact('Phase', codeSpans([task.phaseInProgress, task.subStatus])),
    ...fact('Progress', progress(task, ending === null)),
    ...fact("The task's error", codeSpan(task.errorMessage)),
    ...(lastSeenAtMs === null || trouble === null ? [] : [`Last seen: ${instant(lastSeenAtMs)}`]),
  ];
}

function progress({ progressPercent, estimatedRemainingMinutes }: Task, running: boolean): string {
  if (progressPercent === null) return '';
  const percent = Math.min(Math.max(progressPercent, 0), 100);
  const filled = Math.round((percent / 100) * BAR_CELLS);
  const estimate =
    estimatedRemainingMinutes === null || !running ? '' : `, about ${estimatedRemainingMinutes} min left, says the API`;
  return `\`${'█'.repeat(filled)}${'░'.repeat(BAR_CELLS - filled)}\` ${percent} %${estimate}`;
}

function waitFacts(state: Cancellation, settings: CancelTaskSettings, nowMs: number): string[] {
  if (state.ending !== null) return [];
  const readAtMs = state.nextReadAtMs;
  const cancelAtMs = cancelDueAtMs(state, settings);
  return [
    `Waiting for ${formatDuration(nowMs - state.startedAtMs)}, as of ${instant(nowMs)}`,
    ...(readAtMs === null ? [] : [`Next status read: the ${ordinal(state.polls + 1)}, ${dueAt(readAtMs, nowMs)}`]),
    ...(cancelAtMs === null ? [] : [`Next cancel request: ${dueAt(cancelAtMs, nowMs)}`]),
    `Deadline: ${dueAt(state.deadlineAtMs, nowMs)}`,
  ];
}

function declinedFact({ declined }: Cancellation): string[] {
  if (declined === null) return [];
  const said = codeSpans([declined.errorCode, ...declined.messages]);
  return [`The API declined a cancel: HTTP ${declined.httpStatus}${said === '' ? '' : `, ${said}`}`];
}

/** Only what makes sense now. */
function operatorText(state: Cancellation, settings: CancelTaskSettings): string {
  if (state.ending !== null || state.stopped) return '';
  const asksFirst = state.stage === 'requesting';
  const latest = instant(state.startedAtMs + MAX_DEADLINE_MS);
  const extensible = state.startedAtMs + MAX_DEADLINE_MS - state.deadlineAtMs >= EXAMPLE_EXTENSION_MS;
  // A cancel is in flight: another one would add nothing.
  const reissuable = !asksFirst && state.task?.status !== 'CANCELING' && !state.cancelInFlight;
  const repeated = cancelDueAtMs(state, settings) === null ? 'once more' : 'now, not only when it is due';
  const updates = [
    asksFirst
      ? '`pollNow` sends the cancel now, if it is not on its way'
      : '`pollNow` reads the status now, not only when it is due',
    ...(reissuable ? [`\`reissueCancel\` sends the cancel ${repeated}`] : []),
    ...(extensible ? [`\`extendDeadline\` with \`{"by": "6h"}\` waits longer, until ${latest} at most`] : []),
    '`stopMonitoring` ends this watch as ABANDONED; a cancel already sent cannot be withdrawn',
  ];
  return `**What you may do now** (More Actions → Send an Update):\n\n${list(updates)}`;
}

const EXAMPLE_EXTENSION_MS = 6 * HOUR_MS;

function fact(name: string, value: string): string[] {
  return value === '' ? [] : [`${name}: ${value}`];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function dueAt(atMs: number, nowMs: number): string {
  return atMs <= nowMs ? 'now' : `${instant(atMs)}, in ${formatDuration(atMs - nowMs)}`;
}

function instant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 'yyyy-mm-ddThh:mm:ss'.length).replace('T', ' ')} UTC`;
}

/** Labels of timers and activities: the first thing to read in a run's timeline, as plain text. */

export function waitLabel(state: Cancellation, due: { cancelAtMs: number; readAtMs: number }): string {
  const what =
    due.readAtMs <= due.cancelAtMs && due.readAtMs < state.deadlineAtMs
      ? `next status read, ${ordinal(state.polls + 1)}`
      : due.cancelAtMs < state.deadlineAtMs
        ? 'next cancel request'
        : 'deadline';
  return `${what}, ${taskLabel(state.task)}${troubleLabel(state)}`;
}

export function cancelLabel(state: Cancellation): string {
  if (state.latestCancel === null) return 'ask the API to cancel';
  return `ask the API to cancel, again, ${taskLabel(state.task)}${troubleLabel(state)}`;
}

export function readLabel(state: Cancellation, last: boolean): string {
  const what = last ? 'last status read, at the deadline' : `status read, ${ordinal(state.polls + 1)}`;
  return `${what}, ${taskLabel(state.task)}${troubleLabel(state)}`;
}

function troubleLabel({ trouble }: Cancellation): string {
  return trouble === null ? '' : `, trouble: ${trouble.type}, ${counted(trouble.failures, 'call')}`;
}

/** A status is foreign text, and a summary may have 200 bytes. */
const MAX_STATUS_CHARACTERS = 24;

function taskLabel(task: Task | null): string {
  if (task === null) return 'task not seen yet';
  const status = Array.from(task.status.replace(/[^\w -]/g, '?'))
    .slice(0, MAX_STATUS_CHARACTERS)
    .join('');
  return `task ${status}${task.progressPercent === null ? '' : ` ${task.progressPercent} %`}`;
}

const ordinalRules = ['th', 'st', 'nd', 'rd'] as const;

function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${(teen ? undefined : ordinalRules[n % 10]) ?? 'th'}`;
}

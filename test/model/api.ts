/**
 * What the VMC API may do with one task, and answer about it: every assumption that no public
 * source settles, both ways. A machine without a will of its own: it lists what may happen next,
 * and the caller draws. The first of each list is the plainest.
 */

export const STATUSES = ['STARTED', 'CANCELING', 'FINISHED', 'FAILED', 'CANCELED'] as const;
export type Status = (typeof STATUSES)[number];

export function isOver(status: string): boolean {
  return status === 'FINISHED' || status === 'FAILED' || status === 'CANCELED';
}

const SECOND_MS = 1_000;
/**
 * A cancel that was received and not answered shows in the task within this time; so long, too, it
 * may take a fresh task to be readable.
 */
const SHOWS_WITHIN_MS = 60 * SECOND_MS;
/** A read, and a list above all, may show what was true so long ago. */
const BEHIND_MS = 30 * SECOND_MS;

export interface ApiTask {
  status: Status;
  /** What it was before, and when that changed: a read may be behind. */
  before: Status;
  changedAtMs: number;
  phase: number;
  isReadable: boolean;
  /** It will not be readable again. */
  isGone: boolean;
  /** A cancel of ours was received, and the task does not show it yet. */
  pendingSinceMs: number | null;
  /** It was a cancel of ours that made it CANCELING, or what came of that. */
  isByUs: boolean;
}

export function newTask(status: Status, atMs: number): ApiTask {
  return {
    status,
    before: status,
    changedAtMs: atMs,
    phase: 0,
    isReadable: true,
    isGone: false,
    pendingSinceMs: null,
    isByUs: false,
  };
}

export type Answer =
  | { kind: 'task'; status: string; phase: number; estimateMinutes: number | null; isUpperCase: boolean }
  /** An ErrorResponse that is not retryable, of a status in the four hundreds. */
  | { kind: 'refusal'; httpStatus: 400 | 409 | 422 }
  | { kind: 'notFound' }
  /** A 2xx without this task. */
  | { kind: 'unreadable'; body: 'none' | 'page' | 'anotherTask' }
  /** An ErrorResponse that is retryable: the call may be repeated, and may have been received. */
  | { kind: 'busy'; httpStatus: 400 | 409 | 500 | 503; retryAfterSeconds: number | null }
  | { kind: 'tooMany'; retryAfterSeconds: number | null }
  | { kind: 'unauthorized' }
  | { kind: 'forbidden' }
  /** A status in the four hundreds that the API did not write. */
  | { kind: 'foreign'; httpStatus: 400 | 404 }
  /** An ErrorResponse that is not retryable, of a status in the five hundreds. */
  | { kind: 'final' }
  | { kind: 'noAnswer'; why: 'timeOut' | 'connection' | 'workerDied' }
  /** The sign-in service did not answer: nothing was sent to the API. */
  | { kind: 'noSignIn' };

/** Whether the API may have received a call that ended so, as far as the caller can tell. */
export function mayBeReceived({ kind }: Answer): boolean {
  return kind !== 'tooMany' && kind !== 'unauthorized' && kind !== 'forbidden' && kind !== 'noSignIn';
}

/** What an API is like for a while: of answers at random, five alike in a row never come. */
export const HABITS = ['calm', 'refusing', 'lossy', 'gone', 'closed'] as const;
export type Habit = (typeof HABITS)[number];

export interface Move {
  habit: Habit;
  task: ApiTask;
  answer: Answer;
}

const ESTIMATES = [null, 10, 0, 1, 3, 1_000_000, Number.MAX_VALUE, 0.3] as const;
const RETRY_AFTERS = [null, 1, 30, 900] as const;

/** What one call finds beside the task: an estimate, a floor for the next call, a spelling. */
export interface Circumstances {
  atMs: number;
  /** Whole numbers, drawn. */
  estimate: number;
  retryAfter: number;
  /**
   * A read that a list may answer, as old as it likes: STARTED is what the caller knows already.
   */
  isListed: boolean;
}

/** What may become of a cancel. */
export function cancelMoves(task: ApiTask, here: Circumstances): Move[] {
  const { status } = task;
  if (!task.isReadable) return [move('gone', task, { kind: 'notFound' }), ...faults(task, here)];
  const shown = taskAnswer(task, task.status, here);
  if (isOver(status))
    return [
      move('refusing', task, { kind: 'refusal', httpStatus: 400 }),
      move('calm', task, shown),
      ...lost(task, here),
      ...faults(task, here),
    ];
  const canceling = status === 'CANCELING' ? task : changed(task, 'CANCELING', here.atMs, true);
  const canceled = changed(task, 'CANCELED', here.atMs, true);
  const later: ApiTask = { ...task, pendingSinceMs: task.pendingSinceMs ?? here.atMs };
  return [
    move('calm', canceling, taskAnswer(canceling, 'CANCELING', here)),
    // Not cancelable, and said so, with whatever status; or refused for being CANCELING.
    move('refusing', task, { kind: 'refusal', httpStatus: 400 }),
    move('refusing', task, { kind: 'refusal', httpStatus: 409 }),
    move('refusing', task, { kind: 'refusal', httpStatus: 422 }),
    // Not cancelable, and a 200 all the same.
    move('calm', task, shown),
    // Accepted, and to be seen only later.
    move('calm', later, shown),
    move('calm', canceled, taskAnswer(canceled, 'CANCELED', here)),
    ...lost(canceling, here),
    ...lost(later, here),
    ...lost(canceled, here),
    ...faults(task, here),
  ];
}

/** What may become of a status read, by itself or in a list. */
export function readMoves(task: ApiTask, here: Circumstances): Move[] {
  const { atMs, isListed } = here;
  if (!task.isReadable) return [move('gone', task, { kind: 'notFound' }), ...faults(task, here)];
  const isBehind = atMs - task.changedAtMs <= BEHIND_MS;
  const listed = isListed && task.before === 'STARTED' ? task.before : task.status;
  return [
    move('calm', task, taskAnswer(task, task.status, here)),
    move('refusing', task, taskAnswer(task, task.status, here)),
    move('calm', task, taskAnswer(task, isBehind ? task.before : task.status, here)),
    move('calm', task, taskAnswer(task, listed, here)),
    // A status that nobody has told us of.
    move('calm', task, taskAnswer(task, isOver(task.status) || task.isByUs ? task.status : 'PAUSED', here)),
    // For a while, a task that is there cannot be found.
    move('gone', task, { kind: 'notFound' }),
    move('closed', task, { kind: 'refusal', httpStatus: 400 }),
    ...faults(task, here),
  ];
}

/** What may happen to a task between two calls. */
export function drifts(task: ApiTask, atMs: number): ApiTask[] {
  const { status, pendingSinceMs } = task;
  if (pendingSinceMs !== null && !isOver(status)) {
    const latestMs = pendingSinceMs + SHOWS_WITHIN_MS;
    const shows: ApiTask = { ...changed(task, 'CANCELING', Math.min(atMs, latestMs), true), pendingSinceMs: null };
    return atMs >= latestMs ? [shows] : [task, shows];
  }
  const movedOn: ApiTask = { ...task, phase: task.phase + 1 };
  const gone: ApiTask = { ...task, isReadable: false, isGone: true };
  const readable: ApiTask = { ...task, isReadable: !task.isGone };
  const away: ApiTask = { ...task, isReadable: false };
  const moves = [task, readable, away, gone];
  if (isOver(status)) return moves;
  const ends = (['FINISHED', 'FAILED', 'CANCELED'] as const).map((end) => changed(task, end, atMs, task.isByUs));
  const other = status === 'STARTED' ? changed(task, 'CANCELING', atMs, false) : changed(task, 'STARTED', atMs, false);
  return [task, movedOn, other, ...ends, readable, away, gone];
}

function changed(task: ApiTask, status: Status, atMs: number, isByUs: boolean): ApiTask {
  return task.status === status ? task : { ...task, status, before: task.status, changedAtMs: atMs, isByUs };
}

function move(habit: Habit, task: ApiTask, answer: Answer): Move {
  return { habit, task, answer };
}

function taskAnswer({ phase }: ApiTask, status: string, { estimate }: Circumstances): Answer {
  const estimateMinutes = ESTIMATES[estimate % ESTIMATES.length] ?? null;
  return { kind: 'task', status, phase, estimateMinutes, isUpperCase: estimate % 3 === 2 };
}

/** It was received, and the caller does not hear so. */
function lost(task: ApiTask, here: Circumstances): Move[] {
  return [
    move('lossy', task, { kind: 'noAnswer', why: 'timeOut' }),
    move('lossy', task, { kind: 'noAnswer', why: 'workerDied' }),
    move('lossy', task, { kind: 'busy', httpStatus: 503, retryAfterSeconds: retryAfterOf(here) }),
    move('closed', task, { kind: 'unreadable', body: 'none' }),
  ];
}

/** It did not come to the API, whatever the caller may think. */
function faults(task: ApiTask, here: Circumstances): Move[] {
  const retryAfterSeconds = retryAfterOf(here);
  return [
    move('lossy', task, { kind: 'busy', httpStatus: 503, retryAfterSeconds }),
    move('lossy', task, { kind: 'busy', httpStatus: 500, retryAfterSeconds }),
    move('lossy', task, { kind: 'busy', httpStatus: 409, retryAfterSeconds }),
    move('refusing', task, { kind: 'busy', httpStatus: 400, retryAfterSeconds }),
    move('lossy', task, { kind: 'noAnswer', why: 'connection' }),
    move('lossy', task, { kind: 'tooMany', retryAfterSeconds }),
    move('lossy', task, { kind: 'noSignIn' }),
    move('closed', task, { kind: 'unauthorized' }),
    move('closed', task, { kind: 'forbidden' }),
    move('closed', task, { kind: 'foreign', httpStatus: 404 }),
    move('closed', task, { kind: 'foreign', httpStatus: 400 }),
    move('closed', task, { kind: 'final' }),
    move('closed', task, { kind: 'unreadable', body: 'page' }),
    move('closed', task, { kind: 'unreadable', body: 'anotherTask' }),
  ];
}

function retryAfterOf({ retryAfter }: Circumstances): number | null {
  return RETRY_AFTERS[retryAfter % RETRY_AFTERS.length] ?? null;
}

/** An answer on the wire; null where none came. */
export interface HttpAnswer {
  httpStatus: number;
  retryAfter: string | null;
  body: unknown;
}

export function httpAnswer(answer: Answer, taskId: string): HttpAnswer | null {
  switch (answer.kind) {
    case 'task':
      return http(200, {
        id: answer.isUpperCase ? taskId.toUpperCase() : taskId,
        status: answer.status,
        sub_status: null,
        phase_in_progress: `PHASE_${answer.phase}`,
        estimated_remaining_minutes: answer.estimateMinutes ?? -1,
        params: {},
      });
    case 'refusal':
      return http(answer.httpStatus, errorResponse(answer.httpStatus, false));
    case 'notFound':
      return http(404, errorResponse(404, false));
    case 'unreadable':
      switch (answer.body) {
        case 'none':
          return http(204, undefined);
        case 'page':
          return http(200, '<html></html>');
        case 'anotherTask':
          return http(200, { id: 'another-task', status: 'CANCELED' });
      }
      break;
    case 'busy':
      return http(answer.httpStatus, errorResponse(answer.httpStatus, true), answer.retryAfterSeconds);
    case 'tooMany':
      return http(429, { error: 'Too Many Requests' }, answer.retryAfterSeconds);
    case 'unauthorized':
      return http(401, { error: 'Unauthorized' });
    case 'forbidden':
      return http(403, { error: 'Forbidden' });
    case 'foreign':
      return http(answer.httpStatus, '<html></html>');
    case 'final':
      return http(500, errorResponse(500, false));
    case 'noAnswer':
    case 'noSignIn':
      return null;
  }
}

function http(httpStatus: number, body: unknown, retryAfterSeconds: number | null = null): HttpAnswer {
  return { httpStatus, body, retryAfter: retryAfterSeconds === null ? null : String(retryAfterSeconds) };
}

function errorResponse(status: number, retryable: boolean): object {
  return { status, path: '/', retryable, error_code: 'MODEL', error_messages: ['as drawn'] };
}

import type { Answer } from './api';
import { isOver, mayBeReceived } from './api';
import type { Pace } from './longestWait';
import { CALL_MS, GRACE_MS, JITTER, LONGEST_RETRY_MS, longestWaitMs, MINUTE_MS } from './longestWait';

/**
 * What a cancellation may conclude, and when it may call, from nothing but what it was answered
 * and asked to do. Written from the contract; each rule returns an objection, or null.
 */

export interface Rules {
  onDeclined: 'return' | 'monitor' | 'retry';
  maxCancelRequests: number;
  poll: Pace;
}

export type Observation =
  | { kind: 'sent'; call: 'cancel' | 'read'; by: By; atMs: number }
  | { kind: 'answered'; call: 'cancel' | 'read'; by: By; beganAtMs: number; atMs: number; answer: Answer }
  | { kind: 'askedForCancel'; atMs: number }
  | { kind: 'extended'; atMs: number; deadlineAtMs: number }
  | { kind: 'stopped'; atMs: number };

/**
 * Whose call: the run's by its schedule; an operator's; the run's first cancel or a read that an
 * operator brought forward; the last read, at the deadline.
 */
export type By = 'run' | 'operator' | 'urged' | 'deadline';

export type Conclusion =
  | { kind: 'outcome'; outcome: string; alreadySettled: boolean; atMs: number }
  | { kind: 'failure'; type: string; atMs: number };

/** What the observations so far come to. */
export interface Facts {
  startedAtMs: number;
  deadlineAtMs: number;
  stoppedAtMs: number | null;
  latest: Observation | null;
  firstSightAtMs: number | null;
  /** The newest sight of the task: of two reads, the one that began later has it. */
  sight: { status: string; phase: number; beganAtMs: number; atMs: number } | null;
  /** The first answer that the task is over, and whether any sight came before it. */
  told: { status: string; atMs: number; wasSeen: boolean; wasHeard: boolean } | null;
  everCanceling: boolean;
  acceptedAtMs: number | null;
  cancelsInFlight: number;
  callsInFlight: number;
  /** Cancels and reads that brought an answer about the task. */
  cancelsAnswered: number;
  readsAnswered: number;
  /** The latest cancel that ended; its phase is the one that was seen first after it. */
  latestCancel: { atMs: number; answer: Answer; phase: number | null } | null;
  /** Cancels before the latest one that the API may have received. */
  earlierReceived: boolean;
  lostAtMs: number | null;
  refusedAtMs: number | null;
  operatorCancelsDue: number;
  ownAnswered: number;
  /** Cancels that may have been received since the task was last seen. */
  unseen: number;
  firstContactNotFound: number;
  /** Reads answered "no such task" since the last sight of the task. */
  row: { count: number; firstAtMs: number } | null;
  latestRead: { beganAtMs: number; atMs: number; answer: Answer } | null;
  lastReadBeganAtMs: number | null;
  /** When a call last ended, and when the last one of each kind asked to be left in peace until. */
  heardAtMs: number;
  cancelFloorAtMs: number;
  readFloorAtMs: number;
  /** The later of the two with the most jitter. */
  latestFloorAtMs: number;
}

export function nothingYet(startedAtMs: number, deadlineAtMs: number): Facts {
  return {
    startedAtMs,
    deadlineAtMs,
    stoppedAtMs: null,
    latest: null,
    firstSightAtMs: null,
    sight: null,
    told: null,
    everCanceling: false,
    acceptedAtMs: null,
    cancelsInFlight: 0,
    callsInFlight: 0,
    cancelsAnswered: 0,
    readsAnswered: 0,
    latestCancel: null,
    earlierReceived: false,
    lostAtMs: null,
    refusedAtMs: null,
    operatorCancelsDue: 0,
    ownAnswered: 0,
    unseen: 0,
    firstContactNotFound: 0,
    row: null,
    latestRead: null,
    lastReadBeganAtMs: null,
    heardAtMs: startedAtMs,
    cancelFloorAtMs: startedAtMs,
    readFloorAtMs: startedAtMs,
    latestFloorAtMs: startedAtMs,
  };
}

/** The facts after one more observation. */
export function after(facts: Facts, observation: Observation): Facts {
  const next: Facts = { ...facts, latest: observation };
  switch (observation.kind) {
    case 'sent':
      next.callsInFlight += 1;
      if (observation.call === 'read') return { ...next, lastReadBeganAtMs: observation.atMs };
      next.operatorCancelsDue -= observation.by === 'operator' ? 1 : 0;
      next.cancelsInFlight += 1;
      return next;
    case 'answered':
      next.callsInFlight -= 1;
      return observation.call === 'cancel' ? afterCancel(next, observation) : afterRead(next, observation);
    case 'askedForCancel':
      return { ...next, operatorCancelsDue: facts.operatorCancelsDue + 1 };
    case 'extended':
      return { ...next, deadlineAtMs: observation.deadlineAtMs };
    case 'stopped':
      return { ...next, stoppedAtMs: facts.stoppedAtMs ?? observation.atMs };
  }
}

type Answered = Extract<Observation, { kind: 'answered' }>;

function afterCancel(facts: Facts, { atMs, answer, by }: Answered): Facts {
  const { latestCancel } = facts;
  const isAnswered = answer.kind === 'task' || answer.kind === 'refusal';
  const isLost = !isAnswered && mayBeReceived(answer);
  const next: Facts = {
    ...facts,
    heardAtMs: atMs,
    cancelsInFlight: facts.cancelsInFlight - 1,
    cancelsAnswered: facts.cancelsAnswered + (isAnswered ? 1 : 0),
    earlierReceived: facts.earlierReceived || (latestCancel !== null && mayBeReceived(latestCancel.answer)),
    // An answer that no repetition changes speaks for the task as it was last seen before it.
    latestCancel: { atMs, answer, phase: isPermanent(answer) ? (facts.sight?.phase ?? null) : null },
    lostAtMs: isLost ? atMs : facts.lostAtMs,
    refusedAtMs: answer.kind === 'refusal' ? atMs : facts.refusedAtMs,
    acceptedAtMs: answer.kind === 'task' ? atMs : facts.acceptedAtMs,
    ownAnswered: facts.ownAnswered + (by !== 'operator' && (isAnswered || answer.kind === 'unreadable') ? 1 : 0),
    unseen: facts.unseen + (isLost ? 1 : 0),
    firstContactNotFound: facts.firstContactNotFound + (answer.kind === 'notFound' ? 1 : 0),
    cancelFloorAtMs: Math.max(facts.cancelFloorAtMs, atMs + retryAfterMs(answer)),
    latestFloorAtMs: Math.max(facts.latestFloorAtMs, atMs + JITTER * retryAfterMs(answer)),
  };
  return answer.kind === 'task' ? afterSight(next, answer, { beganAtMs: atMs, atMs }, next.earlierReceived) : next;
}

function afterRead(facts: Facts, { beganAtMs, atMs, answer }: Answered): Facts {
  const isNotFound = answer.kind === 'notFound';
  const row = facts.row ?? { count: 0, firstAtMs: atMs };
  const next: Facts = {
    ...facts,
    heardAtMs: atMs,
    latestRead: { beganAtMs, atMs, answer },
    readsAnswered: facts.readsAnswered + (answer.kind === 'task' ? 1 : 0),
    firstContactNotFound: facts.firstContactNotFound + (isNotFound ? 1 : 0),
    row: isNotFound && facts.firstSightAtMs !== null ? { ...row, count: row.count + 1 } : facts.row,
    readFloorAtMs: Math.max(facts.readFloorAtMs, atMs + retryAfterMs(answer)),
    latestFloorAtMs: Math.max(facts.latestFloorAtMs, atMs + JITTER * retryAfterMs(answer)),
  };
  if (answer.kind !== 'task') return next;
  const { latestCancel, earlierReceived, cancelsInFlight } = facts;
  const wasHeard =
    earlierReceived ||
    cancelsInFlight > 0 ||
    (latestCancel !== null && latestCancel.answer.kind !== 'refusal' && mayBeReceived(latestCancel.answer));
  return afterSight(next, answer, { beganAtMs, atMs }, wasHeard);
}

function afterSight(
  facts: Facts,
  { status, phase }: Extract<Answer, { kind: 'task' }>,
  { beganAtMs, atMs }: { beganAtMs: number; atMs: number },
  wasHeard: boolean,
): Facts {
  // What began before the newest sight has nothing newer to say, unless the task is over.
  if (beganAtMs < (facts.sight?.beganAtMs ?? -Infinity) && !isOver(status)) return facts;
  const { latestCancel } = facts;
  return {
    ...facts,
    told: facts.told ?? (isOver(status) ? { status, atMs, wasSeen: facts.firstSightAtMs !== null, wasHeard } : null),
    firstSightAtMs: facts.firstSightAtMs ?? atMs,
    sight: { status, phase, beganAtMs, atMs },
    everCanceling: facts.everCanceling || status === 'CANCELING',
    latestCancel: latestCancel && { ...latestCancel, phase: latestCancel.phase ?? phase },
    unseen: 0,
    row: null,
  };
}

function retryAfterMs(answer: Answer): number {
  return 'retryAfterSeconds' in answer ? 1_000 * (answer.retryAfterSeconds ?? 0) : 0;
}

/** Why a cancellation may not end so. */
export function objectionToEnd(facts: Facts, conclusion: Conclusion, rules: Rules): string | null {
  if (conclusion.kind === 'failure') return objectionToFailure(facts, conclusion);
  const { outcome, atMs, alreadySettled } = conclusion;
  if (alreadySettled && !isOver(outcome)) return `${outcome} is not already settled`;
  if (facts.stoppedAtMs !== null && outcome !== 'ABANDONED')
    return `${outcome} after an operator had stopped the watch`;
  switch (outcome) {
    case 'CANCELED':
    case 'FINISHED':
    case 'FAILED': {
      const { told } = facts;
      if (told === null) return `${outcome}, and no answer about the task said so`;
      if (told.status !== outcome) return `${outcome}, and the first answer that the task is over said ${told.status}`;
      if (alreadySettled !== (!told.wasSeen && !told.wasHeard))
        return alreadySettled
          ? 'already settled, and the task was seen before, or a cancel may have been received'
          : 'not already settled, and nothing before can have ended the task';
      return null;
    }
    case 'NOT_CANCELABLE':
      return declinedObjection(facts, atMs, rules);
    case 'DEADLINE_EXCEEDED':
      if (facts.told !== null) return `DEADLINE_EXCEEDED, and an answer had said ${facts.told.status}`;
      if (atMs < facts.deadlineAtMs) return 'DEADLINE_EXCEEDED before the deadline';
      if ((facts.lastReadBeganAtMs ?? -Infinity) < facts.deadlineAtMs) return 'DEADLINE_EXCEEDED without a last read';
      return null;
    case 'ABANDONED':
      return facts.stoppedAtMs === null ? 'ABANDONED, and nobody stopped it' : null;
    default:
      return `${outcome} is no outcome`;
  }
}

/** A refusal is doubted so long after a cancel that may have been received; at most two minutes. */
const LEAST_DOUBT_MS = 100_000;
const MOST_DOUBT_MS = 2 * MINUTE_MS;

/** Why a refusal does not speak for the task. */
function declinedObjection(facts: Facts, atMs: number, { onDeclined }: Rules): string | null {
  const { latestRead, refusedAtMs, lostAtMs } = facts;
  if (onDeclined !== 'return') return `NOT_CANCELABLE, though it was to ${onDeclined}`;
  if (refusedAtMs === null) return 'NOT_CANCELABLE without a refusal';
  if (facts.acceptedAtMs !== null) return 'NOT_CANCELABLE, and a cancel had been accepted';
  if (facts.everCanceling) return 'NOT_CANCELABLE, and the task was CANCELING';
  if (facts.cancelsInFlight > 0) return 'NOT_CANCELABLE while a cancel is in flight';
  if (facts.operatorCancelsDue > 0) return 'NOT_CANCELABLE while an operator’s cancel is due';
  if (latestRead?.answer.kind !== 'task' || latestRead.atMs !== atMs)
    return 'NOT_CANCELABLE from something else than a read of the task';
  if (latestRead.beganAtMs < (facts.latestCancel?.atMs ?? Infinity))
    return 'NOT_CANCELABLE from a read that may be older than the refusal';
  if (lostAtMs !== null && atMs - Math.max(lostAtMs, refusedAtMs) < LEAST_DOUBT_MS)
    return 'NOT_CANCELABLE while a cancel may have been heard';
  return null;
}

function objectionToFailure(facts: Facts, { type, atMs }: Extract<Conclusion, { kind: 'failure' }>): string | null {
  const answer = facts.latest?.kind === 'answered' ? facts.latest.answer.kind : null;
  if (facts.stoppedAtMs !== null) return `${type} after an operator had stopped the watch`;
  if (type === 'TaskVanished') return isVanished(facts, atMs) ? null : 'TaskVanished, and too few answers say so';
  if (facts.firstSightAtMs !== null) return `${type}, and the task had been seen`;
  switch (type) {
    case 'TaskNotFound':
      return answer === 'notFound' && facts.firstContactNotFound >= 3 ? null : 'TaskNotFound before the third answer';
    case 'Unauthorized':
      return answer === 'unauthorized' ? null : 'Unauthorized, and no answer said so';
    case 'Forbidden':
      return answer === 'forbidden' ? null : 'Forbidden, and no answer said so';
    case 'VmcApiError':
      return answer === 'foreign' || answer === 'final' || (answer === 'refusal' && facts.latestRead?.atMs === atMs)
        ? null
        : 'VmcApiError, and no answer said so';
    default:
      return `${type} is no failure that the contract knows`;
  }
}

function isVanished({ row, latest }: Facts, atMs: number): boolean {
  if (row === null || latest?.kind !== 'answered' || latest.call !== 'read') return false;
  return latest.answer.kind === 'notFound' && row.count >= 5 && atMs - row.firstAtMs >= MINUTE_MS;
}

/** Why a cancellation has to end on what it was told last. */
export function objectionToGoingOn(facts: Facts, rules: Rules): string | null {
  const { latest, told, refusedAtMs, lostAtMs, stoppedAtMs } = facts;
  if (stoppedAtMs !== null || latest?.kind !== 'answered') return null;
  const { atMs, call, answer } = latest;
  if (told !== null) return `it was told ${told.status}`;
  if (isVanished(facts, atMs)) return 'the task has vanished';
  if (facts.firstSightAtMs === null && facts.callsInFlight === 0 && isFinal(call, answer))
    return `on the first contact, the answer was ${answer.kind}`;
  if (call !== 'read' || answer.kind !== 'task' || facts.sight?.atMs !== atMs) return null;
  const doubtedSinceMs = lostAtMs === null ? -Infinity : Math.max(lostAtMs, refusedAtMs ?? 0);
  return atMs - doubtedSinceMs >= MOST_DOUBT_MS && declinedObjection(facts, atMs, rules) === null
    ? 'the API declined, and the task goes on'
    : null;
}

/** A permanent failure. It ends the run at once while the starter still waits for it. */
function isFinal(call: 'cancel' | 'read', answer: Answer): boolean {
  const { kind } = answer;
  return (kind !== 'notFound' && isPermanent(answer)) || (call === 'read' && kind === 'refusal');
}

function isPermanent({ kind }: Answer): boolean {
  return ['notFound', 'unauthorized', 'forbidden', 'foreign', 'final'].includes(kind);
}

/** Why the run may not send this of its own accord. `facts`: before it is sent. */
export function objectionToCall(
  facts: Facts,
  { call, by, atMs }: Extract<Observation, { kind: 'sent' }>,
  rules: Rules,
): string | null {
  if (facts.told !== null) return `a ${call} after it was told ${facts.told.status}`;
  if (facts.stoppedAtMs !== null) return `a ${call} after an operator stopped the watch`;
  if (by === 'deadline') return atMs < facts.deadlineAtMs ? 'the last read before the deadline' : null;
  if (atMs >= facts.deadlineAtMs) return `a ${call} after the deadline`;
  if (call === 'cancel' && facts.cancelsInFlight > 0) return 'a cancel beside another';
  if (by === 'operator') return null;
  return call === 'cancel' ? objectionToCancel(facts, by, atMs, rules) : objectionToRead(facts, by, atMs, rules);
}

const MOST_UNSEEN = 20;
const LEAST_RETRY_MS = 2_000;
const REISSUE_SPACING_MS = 10_000;
const REISSUE_INTERVAL_MS = 10 * MINUTE_MS;

function objectionToCancel(facts: Facts, by: By, atMs: number, rules: Rules): string | null {
  const { latestCancel, sight } = facts;
  if (facts.ownAnswered >= rules.maxCancelRequests) return 'a cancel beyond the budget';
  if (facts.unseen >= MOST_UNSEEN) return 'a cancel beyond twenty without a sight of the task';
  if (latestCancel === null || by === 'urged') return null;
  if (atMs < facts.cancelFloorAtMs) return 'a cancel before the Retry-After';
  const sinceMs = atMs - latestCancel.atMs;
  if (sinceMs < LEAST_RETRY_MS) return 'a cancel within two seconds of the one before';
  // Until one is answered, it is the first cancel that is repeated.
  if (sight === null || facts.ownAnswered === 0) return null;
  if (sinceMs < REISSUE_SPACING_MS) return 'a cancel within ten seconds of the one before';
  if (sight.status !== 'STARTED') return `a cancel of a task that is ${sight.status}`;
  const isUnderWay = facts.acceptedAtMs !== null || facts.everCanceling;
  if (facts.refusedAtMs !== null && !isUnderWay && rules.onDeclined !== 'retry') return 'a cancel after a refusal';
  const { kind } = latestCancel.answer;
  if (kind !== 'task' && kind !== 'refusal') return null;
  return sinceMs < REISSUE_INTERVAL_MS && latestCancel.phase === sight.phase
    ? 'a cancel of a task that has not moved on'
    : null;
}

const VANISHING_READ_MS = 15_000;

function objectionToRead(facts: Facts, by: By, atMs: number, rules: Rules): string | null {
  const { latestRead, latestCancel } = facts;
  if (by === 'urged') return null;
  if (atMs < facts.readFloorAtMs) return 'a read before the Retry-After';
  const isFirst = latestRead === null || latestRead.atMs <= (latestCancel?.atMs ?? -Infinity);
  // What a refusal means is for a read to say; until one has, it is repeated without the schedule.
  const isUnread = facts.refusedAtMs !== null && (facts.sight?.atMs ?? -Infinity) <= facts.refusedAtMs;
  const isDoubted = facts.refusedAtMs !== null && !facts.everCanceling;
  const mayHurry = facts.acceptedAtMs === null && (isUnread || isDoubted);
  const sinceMs = atMs - Math.max(latestRead?.atMs ?? -Infinity, facts.acceptedAtMs ?? -Infinity);
  if (sinceMs >= rules.poll.minMs || (isFirst && facts.latestCancel?.answer.kind !== 'task')) return null;
  if (latestRead?.answer.kind === 'task') return mayHurry ? null : 'a read sooner than min';
  if (facts.row !== null) return sinceMs < VANISHING_READ_MS ? 'a read sooner than 15 s after a 404' : null;
  if (facts.firstSightAtMs !== null && !mayHurry) return 'a read sooner than min';
  return sinceMs < LEAST_RETRY_MS ? 'a read within two seconds of the one before' : null;
}

/** Why the run may not wait so long for its next calls, with nothing in flight. */
export function objectionToWait(
  facts: Facts,
  { cancelAtMs, readAtMs }: { cancelAtMs: number; readAtMs: number },
  rules: Rules,
): string | null {
  const { heardAtMs, acceptedAtMs, firstSightAtMs, latestFloorAtMs, ownAnswered } = facts;
  // Until a cancel was answered, it is the cancel that is repeated; from then on the task is read.
  const dueAtMs = ownAnswered === 0 ? Math.min(cancelAtMs, readAtMs) : readAtMs;
  if (dueAtMs === Infinity) return 'no call is due any more';
  const elapsedMs = heardAtMs - (acceptedAtMs ?? firstSightAtMs ?? heardAtMs);
  const longestMs = Math.max(longestWaitMs(rules.poll, elapsedMs), LONGEST_RETRY_MS, rules.poll.minMs);
  const latestMs = Math.max(heardAtMs + longestMs, latestFloorAtMs);
  if (dueAtMs > latestMs + 1)
    return `a wait of ${(dueAtMs - heardAtMs) / 1_000} s, and ${(latestMs - heardAtMs) / 1_000} s are allowed`;
  const owedAtMs = reissueOwedAtMs(facts, rules);
  return cancelAtMs > Math.max(owedAtMs, latestFloorAtMs) + 1
    ? 'no cancel is due, and the task goes on as before'
    : null;
}

/** When a task that goes on as if nothing had been sent gets its cancel again; else Infinity. */
function reissueOwedAtMs(facts: Facts, rules: Rules): number {
  const { latestCancel, sight } = facts;
  if (latestCancel === null || sight?.status !== 'STARTED' || facts.ownAnswered === 0) return Infinity;
  if (facts.ownAnswered >= rules.maxCancelRequests || facts.unseen >= MOST_UNSEEN) return Infinity;
  // What a refusal means is for a read to say first.
  if (facts.refusedAtMs !== null && sight.atMs <= facts.refusedAtMs) return Infinity;
  const isUnderWay = facts.acceptedAtMs !== null || facts.everCanceling;
  if (facts.refusedAtMs !== null && !isUnderWay && rules.onDeclined !== 'retry') return Infinity;
  switch (latestCancel.answer.kind) {
    case 'busy':
    case 'tooMany':
    case 'noAnswer':
    case 'noSignIn':
      return latestCancel.atMs + LONGEST_RETRY_MS;
    default: {
      if (latestCancel.phase === null) return Infinity;
      const hasMovedOn = latestCancel.phase !== sight.phase;
      return latestCancel.atMs + (hasMovedOn ? REISSUE_SPACING_MS : REISSUE_INTERVAL_MS);
    }
  }
}

/** Why the result may not count so. */
export function objectionToCounts(
  { cancelsAnswered, readsAnswered }: Facts,
  { cancelRequests, polls }: { cancelRequests: number; polls: number },
): string | null {
  if (cancelRequests !== cancelsAnswered)
    return `it counts ${cancelRequests} cancels, and ${cancelsAnswered} were answered`;
  return polls === readsAnswered ? null : `it counts ${polls} reads, and ${readsAnswered} were answered`;
}

/** Why the run may not be over only now: its calls have ended, and its updates are answered. */
export function objectionToLateness(facts: Facts, concludedAtMs: number, overAtMs: number): string | null {
  if (overAtMs - facts.deadlineAtMs > GRACE_MS) return 'it ends too long after its deadline';
  // A deadline that is extended while the last answers are awaited lets a call begin meanwhile.
  return overAtMs - concludedAtMs > 2 * CALL_MS ? 'it ends too long after its conclusion' : null;
}

import type { Evidence, Findings, LoggedCall, ResultDocument, Span, StartedCancellation, TaskTruth } from './evidence';
import { CALL_MS, GRACE_MS, JITTER, longestWaitMs, LONGEST_RETRY_MS, MINUTE_MS } from './longestWait';

/**
 * Holds what cancellations came to against what is known apart from them: the simulator's truth
 * about each task and its log of calls.
 */

type Judgement = { kind: 'right' | 'open' } | { kind: 'wrong' | 'lost' | 'late'; because: string };

export function judge(evidence: Evidence): Findings {
  const index = indexOf(evidence);
  const cases = evidence.cancellations.map((cancellation) => caseOf(cancellation, index, evidence));
  const judged = cases.map((one) => ({ workflowId: one.cancellation.workflowId, ...judgementOf(one) }));
  const found = (kind: Judgement['kind']) =>
    judged.flatMap((one) =>
      one.kind === kind && 'because' in one ? [{ workflowId: one.workflowId, because: one.because }] : [],
    );
  return {
    started: judged.length,
    right: judged.filter(({ kind }) => kind === 'right').length,
    open: judged.filter(({ kind }) => kind === 'open').length,
    wrong: found('wrong'),
    lost: found('lost'),
    late: found('late'),
    overBudget: cases.flatMap((one) => {
      const because = overBudget(one);
      return because === null ? [] : [{ workflowId: one.cancellation.workflowId, because }];
    }),
    leaked: evidence.cancellations.flatMap(({ workflowId, hasLeaked }) =>
      hasLeaked === true ? [{ workflowId, because: 'A token that was in use is in its histories.' }] : [],
    ),
    calls: callsMade(evidence),
    lagMs: lagsOf(cases.flatMap((one) => lagMs(one) ?? [])),
  };
}

/** One cancellation with all that is known about it. */
interface Case {
  cancellation: StartedCancellation;
  truth: TaskTruth | null;
  /** Our calls about its task, and the lists of its organization, while it ran. */
  calls: readonly Made[];
  lists: readonly Made[];
  evidence: Evidence;
}

interface Made extends LoggedCall {
  atMs: number;
}

/** The simulator's instants are cut to hundredths of a second. */
const CLOCK_MS = 20;

interface Index {
  calls: ReadonlyMap<string, readonly Made[]>;
  lists: ReadonlyMap<string, readonly Made[]>;
  tasks: ReadonlyMap<string, TaskTruth>;
}

function indexOf({ calls, tasks }: Evidence): Index {
  const made = calls.filter(({ isCopy }) => isCopy !== true).map((call) => ({ ...call, atMs: Date.parse(call.at) }));
  return {
    calls: grouped(made, ({ orgId, taskId }) => taskKey(orgId, taskId)),
    lists: grouped(made.filter(isList), ({ orgId }) => taskKey(orgId, null)),
    tasks: new Map(tasks.map((task) => [taskKey(task.orgId, task.taskId), task])),
  };
}

function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** An id is one id in either case. */
function taskKey(orgId: string | null, taskId: string | null): string {
  return `${orgId ?? ''}:${taskId ?? ''}`.toLowerCase();
}

function caseOf(cancellation: StartedCancellation, index: Index, evidence: Evidence): Case {
  const { orgId, taskId, startedAtMs, ending } = cancellation;
  const untilMs = 'atMs' in ending ? ending.atMs : evidence.takenAtMs;
  const whileItRan = (calls: readonly Made[] | undefined) =>
    (calls ?? []).filter(({ atMs }) => atMs >= startedAtMs - CLOCK_MS && atMs <= untilMs + CLOCK_MS);
  return {
    cancellation,
    truth: index.tasks.get(taskKey(orgId, taskId)) ?? null,
    calls: whileItRan(index.calls.get(taskKey(orgId, taskId))),
    lists: whileItRan(index.lists.get(taskKey(orgId, null))),
    evidence,
  };
}

function judgementOf(one: Case): Judgement {
  const { ending } = one.cancellation;
  switch (ending.kind) {
    case 'open':
      return stillOpen(one);
    case 'gone':
      return { kind: 'lost', because: `It has no end of its own: ${ending.how}.` };
    case 'failed':
      return failed(one, ending);
    case 'result': {
      const wrong = misreported(one, ending.result) ?? contradicted(one, ending.result);
      if (wrong !== null) return { kind: 'wrong', because: wrong };
      const late = overdue(one, ending.result);
      return late === null ? { kind: 'right' } : { kind: 'late', because: late };
    }
  }
}

function stillOpen(one: Case): Judgement {
  const { cancellation, evidence, truth } = one;
  const { deadlineAtMs, startedAtMs } = cancellation;
  const { takenAtMs } = evidence;
  const graceMs = GRACE_MS + standstillMs(one, { fromMs: deadlineAtMs, toMs: takenAtMs });
  if (takenAtMs - deadlineAtMs > graceMs)
    return { kind: 'lost', because: `It still runs ${seconds(takenAtMs - deadlineAtMs)} after its deadline.` };
  const endedAtMs = truth?.endedAtMs ?? Infinity;
  const waitedMs = takenAtMs - Math.max(endedAtMs, startedAtMs);
  if (waitedMs > allowedLagMs(one, takenAtMs))
    return { kind: 'lost', because: `Its task is ${truth?.status ?? ''} for ${seconds(waitedMs)}, unnoticed.` };
  return { kind: 'open' };
}

/** What a result says of the calls, against the log. */
function misreported({ cancellation, calls, lists }: Case, result: ResultDocument): string | null {
  const { orgId, taskId } = cancellation;
  if (taskKey(result.orgId, result.taskId) !== taskKey(orgId, taskId))
    return `It speaks of ${result.orgId}/${result.taskId}, another task.`;
  if (result.task !== null && taskKey(orgId, result.task.id) !== taskKey(orgId, taskId))
    return `Its snapshot is of ${result.task.id}, another task.`;
  const cancels = calls.filter(isCancel);
  const answered = cancels.filter(({ status }) => status !== null && status < 500).length;
  if (result.cancelRequests > answered)
    return `It counts ${result.cancelRequests} answered cancels, and the API answered ${answered}.`;
  const reads = [...calls.filter(isRead), ...lists].filter(isSuccess).length;
  if (result.polls > reads) return `It counts ${result.polls} answered reads, and the API answered ${reads}.`;
  if (result.acceptedAt !== null && !cancels.some(isSuccess))
    return 'It reports an accepted cancel, and none was accepted.';
  if (result.declined !== null && !cancels.some(isRefused))
    return 'It reports a declined cancel, and none was declined.';
  return null;
}

/** The outcome against the truth. */
function contradicted(one: Case, result: ResultDocument): string | null {
  switch (result.outcome) {
    case 'CANCELED':
    case 'FINISHED':
    case 'FAILED':
      return notSo(one, result);
    case 'NOT_CANCELABLE':
      return cancelableAfterAll(one, result);
    case 'DEADLINE_EXCEEDED':
      return knownInTime(one, result);
    case 'ABANDONED':
      return one.cancellation.stoppedAtMs === null ? 'It is ABANDONED, and nobody stopped it.' : null;
    default:
      return `${result.outcome} is no outcome.`;
  }
}

function notSo({ truth, calls, lists }: Case, result: ResultDocument): string | null {
  const { outcome } = result;
  const atMs = Date.parse(result.observedAt);
  if (truth === null) return `It is ${outcome}, of a task that the API never had.`;
  if (truth.status !== outcome) return `It is ${outcome}, and the task is ${truth.status}.`;
  if (result.task?.status !== outcome) return `It is ${outcome}, and its snapshot says ${result.task?.status}.`;
  const endedAtMs = truth.endedAtMs ?? Infinity;
  if (atMs < endedAtMs - CLOCK_MS) return `It is ${outcome} ${seconds(endedAtMs - atMs)} before the task was.`;
  const told = [...calls, ...lists].filter((call) => isAboutTask(call) && call.atMs >= endedAtMs - CLOCK_MS);
  if (told.length === 0) return `It is ${outcome}, and no answer since the end of the task can have said so.`;
  const cancels = calls.filter(isCancel);
  // A refusal says that the latest cancel did nothing; it does not speak for those before it.
  const effective = isRefusal(cancels.at(-1)) ? cancels.slice(0, -1) : cancels;
  const early = effective.find((call) => mayWork(call) && call.atMs < endedAtMs - CLOCK_MS);
  if (result.alreadySettled && early !== undefined)
    return `It counts as settled already, and a cancel came ${seconds(endedAtMs - early.atMs)} before the end.`;
  return null;
}

/** A cancel that may have been received speaks through its task within this time. */
const SHOWS_WITHIN_MS = 100_000;

function cancelableAfterAll({ cancellation, truth, calls }: Case, result: ResultDocument): string | null {
  const atMs = Date.parse(result.observedAt);
  const cancels = calls.filter(isCancel);
  if (cancellation.onDeclined !== 'return')
    return `It is NOT_CANCELABLE, though it was to ${cancellation.onDeclined} then.`;
  if (result.declined === null) return 'It is NOT_CANCELABLE without a refusal.';
  if (truth === null) return 'It is NOT_CANCELABLE, of a task that the API never had.';
  if (cancels.some((call) => isSuccess(call) && call.mayBeLost !== true))
    return 'It is NOT_CANCELABLE, and a cancel was accepted.';
  if (['CANCELING', 'CANCELED'].includes(truth.status) && cancels.some(isSuccess))
    return `It is NOT_CANCELABLE, and a cancel of it made the task ${truth.status}.`;
  const unsettled = cancels.findLast((call) => mayWork(call) && !isRefused(call));
  if (unsettled !== undefined && atMs - unsettled.atMs < SHOWS_WITHIN_MS)
    return `It is NOT_CANCELABLE ${seconds(atMs - unsettled.atMs)} after a cancel that may have been received.`;
  const lastRead = calls.findLast((call) => isRead(call) && isSuccess(call) && call.mayBeLost !== true);
  if (lastRead === undefined) return 'It is NOT_CANCELABLE without a read that says so.';
  if (truth.endedAtMs !== null && lastRead.atMs > truth.endedAtMs + CLOCK_MS)
    return `It is NOT_CANCELABLE, and the task was ${truth.status} when it was last read.`;
  return null;
}

function knownInTime({ cancellation, truth, calls }: Case, result: ResultDocument): string | null {
  const atMs = Date.parse(result.observedAt);
  const earlyMs = cancellation.deadlineAtMs - atMs;
  if (earlyMs > CLOCK_MS) return `It is DEADLINE_EXCEEDED ${seconds(earlyMs)} before its deadline.`;
  const { lastReadAtMs, deadlineAtMs } = cancellation;
  if (lastReadAtMs !== undefined && (lastReadAtMs ?? -Infinity) < deadlineAtMs - CLOCK_MS)
    return 'It is DEADLINE_EXCEEDED without a read when the deadline came.';
  const endedAtMs = truth?.endedAtMs ?? Infinity;
  const told = calls.find((call) => isAboutTask(call) && call.mayBeLost !== true && call.atMs > endedAtMs + CLOCK_MS);
  return told === undefined
    ? null
    : `It is DEADLINE_EXCEEDED, and was told ${truth?.status} ${seconds(atMs - told.atMs)} before.`;
}

function overdue(one: Case, result: ResultDocument): string | null {
  const { cancellation } = one;
  const atMs = Date.parse(result.observedAt);
  switch (result.outcome) {
    case 'DEADLINE_EXCEEDED':
    case 'ABANDONED': {
      const dueAtMs = result.outcome === 'ABANDONED' ? cancellation.stoppedAtMs : cancellation.deadlineAtMs;
      const fromMs = dueAtMs ?? atMs;
      const allowedMs = GRACE_MS + standstillMs(one, { fromMs, toMs: atMs });
      return atMs - fromMs > allowedMs ? lateness(result, atMs - fromMs, allowedMs) : null;
    }
    case 'NOT_CANCELABLE': {
      // The doubt begins anew with every refusal and with every cancel that may have been received.
      const fromMs = one.calls.findLast(isCancel)?.atMs ?? cancellation.startedAtMs;
      const allowedMs = DOUBT_MS + CALL_MS + hindranceMs(one, { fromMs, toMs: atMs });
      return atMs - fromMs > allowedMs ? lateness(result, atMs - fromMs, allowedMs) : null;
    }
    default: {
      const pastMs = atMs - cancellation.deadlineAtMs;
      const graceMs = GRACE_MS + standstillMs(one, { fromMs: cancellation.deadlineAtMs, toMs: atMs });
      if (pastMs > graceMs) return `${result.outcome} came ${seconds(pastMs)} after the deadline.`;
      const lag = lagMs(one) ?? 0;
      const allowedMs = allowedLagMs(one, atMs);
      return lag > allowedMs ? lateness(result, lag, allowedMs) : null;
    }
  }
}

const DOUBT_MS = 120_000;

function lateness({ outcome }: ResultDocument, tookMs: number, allowedMs: number): string {
  return `${outcome} took ${seconds(tookMs)}, and ${seconds(allowedMs)} are allowed.`;
}

/** From the end of the task, or from the start if it was over then, to the verdict. */
function lagMs({ cancellation, truth }: Case): number | null {
  const { ending, startedAtMs } = cancellation;
  if (ending.kind !== 'result' || !['CANCELED', 'FINISHED', 'FAILED'].includes(ending.result.outcome)) return null;
  if (typeof truth?.endedAtMs !== 'number') return null;
  return Math.max(Date.parse(ending.result.observedAt) - Math.max(truth.endedAtMs, startedAtMs), 0);
}

/** The wait under way when the task ended, the call after it, and what hindered them. */
function allowedLagMs(one: Case, toMs: number): number {
  const { startedAtMs, poll } = one.cancellation;
  const fromMs = Math.max(one.truth?.endedAtMs ?? toMs, startedAtMs);
  return longestWaitMs(poll, fromMs - startedAtMs) + 2 * CALL_MS + hindranceMs(one, { fromMs, toMs });
}

/** What calls without an answer, and all else from outside, may add to a wait. */
function hindranceMs(one: Case, span: Span): number {
  const { longestRetryAfterMs } = one.evidence;
  const retryMs = Math.max(LONGEST_RETRY_MS, JITTER * longestRetryAfterMs) + CALL_MS;
  // The wait after one that failed before the span may reach into it.
  const within = { fromMs: span.fromMs - retryMs, toMs: span.toMs };
  const failures = [...one.calls, ...one.lists].filter((call) => isWithin(call.atMs, within) && !isReliable(call));
  return failures.length * retryMs + standstillMs(one, span);
}

/** Where nothing could go on, and the call that each such time may have cost, with its retry. */
function standstillMs({ evidence }: Case, { fromMs, toMs }: Span): number {
  const costMs = CALL_MS + LONGEST_RETRY_MS;
  const outages = evidence.outages.filter((outage) => outage.toMs > fromMs - costMs && outage.fromMs < toMs);
  return outages.reduce(
    (sum, outage) => sum + Math.max(Math.min(outage.toMs, toMs) - Math.max(outage.fromMs, fromMs), 0) + costMs,
    evidence.crowdMs,
  );
}

const MOST_UNSEEN_CANCELS = 20;

function overBudget({ cancellation, calls }: Case): string | null {
  const { maxCancelRequests, operatorCancels, ending } = cancellation;
  const budget = maxCancelRequests + operatorCancels;
  const answered = calls.filter((call) => isCancel(call) && isReliable(call)).length;
  if (answered > budget) return `It had ${answered} cancels answered, and ${budget} are its budget.`;
  if (ending.kind === 'result' && ending.result.cancelRequests > budget)
    return `It counts ${ending.result.cancelRequests} answered cancels, and ${budget} are its budget.`;
  let unseen = 0;
  let most = 0;
  for (const call of calls) {
    if (isAboutTask(call)) unseen = 0;
    else if (isCancel(call) && mayWork(call) && !isRefused(call)) unseen += 1;
    most = Math.max(most, unseen);
  }
  return most > MOST_UNSEEN_CANCELS + operatorCancels
    ? `It sent ${most} cancels in a row without a sight of the task, and ${MOST_UNSEEN_CANCELS} are its budget.`
    : null;
}

function failed({ cancellation, calls, evidence }: Case, { type }: { type: string }): Judgement {
  const wrong = (because: string): Judgement => ({ kind: 'wrong', because });
  const seen = calls.findLast((call) => isAboutTask(call) && call.mayBeLost !== true);
  const withStatus = (...statuses: number[]) => calls.filter(({ status }) => statuses.includes(status ?? 0));
  switch (type) {
    case 'TaskVanished': {
      const row = withStatus(404).filter((call) => isRead(call) && call.atMs > (seen?.atMs ?? -Infinity));
      const spanMs = (row.at(-1)?.atMs ?? 0) - (row[0]?.atMs ?? 0);
      return row.length >= 5 && spanMs >= MINUTE_MS - CALL_MS
        ? { kind: 'right' }
        : wrong(`It is TaskVanished after ${row.length} answers of 404 within ${seconds(spanMs)}.`);
    }
    case 'TaskNotFound':
    case 'Unauthorized':
    case 'Forbidden':
    case 'VmcApiError': {
      if (seen !== undefined) return wrong(`It failed as ${type}, and had seen the task before.`);
      const reasons = {
        TaskNotFound: withStatus(404).length >= 3,
        Unauthorized: withStatus(401).length > 0 || evidence.calls.some(isRefusedSignIn),
        Forbidden: withStatus(403).length > 0,
        VmcApiError: calls.some(({ status, isForged }) => (status ?? 0) >= 300 || isForged === true),
      };
      return reasons[type] ? { kind: 'right' } : wrong(`It failed as ${type}, and no answer says so.`);
    }
    default:
      return { kind: 'lost', because: `${cancellation.taskId} has no verdict: it failed as ${type}.` };
  }
}

function isCancel({ operation }: LoggedCall): boolean {
  return operation === 'cancelTask';
}

function isRead({ operation }: LoggedCall): boolean {
  return operation === 'getTask';
}

function isList({ operation }: LoggedCall): boolean {
  return operation === 'listTasks';
}

function isSuccess({ status }: LoggedCall): boolean {
  return status !== null && status >= 200 && status < 300;
}

/** An answer that shows a task. */
function isAboutTask(call: LoggedCall): boolean {
  return isSuccess(call) && call.isForged !== true;
}

function isRefused({ status }: LoggedCall): boolean {
  return status === 400 || status === 409;
}

/** One that is sure to have reached the workflow. */
function isRefusal(call: LoggedCall | undefined): boolean {
  return call !== undefined && isRefused(call) && call.mayBeLost !== true;
}

/** A cancel that may have been received, refused or not. */
function mayWork({ status }: LoggedCall): boolean {
  return status !== 401 && status !== 403 && status !== 429;
}

/** An answer that reached the workflow and that it can use. */
function isReliable(call: LoggedCall): boolean {
  return (isAboutTask(call) || (isCancel(call) && isRefused(call))) && call.mayBeLost !== true;
}

function isRefusedSignIn({ operation, status }: LoggedCall): boolean {
  return operation === 'authorize' && status !== null && status >= 400 && status < 500;
}

function isWithin(atMs: number, { fromMs, toMs }: Span): boolean {
  return atMs >= fromMs && atMs <= toMs;
}

function callsMade({ calls, cancellations }: Evidence): Findings['calls'] {
  const ours = calls.filter(({ isCopy }) => isCopy !== true);
  const count = (operation: LoggedCall['operation']) => ours.filter((call) => call.operation === operation).length;
  const made = { cancels: count('cancelTask'), reads: count('getTask'), lists: count('listTasks') };
  const total = made.cancels + made.reads + made.lists;
  return { ...made, aCancellation: cancellations.length === 0 ? 0 : total / cancellations.length };
}

function lagsOf(lags: readonly number[]): Findings['lagMs'] {
  if (lags.length === 0) return null;
  const sorted = lags.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  const mean = lags.reduce((sum, lag) => sum + lag, 0) / lags.length;
  return { count: lags.length, mean, median: at(0.5), p95: at(0.95), most: at(1) };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

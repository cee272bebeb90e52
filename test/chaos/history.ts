import { temporal } from '@temporalio/proto';
import { SECOND_MS } from '../../domain/contract/duration';
import { UPDATES } from '../../domain/contract/names';
import type { ResultDocument, RunEnding, Span } from '../model/evidence';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Payloads = temporal.api.common.v1.IPayloads;

/** A run's history. Of a run that others preceded, theirs come first. */
export type Run = readonly HistoryEvent[];

/** What Temporal's histories say of a cancellation, whatever its operators believe. */
export interface RunFacts {
  /** From which its deadline counts. */
  beganAtMs: number;
  /** From which its calls count: a run that was reset has begun anew. */
  startedAtMs: number;
  /** By the accepted extensions. */
  extendedByMs: number;
  operatorCancels: number;
  stoppedAtMs: number | null;
  /** When its last status read began, whatever became of it; null: it made none. */
  lastReadAtMs: number | null;
  /** When it alone could not go on: it was paused, or the worker that had its task was away. */
  standstills: readonly Span[];
  /** Each from its being due to its end. */
  calls: readonly EndedCall[];
  /** How often it continued as new, was reset and was paused. */
  turns: Turns;
  ending: RunEnding;
}

export interface Turns {
  continued: number;
  resets: number;
  pauses: number;
}

export interface EndedCall extends Span {
  activity: 'requestCancel' | 'getTaskStatus';
  /** Whether its answer reached the run, and was one. */
  isAnswered: boolean;
}

const { EventType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

/** A workflow task takes less where nothing is in its way. */
const TASK_MS = 2 * SECOND_MS;

/** @param runs of one cancellation, in the order in which they continue one another */
export function factsOf(runs: readonly Run[]): RunFacts {
  const events = runs.flat();
  const updates = events.flatMap(({ eventTime, workflowExecutionUpdateAcceptedEventAttributes: accepted }) => {
    const { name, args } = accepted?.acceptedRequest?.input ?? {};
    return name ? [{ name, argument: firstOf(args), atMs: ms(eventTime) }] : [];
  });
  const stops = [
    ...updates.filter(({ name }) => name === UPDATES.stopMonitoring).map(({ atMs }) => atMs),
    ...events
      .filter((event) => event.workflowExecutionCancelRequestedEventAttributes)
      .map((event) => ms(event.eventTime)),
  ];
  const extensions = updates.filter(({ name }) => name === UPDATES.extendDeadline);
  return {
    beganAtMs: ms(events[0]?.eventTime),
    startedAtMs: startedAtMs(runs[0] ?? []),
    extendedByMs: extensions.reduce((sum, { argument }) => sum + (argument as { by: number }).by, 0),
    operatorCancels: updates.filter(({ name }) => name === UPDATES.reissueCancel).length,
    stoppedAtMs: stops.length === 0 ? null : Math.min(...stops),
    lastReadAtMs: lastReadAtMs(events),
    standstills: runs.flatMap((run) => [...slowTasks(run), ...lostCalls(run), ...pauses(run)]),
    calls: runs.flatMap(endedCalls),
    turns: {
      continued: Math.max(runs.length - 1, 0),
      resets: runs.filter(resetOf).length,
      pauses: runs.flatMap(pauses).length,
    },
    ending: endingOf(events.at(-1)),
  };
}

function lastReadAtMs(events: Run): number | null {
  const last = events.findLast(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'getTaskStatus',
  );
  return last === undefined ? null : ms(last.eventTime);
}

/** A run that was reset sends nothing before a worker takes it up again. */
function startedAtMs(run: Run): number {
  const reset = resetOf(run);
  if (reset === undefined) return ms(run[0]?.eventTime);
  const takenUp = run
    .slice(run.indexOf(reset))
    .find(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED);
  return ms((takenUp ?? reset).eventTime);
}

function resetOf(run: Run): HistoryEvent | undefined {
  return run.findLast(
    ({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
  );
}

/** The run that this one continues; null: none. */
export function runBefore(run: Run): string | null {
  return idOrNull(run[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId);
}

/** The run in whose place it came by a reset; null: none. */
export function runReplaced(run: Run): string | null {
  return idOrNull(resetOf(run)?.workflowTaskFailedEventAttributes?.baseRunId);
}

/** An id that is not set is empty. */
function idOrNull(id: string | null | undefined): string | null {
  return id === '' ? null : (id ?? null);
}

/** The cancels that a run had scheduled, and that a reset made it forget. */
export function scheduledCancels(run: Run, which: 'all' | 'inFlight'): number {
  const closed = new Set(run.map((event) => Number(callEnded(event))));
  return run.filter(
    ({ eventId, activityTaskScheduledEventAttributes: scheduled }) =>
      scheduled?.activityType?.name === 'requestCancel' && (which === 'all' || !closed.has(Number(eventId))),
  ).length;
}

/** Whether any of these texts is in it, be it in a payload: an input, a result or a failure. */
export function holdsAny(run: Run, texts: Iterable<string>): boolean {
  const all = textsIn(run).join('\n');
  return [...texts].some((text) => all.includes(text));
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value instanceof Uint8Array) return [Buffer.from(value).toString()];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function endingOf(last: HistoryEvent | undefined): RunEnding {
  const atMs = ms(last?.eventTime);
  const { workflowExecutionCompletedEventAttributes: completed, workflowExecutionFailedEventAttributes: failed } =
    last ?? {};
  if (completed) return { kind: 'result', atMs, result: firstOf(completed.result) as ResultDocument };
  if (failed) return { kind: 'failed', atMs, type: failed.failure?.applicationFailureInfo?.type ?? 'no type' };
  switch (last?.eventType) {
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
      return { kind: 'gone', how: 'it was terminated' };
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT:
      return { kind: 'gone', how: 'it timed out in Temporal' };
    case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED:
      return { kind: 'gone', how: 'it was canceled in Temporal' };
    default:
      return { kind: 'open' };
  }
}

/** From the instant at which a worker was needed to that at which one had done its work. */
function slowTasks(run: Run): Span[] {
  const spans: Span[] = [];
  let sinceMs: number | null = null;
  for (const { eventType, eventTime } of run) {
    if (eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED) sinceMs ??= ms(eventTime);
    if (eventType !== EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED) continue;
    if (sinceMs !== null && ms(eventTime) - sinceMs > TASK_MS) spans.push({ fromMs: sinceMs, toMs: ms(eventTime) });
    sinceMs = null;
  }
  return spans;
}

/** Calls of which a worker said nothing any more. */
function lostCalls(run: Run): Span[] {
  return run.flatMap(({ activityTaskTimedOutEventAttributes: timedOut, eventTime }) => {
    const scheduled = timedOut && eventOf(run, timedOut.scheduledEventId);
    return scheduled ? [{ fromMs: ms(scheduled.eventTime), toMs: ms(eventTime) }] : [];
  });
}

function endedCalls(run: Run): EndedCall[] {
  return run.flatMap((event) => {
    const scheduled = eventOf(run, callEnded(event));
    const activity = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name;
    if (activity !== 'requestCancel' && activity !== 'getTaskStatus') return [];
    const isAnswered = Boolean(event.activityTaskCompletedEventAttributes);
    return [{ activity, fromMs: ms(scheduled?.eventTime), toMs: ms(event.eventTime), isAnswered }];
  });
}

/** The event at which the call was scheduled whose end this one is, if it is one. */
function callEnded(event: HistoryEvent): HistoryEvent['eventId'] {
  return (
    event.activityTaskCompletedEventAttributes?.scheduledEventId ??
    event.activityTaskFailedEventAttributes?.scheduledEventId ??
    event.activityTaskTimedOutEventAttributes?.scheduledEventId ??
    event.activityTaskCanceledEventAttributes?.scheduledEventId
  );
}

function eventOf(run: Run, id: HistoryEvent['eventId']): HistoryEvent | undefined {
  // They are numbered from 1.
  return run[Number(id ?? 0) - 1];
}

function pauses(run: Run): Span[] {
  return run
    .filter(({ eventType }) => eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED)
    .map((paused) => {
      const unpaused = run.find(
        ({ eventType, eventTime }) =>
          eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED && ms(eventTime) >= ms(paused.eventTime),
      );
      return { fromMs: ms(paused.eventTime), toMs: unpaused === undefined ? Infinity : ms(unpaused.eventTime) };
    });
}

function firstOf(payloads: Payloads | null | undefined): unknown {
  const [payload] = payloads?.payloads ?? [];
  return payload?.data ? (JSON.parse(Buffer.from(payload.data).toString()) as unknown) : undefined;
}

function ms(time: temporal.api.history.v1.IHistoryEvent['eventTime']): number {
  return Number(time?.seconds ?? 0) * SECOND_MS + (time?.nanos ?? 0) / 1e6;
}

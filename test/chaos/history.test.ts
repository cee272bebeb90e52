import { describe, expect, it } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import type { Run } from './history';
import { factsOf, holdsAny, runReplaced, scheduledCancels } from './history';

const { EventType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

type Fields = temporal.api.history.v1.IHistoryEvent;

/** The events one second apart, from the tenth second on. */
function run(...events: [type: keyof typeof EventType, fields?: Fields][]): Run {
  return events.map(([type, fields], index) => ({
    ...{ eventId: index + 1, eventType: EventType[type], eventTime: { seconds: 10 + index, nanos: 0 } },
    ...fields,
  })) as Run;
}

function payloads(value: unknown) {
  return { payloads: [{ data: Buffer.from(JSON.stringify(value)) }] };
}

function update(name: string, argument: unknown = {}): [keyof typeof EventType, Fields] {
  const input = { name, args: payloads(argument) };
  return [
    'EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED',
    { workflowExecutionUpdateAcceptedEventAttributes: { acceptedRequest: { input } } },
  ];
}

const STARTED: [keyof typeof EventType] = ['EVENT_TYPE_WORKFLOW_EXECUTION_STARTED'];
const TASK: [keyof typeof EventType][] = [
  ['EVENT_TYPE_WORKFLOW_TASK_SCHEDULED'],
  ['EVENT_TYPE_WORKFLOW_TASK_STARTED'],
  ['EVENT_TYPE_WORKFLOW_TASK_COMPLETED'],
];
const CANCEL: [keyof typeof EventType, Fields] = [
  'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  { activityTaskScheduledEventAttributes: { activityType: { name: 'requestCancel' } } },
];
const READ: [keyof typeof EventType, Fields] = [
  'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  { activityTaskScheduledEventAttributes: { activityType: { name: 'getTaskStatus' } } },
];
const RESET: [keyof typeof EventType, Fields] = [
  'EVENT_TYPE_WORKFLOW_TASK_FAILED',
  {
    workflowTaskFailedEventAttributes: {
      cause: WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_RESET_WORKFLOW,
      baseRunId: 'base',
    },
  },
];

describe('what histories say of a cancellation', () => {
  it('is what operators had accepted, over all its runs', () => {
    const first = run(STARTED, update('extendDeadline', { by: 2_000 }), update('reissueCancel'));
    const second = run(STARTED, update('extendDeadline', { by: 500 }), update('pollNow'), update('stopMonitoring'));
    expect(factsOf([first, second])).toMatchObject({
      ...{ beganAtMs: 10_000, startedAtMs: 10_000 },
      ...{ extendedByMs: 2_500, operatorCancels: 1, stoppedAtMs: 13_000 },
      turns: { continued: 1, resets: 0, pauses: 0 },
      ending: { kind: 'open' },
    });
  });

  it('is when the last status read began, in whichever run', () => {
    expect(factsOf([run(STARTED, READ, CANCEL), run(STARTED, CANCEL)]).lastReadAtMs).toBe(11_000);
    expect(factsOf([run(STARTED, CANCEL)]).lastReadAtMs).toBeNull();
  });

  it('is that one which was reset has begun anew when a worker took it up', () => {
    const reset = run(STARTED, ...TASK.slice(0, 2), RESET, ...TASK);
    expect(factsOf([reset])).toMatchObject({ beganAtMs: 10_000, startedAtMs: 15_000, turns: { resets: 1 } });
    expect(runReplaced(reset)).toBe('base');
  });

  it('is how it ended', () => {
    const result = { outcome: 'CANCELED' };
    const ended = (fields: Fields) => factsOf([run(STARTED, ['EVENT_TYPE_UNSPECIFIED', fields])]).ending;
    expect(ended({ workflowExecutionCompletedEventAttributes: { result: payloads(result) } })).toEqual({
      ...{ kind: 'result', atMs: 11_000, result },
    });
    const failure = { applicationFailureInfo: { type: 'TaskNotFound' } };
    expect(ended({ workflowExecutionFailedEventAttributes: { failure } })).toMatchObject({ type: 'TaskNotFound' });
    expect(factsOf([run(STARTED, ['EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED'])]).ending).toMatchObject({
      kind: 'gone',
    });
  });

  it('is when it could not go on: a task that no worker did, and a pause', () => {
    const paused = run(
      ...[STARTED, ...TASK.slice(0, 2)],
      ['EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT'],
      ...TASK,
      ['EVENT_TYPE_WORKFLOW_EXECUTION_PAUSED'],
      ['EVENT_TYPE_WORKFLOW_EXECUTION_UNPAUSED'],
    );
    expect(factsOf([paused]).standstills).toEqual([
      { fromMs: 11_000, toMs: 16_000 },
      { fromMs: 17_000, toMs: 18_000 },
    ]);
  });

  it('is which calls were answered', () => {
    const answered: [keyof typeof EventType, Fields] = [
      'EVENT_TYPE_ACTIVITY_TASK_COMPLETED',
      { activityTaskCompletedEventAttributes: { scheduledEventId: 2 as unknown as Long } },
    ];
    const timedOut: [keyof typeof EventType, Fields] = [
      'EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT',
      { activityTaskTimedOutEventAttributes: { scheduledEventId: 4 as unknown as Long } },
    ];
    const activity = 'requestCancel';
    expect(factsOf([run(STARTED, CANCEL, answered, CANCEL, timedOut)]).calls).toEqual([
      { activity, fromMs: 11_000, toMs: 12_000, isAnswered: true },
      { activity, fromMs: 13_000, toMs: 14_000, isAnswered: false },
    ]);
    const calls = run(STARTED, CANCEL, answered, CANCEL);
    expect([scheduledCancels(calls, 'all'), scheduledCancels(calls, 'inFlight')]).toEqual([2, 1]);
  });

  it('is whether a text is in them, also in a payload or a failure', () => {
    const result: [keyof typeof EventType, Fields] = [
      'EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED',
      { workflowExecutionCompletedEventAttributes: { result: payloads({ reason: 'said canary-1' }) } },
    ];
    const failure: [keyof typeof EventType, Fields] = [
      'EVENT_TYPE_ACTIVITY_TASK_FAILED',
      { activityTaskFailedEventAttributes: { failure: { cause: { message: 'said canary-2' } } } },
    ];
    const holds = (text: string) => holdsAny(run(STARTED, failure, result), [text]);
    expect([holds('canary-1'), holds('canary-2'), holds('canary-3')]).toEqual([true, true, false]);
  });
});

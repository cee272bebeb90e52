import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTask, taskSchema } from '../../../domain/cancellation/task';
import { isKnownStatus, isTerminal } from '../../../domain/cancellation/taskStatus';

const complete = {
  id: 't-1',
  status: 'CANCELING',
  sub_status: 'POD_DELETE_CLUSTER',
  task_type: 'SDDC-DELETE',
  resource_id: 'r-1',
  resource_type: 'sddc',
  phase_in_progress: 'phase-2',
  progress_percent: 42,
  estimated_remaining_minutes: 7,
  start_time: '2026-01-02T03:04:05.6Z',
  end_time: null,
  error_message: '',
  params: { secret: 'canary' },
  retries: 3,
};

describe('parsing a task', () => {
  it('keeps what the contract names and nothing else, so never its params', () => {
    expect(parseTask(complete)).toEqual({
      id: 't-1',
      status: 'CANCELING',
      subStatus: 'POD_DELETE_CLUSTER',
      taskType: 'SDDC-DELETE',
      resourceId: 'r-1',
      resourceType: 'sddc',
      phaseInProgress: 'phase-2',
      progressPercent: 42,
      estimatedRemainingMinutes: 7,
      startTime: '2026-01-02T03:04:05.6Z',
      endTime: null,
      errorMessage: null,
    });
  });

  it('keeps an estimate of nothing, and looks at ten errors of services at the most', () => {
    expect(parseTask({ ...complete, estimated_remaining_minutes: 0 })?.estimatedRemainingMinutes).toBe(0);
    const errorOf = (silent: number) =>
      parseTask({
        ...complete,
        service_errors: [...Array.from({ length: silent }, () => ({})), { default_message: 'no' }],
      })?.errorMessage;
    expect([errorOf(9), errorOf(10)]).toEqual(['no', null]);
  });

  it('keeps a status that nobody documented as it is', () => {
    expect(parseTask({ id: 't-1', status: 'PAUSED' })?.status).toBe('PAUSED');
    expect(isTerminal('PAUSED')).toBe(false);
  });

  it('gives null for a field of another type, an empty text and a negative estimate', () => {
    const task = parseTask({
      ...complete,
      sub_status: 5,
      phase_in_progress: '',
      estimated_remaining_minutes: -1,
      progress_percent: '42',
    });
    expect(task).toMatchObject({
      subStatus: null,
      phaseInProgress: null,
      estimatedRemainingMinutes: null,
      progressPercent: null,
    });
  });

  it('takes the first error message that says something', () => {
    expect(parseTask({ ...complete, error_message: '', localized_error_message: 'why' })?.errorMessage).toBe('why');
  });

  it.each<[string, unknown, string | null]>([
    ['the localized message', [{ localized_message: 'Fehler', default_message: 'error' }], 'Fehler'],
    ['else the default message', [{ localized_message: ' ', default_message: 'error' }], 'error'],
    ['of the first that says something', [{}, null, 'x', { default_message: 'second' }], 'second'],
    ['none of what is no list', { default_message: 'error' }, null],
    ['none of an empty list', [], null],
  ])("takes, where the task says nothing itself, its service errors' word: %s", (_, service_errors, message) => {
    expect(parseTask({ ...complete, service_errors })?.errorMessage).toBe(message);
    const own = parseTask({ ...complete, service_errors, customer_error_message: 'own' });
    expect(own?.errorMessage).toBe('own');
  });

  it.each([
    ['x'.repeat(1_000), 'x'.repeat(1_000)],
    [`${'x'.repeat(998)}🙂🙂`, `${'x'.repeat(998)}🙂🙂`],
    [`${'x'.repeat(998)}🙂🙂🙂`, `${'x'.repeat(998)}🙂…`],
    ['🙂'.repeat(100_000), `${'🙂'.repeat(999)}…`],
    ['a\ud83d', 'a\ufffd'],
    ['\udc00b', '\ufffdb'],
    ['one\r\ntwo\u0000', 'one two'],
    ['\u001b[31mred\u202e', 'red'],
    [' \u0000 ', null],
  ])('keeps of %j what is well-formed, plain and within a thousand code points', (given, kept) => {
    expect(parseTask({ ...complete, error_message: given })?.errorMessage).toBe(kept);
    expect(parseTask({ ...complete, phase_in_progress: given })?.phaseInProgress).toBe(kept);
  });

  it.each(['CANCELED\u0000', '\u001b[31mCANCELED', 'CANCELED ', '\u202eCANCELED', 'CAN\u00adCELED', 'CANCELED\ud800'])(
    'sees no known status in %j',
    (status) => {
      const task = parseTask({ ...complete, status });
      expect(task?.status).toBeTruthy();
      expect(isKnownStatus(task?.status ?? '')).toBe(false);
    },
  );

  it('keeps a status of any length, cut', () => {
    expect(parseTask({ ...complete, status: 'S'.repeat(5_000) })?.status).toHaveLength(1_000);
  });

  it('keeps an id that is a UUID in lower case', () => {
    const id = '1D1C2B3A-4455-6677-8899-AABBCCDDEEFF';
    expect(parseTask({ ...complete, id })?.id).toBe(id.toLowerCase());
    expect(parseTask({ ...complete, id: 'Task-1' })?.id).toBe('Task-1');
  });

  it.each(['task-1\u0000', '\u001b[31mtask-1', '\u202etask-1', 'ta\u00adsk-1', 'task-1\ud800'])(
    'sees another id than task-1 in %j',
    (id) => {
      const seen = parseTask({ ...complete, id })?.id;
      expect(seen).toMatch(/^[^\p{C}]+\?$/u);
      expect(seen).not.toBe('task-1');
    },
  );

  it.each([
    null,
    undefined,
    [],
    'text',
    {},
    { id: 't-1' },
    { status: 'STARTED' },
    { id: 1, status: 'STARTED' },
    { id: 't-1', status: '' },
    { id: 't-1', status: null },
  ])('sees no task in %j', (body) => {
    expect(parseTask(body)).toBeNull();
  });

  it('never throws, and gives either nothing or a whole snapshot', () => {
    const field = fc.anything();
    const keys = Object.fromEntries(Object.keys(complete).map((key) => [key, field]));
    fc.assert(
      fc.property(
        fc.record({ ...keys, id: fc.oneof(fc.string(), field), status: fc.oneof(fc.string(), field) }),
        (body) => {
          const task = parseTask(body);
          expect(task === null || taskSchema.safeParse(task).success).toBe(true);
        },
      ),
    );
  });
});

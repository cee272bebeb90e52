import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseTask, taskSchema } from '../../domain/task';
import { isTerminal } from '../../domain/taskStatus';

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

  it('bounds the length of what it keeps', () => {
    expect(parseTask({ ...complete, error_message: 'x'.repeat(100_000) })?.errorMessage?.length).toBeLessThanOrEqual(
      1_000,
    );
  });

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

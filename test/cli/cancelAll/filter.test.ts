import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from '../../../cli/cancelAll/filter';
import { checkFilter } from '../../../cli/cancelAll/filterCheck';
import type { Task } from '../../../domain/cancellation/task';
import { parseTask } from '../../../domain/cancellation/task';
import { parseFilter as parseSimulatedFilter } from '../../../simulator/filter';
import { scriptSchema } from '../../../simulator/script';
import { taskDocument } from '../../../simulator/taskDocument';
import { draws } from '../../environment/draws';

const TASK: Task = {
  id: '1d1c-AB',
  status: 'STARTED',
  subStatus: 'POD_DELETE_CLUSTER',
  taskType: 'SDDC-DELETE',
  resourceId: 'r-1',
  resourceType: 'sddc',
  phaseInProgress: null,
  progressPercent: 50,
  estimatedRemainingMinutes: null,
  startTime: '2026-03-01T10:00:00.123456Z',
  endTime: null,
  errorMessage: 'none',
};

function truthOf(filter: string, task = TASK): boolean | null {
  const condition = parseFilter(filter);
  if (condition === null) throw new Error(`it cannot be read: ${filter}`);
  return condition.isMetBy(task);
}

describe('a filter, on a task of the answer,', () => {
  it.each([
    "status eq 'STARTED'",
    "(status eq 'STARTED')",
    "STATUS eq 'x' or status EQ 'STARTED'",
    "'STARTED' eq status",
    "status ne 'FINISHED'",
    "sub_status ne ''",
    "startswith(task_type, 'SDDC') and endswith(task_type,'DELETE') and contains(task_type, 'C-D')",
    "startswith(task_type,'SDDC') eq true",
    "tolower(task_type) eq 'sddc-delete'",
    "toupper(resource_type) eq 'SDDC'",
    'length(status) eq 7',
    'progress_percent ge 50 and progress_percent le 50.0 and progress_percent gt -1',
    'start_time gt 2026-03-01T09:59:59Z',
    "start_time lt '2026-03-01T10:00:01Z'",
    "not (status eq 'FINISHED')",
    "not status eq 'FINISHED' and status eq 'STARTED'",
    "not not status eq 'STARTED'",
    "status eq 'FINISHED' and user_name eq 'x' or status eq 'STARTED'",
    "status eq 'STARTED' or status eq 'FINISHED' and status eq 'FAILED'",
    "phase_in_progress ne 'PREPARE'",
    'status ne null',
    'true',
  ])('is met: %s', (filter) => {
    expect(truthOf(filter)).toBe(true);
  });

  it.each([
    ["status eq 'FINISHED'", "status eq 'FINISHED'"],
    ["status eq 'STARTED' and task_type eq 'CLUSTER-DESTROY'", "task_type eq 'CLUSTER-DESTROY'"],
    ["user_name eq 'x' and (resource_id eq 'r-2')", "resource_id eq 'r-2'"],
    ["(status eq 'STARTED' and (resource_type eq 'host'))", "resource_type eq 'host'"],
    ["status eq 'FAILED' or sub_status eq 'X'", "status eq 'FAILED' or sub_status eq 'X'"],
    ["not (status eq 'STARTED')", "not (status eq 'STARTED')"],
    [
      "not startswith(task_type,'SDDC') or progress_percent lt 50",
      "not startswith(task_type,'SDDC') or progress_percent lt 50",
    ],
    ["startswith(task_type, 'CLUSTER')", "startswith(task_type, 'CLUSTER')"],
    ["id eq 'it''s (not) and or'", "id eq 'it''s (not) and or'"],
    ['progress_percent lt 50', 'progress_percent lt 50'],
    ['start_time ge 2026-03-02T00:00:00.000Z', 'start_time ge 2026-03-02T00:00:00.000Z'],
    ["phase_in_progress eq 'PREPARE'", "phase_in_progress eq 'PREPARE'"],
    ['end_time gt 2026-03-01T00:00:00Z and false', 'false'],
    ['status eq null', 'status eq null'],
  ])('is not met: %s', (filter, comparison) => {
    expect(truthOf(filter)).toBe(false);
    expect(checkFilter(filter, [TASK]).contradiction).toContain(`the filter says ${comparison}, and task "1d1c-AB"`);
  });

  it.each([
    ['a field that is not kept', "user_name eq 'x'"],
    ['a field that there is not', "tasktype eq 'SDDC-DELETE'"],
    ['a name that objects have', "constructor eq 'x' and toString('x') eq 'x'"],
    ['an error message, which may be of another field', "error_message eq 'other'"],
    ['the case of letters', "status eq 'started' and startswith(task_type, 'sddc')"],
    ['the order of texts', "status lt 'A'"],
    ['nothing, which may be an estimate below 0', 'estimated_remaining_minutes eq -1'],
    ['nothing, which may count as 0', 'estimated_remaining_minutes lt 5'],
    ['nothing, which may be empty or null', "phase_in_progress eq '' or phase_in_progress eq null"],
    ['what is finer than a millisecond', 'start_time lt 2026-03-01T10:00:00.123Z'],
    ['a comparison of different things', "progress_percent eq '50' and status eq 5"],
    ['a function that is not known', "trim(status) eq 'x'"],
    ['no condition at all', 'status'],
  ])('is not known to be met, nor not: %s', (_case, filter) => {
    expect(truthOf(filter)).toBeNull();
    expect(truthOf(`not (${filter})`)).toBeNull();
    expect(checkFilter(filter, [TASK])).toMatchObject({ contradiction: null });
  });

  it('is not known on a text that was cut or mended', () => {
    for (const taskType of [`${'x'.repeat(999)}…`, 'a\ufffd'])
      expect(truthOf("task_type eq 'other'", { ...TASK, taskType })).toBeNull();
  });

  it.each([
    'status is STARTED',
    "status in ('STARTED')",
    'status eq "STARTED"',
    "status eq 'STARTED",
    "status eq 'STARTED' and",
    "(status eq 'STARTED'",
    "status eq 'STARTED')",
    "status eq 'STARTED' task_type eq 'x'",
    'start_time ge 2026-03-01',
    'progress_percent add 1 eq 5',
    'a/b eq 1',
    'startswith()',
    `${'('.repeat(5_000)}true${')'.repeat(5_000)}`,
    '',
  ])('that cannot be read contradicts nothing: %s', (filter) => {
    expect(parseFilter(filter)).toBeNull();
    expect(checkFilter(filter, [TASK])).toEqual({ contradiction: null, unchecked: [filter] });
  });

  it('tells what it could not look at, and nothing where nothing hangs on it', () => {
    const filter = "status eq 'STARTED' and user_name eq 'x' and created gt 2026-03-01T00:00:00Z";
    expect(checkFilter(filter, [TASK]).unchecked).toEqual(["user_name eq 'x'", 'created gt 2026-03-01T00:00:00Z']);
    expect(checkFilter("status eq 'STARTED' or user_name eq 'x'", [TASK]).unchecked).toEqual([]);
    expect(checkFilter(filter, []).unchecked).toEqual([]);
  });

  it('names the value that is against it', () => {
    expect(checkFilter("task_type eq 'CLUSTER-DESTROY'", [TASK]).contradiction).toBe(
      `the filter says task_type eq 'CLUSTER-DESTROY', and task "1d1c-AB" is in the answer, whose task_type is "SDDC-DELETE"`,
    );
  });
});

const text = fc.constantFrom(
  "'STARTED'",
  "'CANCELING'",
  "'started'",
  "'SDDC-DELETE'",
  "'SDDC'",
  "''",
  "'sddc'",
  "'FINISHED'",
);
const field = fc.constantFrom(
  'id',
  'status',
  'sub_status',
  'task_type',
  'resource_type',
  'phase_in_progress',
  'user_name',
);
const operator = fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge');
const call = fc
  .tuple(fc.constantFrom('startswith', 'endswith', 'contains'), field, text)
  .map(([name, of, part]) => `${name}(${of}, ${part})`);
const instant = fc.constantFrom('2026-03-01T10:00:00Z', '2026-03-01T10:05:00.5Z', "'2026-03-01T10:07:00Z'");
const comparison = fc.oneof(
  fc.tuple(field, operator, text).map((words) => words.join(' ')),
  fc
    .tuple(fc.constantFrom('tolower', 'toupper'), field, operator, text)
    .map(([name, of, ...rest]) => `${name}(${of}) ${rest.join(' ')}`),
  fc
    .tuple(
      fc.constantFrom('progress_percent', 'estimated_remaining_minutes', 'length(status)', 'version'),
      operator,
      fc.integer({ min: -1, max: 101 }),
    )
    .map((words) => words.join(' ')),
  fc.tuple(fc.constantFrom('start_time', 'end_time', 'created'), operator, instant).map((words) => words.join(' ')),
  fc
    .tuple(fc.oneof(field, fc.constantFrom('end_time', 'progress_percent')), fc.constantFrom('eq', 'ne'))
    .map((words) => `${words.join(' ')} null`),
  call,
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small' },
    comparison,
    fc.tuple(tie('filter'), fc.constantFrom('and', 'or'), tie('filter')).map((words) => words.join(' ')),
    tie('filter').map((inner) => `not (${inner})`),
    tie('filter').map((inner) => `(${inner})`),
  ),
}));
const document = fc
  .record({
    onCancel: fc.constantFrom('accept', 'ignore'),
    endsAs: fc.constantFrom('FINISHED', 'FAILED'),
    minutes: fc.nat({ max: 90 }),
  })
  .map(({ onCancel, endsAs, minutes }) => {
    const createdAtMs = Date.parse('2026-03-01T10:00:00Z');
    const ids = {
      orgId: 'o',
      taskId: 'Task-1',
      taskType: 'SDDC-DELETE',
      resourceId: 'r',
      correlationId: 'c',
      userId: 'u',
    };
    const script = scriptSchema.parse({ onCancel, endsAs, endsAfterMs: 3_600_000 });
    return taskDocument(ids, { script, createdAtMs, cancelAcceptedAtMs: null }, createdAtMs + minutes * 60_000);
  });

describe('a task that the API’s filter lets through', () => {
  it('never contradicts it, and one that it does not never is taken for sure', () => {
    fc.assert(
      fc.property(filter, document, (written, task) => {
        const simulated = parseSimulatedFilter(written);
        const seen = parseTask(task);
        fc.pre(simulated.ok && seen !== null);
        expect(parseFilter(written)?.isMetBy(seen)).not.toBe(!simulated.matches(task));
      }),
      { numRuns: draws(1_000, 5_000) },
    );
  });
});

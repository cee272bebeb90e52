import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseFilter } from '../../simulator/filter';
import { scriptSchema } from '../../simulator/script';
import type { TaskDocument } from '../../simulator/taskDocument';
import { taskDocument } from '../../simulator/taskDocument';

const STARTED = taskDocument(
  { orgId: 'org', taskId: 'Task-1', taskType: 'SDDC-DELETE', resourceId: 'r', correlationId: 'c', userId: 'u' },
  { script: scriptSchema.parse({}), createdAtMs: Date.parse('2026-03-01T10:00:00Z'), cancelAcceptedAtMs: null },
  Date.parse('2026-03-01T10:05:00Z'),
);

function holds(filter: string, task: TaskDocument = STARTED): boolean {
  const parsed = parseFilter(filter);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.matches(task);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

describe('$filter', () => {
  it.each([
    "status eq 'STARTED'",
    "(status eq 'STARTED')",
    "status ne 'FINISHED'",
    'progress_percent eq 50',
    'progress_percent gt 49.5 and progress_percent lt 51',
    'progress_percent ge 50 and progress_percent le 50',
    'estimated_remaining_minutes gt -1',
    "startswith(task_type, 'SDDC')",
    "endswith(task_type,'-DELETE')",
    "contains(task_type, 'C-D')",
    "startswith(task_type, 'SDDC') eq true",
    'length(status) eq 7',
    "tolower(id) eq 'task-1'",
    "toupper(id) eq 'TASK-1'",
    "contains(tolower(id), 'task')",
    "not (status eq 'FINISHED')",
    "not status eq 'FINISHED'",
    "not contains(status, 'X') and version gt 0",
    'created gt 2026-03-01T10:00:00Z',
    'created eq 2026-03-01T10:00:00.012Z',
    "created lt '2026-03-01T10:00:00.013Z'",
    'end_time eq null',
    'parent_task_id eq null and null eq null',
    'id ne null',
    "status eq 'FINISHED' or status eq 'STARTED'",
    "  status\teq  'STARTED'  ",
  ])('is met by the task: %s', (filter) => {
    expect(holds(filter)).toBe(true);
  });

  it.each([
    "status eq 'started'",
    "status eq 'FINISHED'",
    'progress_percent lt 50',
    "not (status eq 'STARTED')",
    "startswith(task_type, 'DELETE')",
    'created gt 2026-03-01T10:00:00.012Z',
    'end_time gt 2000-01-01T00:00:00Z',
    'not (end_time gt 2000-01-01T00:00:00Z)',
    'not (end_time gt 2000-01-01T00:00:00Z or version eq 0)',
    "contains(error_message, '')",
    'id eq null',
    "created gt 'yesterday'",
    // "and" binds the tighter
    "(status eq 'STARTED' or version eq 0) and version eq 0",
  ])('is not met by the task: %s', (filter) => {
    expect(holds(filter)).toBe(false);
  });

  it('binds "and" tighter than "or"', () => {
    expect(holds("status eq 'STARTED' or version eq 0 and version eq 0")).toBe(true);
  });

  it.each([
    ['status', 'a boolean is needed where a string stands'],
    ["status eq 'STARTED", 'cannot be read from character 11 on'],
    ["status eq 'STARTED' and", 'the end is not expected'],
    ["status = 'STARTED'", 'cannot be read from character 8 on'],
    ["status EQ 'STARTED'", 'EQ is not expected'],
    ["(status eq 'STARTED'", 'the end is not expected'],
    ["status eq 'STARTED')", ') is not expected'],
    ["color eq 'red'", 'color is no field to filter by'],
    ["params eq 'x'", 'params is no field to filter by'],
    ["constructor eq 'x'", 'constructor is no field to filter by'],
    ["version eq '1'", 'a number cannot be compared with a string'],
    ['created eq 5', 'a date cannot be compared with a number'],
    ['created eq 2026-13-01T00:00:00Z', '2026-13-01T00:00:00Z is no date'],
    ["version and status eq 'STARTED'", 'a boolean is needed where a number stands'],
    ['not version', 'a boolean is needed where a number stands'],
    ["concat(status, 'x') eq 'y'", 'concat is no function'],
    ["toString(status) eq 'y'", 'toString is no function'],
    ['startswith(status) eq true', 'startswith takes 2 argument(s), not 1'],
    ['length(version) eq 1', 'a string is needed where a number stands'],
    ["status eq 'a' eq 'b'", 'eq is not expected'],
    ['('.repeat(101), 'is nested too deeply'],
    ['not '.repeat(101), 'is nested too deeply'],
    ['', 'the end is not expected'],
  ])('is refused: %s', (filter, problem) => {
    expect(parseFilter(filter)).toEqual({ ok: false, problem });
  });

  it('finds any text as it is, quotes doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, other) => {
        const task = { ...STARTED, sub_status: text };
        expect(holds(`sub_status eq ${quoted(text)}`, task)).toBe(true);
        expect(holds(`sub_status eq ${quoted(other)}`, task)).toBe(text === other);
        expect(holds(`contains(sub_status, ${quoted(other)})`, task)).toBe(text.includes(other));
        expect(holds(`length(sub_status) eq ${text.length}`, task)).toBe(true);
      }),
    );
  });

  it('means what and, or, not and the comparisons mean', () => {
    interface Case {
      filter: string;
      meets: (version: number) => boolean;
    }
    const { formula } = fc.letrec<{ formula: Case; atom: Case; not: Case; pair: Case }>((tie) => ({
      formula: fc.oneof({ maxDepth: 6 }, tie('atom'), tie('not'), tie('pair')),
      atom: fc
        .tuple(fc.constantFrom('eq', 'ne', 'lt', 'gt', 'le', 'ge'), fc.integer({ min: 0, max: 4 }))
        .map(([operator, bound]) => ({
          filter: `version ${operator} ${bound}`,
          meets: (version: number) =>
            (version < bound && ['ne', 'lt', 'le'].includes(operator)) ||
            (version === bound && ['eq', 'le', 'ge'].includes(operator)) ||
            (version > bound && ['ne', 'gt', 'ge'].includes(operator)),
        })),
      not: tie('formula').map(({ filter, meets }) => ({
        filter: `not (${filter})`,
        meets: (version: number) => !meets(version),
      })),
      pair: fc.tuple(fc.boolean(), tie('formula'), tie('formula')).map(([both, left, right]) => ({
        filter: both ? `(${left.filter}) and (${right.filter})` : `${left.filter} or ${right.filter}`,
        meets: (version: number) =>
          both ? left.meets(version) && right.meets(version) : left.meets(version) || right.meets(version),
      })),
    }));
    fc.assert(
      fc.property(formula, fc.integer({ min: 0, max: 4 }), ({ filter, meets }, version) => {
        expect(holds(filter, { ...STARTED, version })).toBe(meets(version));
      }),
    );
  });

  it('is parsed or refused, whatever it is', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      ',',
      'and',
      'or',
      'not',
      'eq',
      'status',
      'version',
      "'x'",
      '1',
      'null',
      'true',
      'length',
    );
    const nearly = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (filter) => {
        const parsed = parseFilter(filter);
        expect(typeof (parsed.ok ? parsed.matches(STARTED) : parsed.problem)).toBe(parsed.ok ? 'boolean' : 'string');
      }),
    );
  });
});

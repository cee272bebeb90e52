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
const UNEXPECTED = 'is not expected: this simulator knows eq, ne, and, or and parentheses';

describe('$filter', () => {
  it.each([
    "status eq 'STARTED'",
    "(status eq 'STARTED')",
    "status ne 'FINISHED'",
    'progress_percent eq 50',
    'estimated_remaining_minutes ne -1.5',
    'parent_task_id eq null',
    'id ne null',
    "status eq 'FINISHED' or status eq 'STARTED'",
    "(status eq 'STARTED' or status eq 'CANCELING')",
    "  status\teq  'STARTED'  ",
    "version ne '1'",
  ])('is met by the task: %s', (filter) => {
    expect(holds(filter)).toBe(true);
  });

  it.each([
    "status eq 'started'",
    "status eq 'FINISHED'",
    'id eq null',
    'parent_task_id ne null',
    "(status eq 'STARTED' or version eq 0) and version eq 0",
  ])('is not met by the task: %s', (filter) => {
    expect(holds(filter)).toBe(false);
  });

  it('binds "and" tighter than "or"', () => {
    expect(holds("status eq 'STARTED' or version eq 0 and version eq 0")).toBe(true);
  });

  it.each([
    ['status', `the end ${UNEXPECTED}`],
    ["status eq 'STARTED", 'cannot be read from character 11 on'],
    ["status eq 'STARTED' and", `the end ${UNEXPECTED}`],
    ["status = 'STARTED'", 'cannot be read from character 8 on'],
    ["status EQ 'STARTED'", `EQ ${UNEXPECTED}`],
    ['progress_percent lt 50', `lt ${UNEXPECTED}`],
    ["(status eq 'STARTED'", `the end ${UNEXPECTED}`],
    ["status eq 'STARTED')", `) ${UNEXPECTED}`],
    ["status eq 'a' eq 'b'", `eq ${UNEXPECTED}`],
    ['status eq version', `version ${UNEXPECTED}`],
    ["color eq 'red'", 'color is no field that this simulator filters by'],
    ["params eq 'x'", 'params is no field that this simulator filters by'],
    ["constructor eq 'x'", 'constructor is no field that this simulator filters by'],
    ["not status eq 'x'", 'not is no field that this simulator filters by'],
    ["contains(status, 'x')", 'cannot be read from character 16 on'],
    ['('.repeat(101), 'is nested too deeply'],
    ['', `the end ${UNEXPECTED}`],
  ])('is refused: %s', (filter, problem) => {
    expect(parseFilter(filter)).toEqual({ ok: false, problem });
  });

  it('finds any text as it is, quotes doubled', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, other) => {
        const task = { ...STARTED, sub_status: text };
        expect(holds(`sub_status eq ${quoted(text)}`, task)).toBe(true);
        expect(holds(`sub_status ne ${quoted(other)}`, task)).toBe(text !== other);
      }),
    );
  });

  it('means what and, or and the comparisons mean', () => {
    interface Case {
      filter: string;
      meets: (version: number) => boolean;
    }
    const { formula } = fc.letrec<{ formula: Case; atom: Case; pair: Case }>((tie) => ({
      formula: fc.oneof({ maxDepth: 6 }, tie('atom'), tie('pair')),
      atom: fc.tuple(fc.constantFrom('eq', 'ne'), fc.integer({ min: 0, max: 4 })).map(([operator, bound]) => ({
        filter: `version ${operator} ${bound}`,
        meets: (version: number) => (version === bound) === (operator === 'eq'),
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
    const piece = fc.constantFrom('(', ')', ',', 'and', 'or', 'eq', 'ne', 'status', 'version', "'x'", '1', 'null');
    const nearly = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(' '));
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string()), (filter) => {
        const parsed = parseFilter(filter);
        expect(typeof (parsed.ok ? parsed.matches(STARTED) : parsed.problem)).toBe(parsed.ok ? 'boolean' : 'string');
      }),
    );
  });
});

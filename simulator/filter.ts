import type { TaskDocument } from './taskDocument';

type Predicate = (task: TaskDocument) => boolean;
export type ParsedFilter = { ok: true; matches: Predicate } | { ok: false; problem: string };

class FilterProblem extends Error {
  override readonly name = 'FilterProblem';
}

const FIELDS = [
  'id',
  'status',
  'sub_status',
  'task_type',
  'task_version',
  'resource_id',
  'resource_type',
  'org_id',
  'org_type',
  'parent_task_id',
  'correlation_id',
  'user_id',
  'user_name',
  'version',
  'phase_in_progress',
  'progress_percent',
  'estimated_remaining_minutes',
  'error_message',
] as const satisfies readonly (keyof TaskDocument)[];

/** Far above any real filter, far below the depth of the stack. */
const MAX_DEPTH = 100;
const TOKEN = /\s*('(?:[^']|'')*'|-?\d+(?:\.\d+)?|\w+|[()])\s*/y;

/**
 * The common part of the API's `$filter`:
 *
 *     or       = and { "or" and }
 *     and      = operand { "and" operand }
 *     operand  = "(" or ")" | field ( "eq" | "ne" ) ( 'text' | number | "null" )
 */
export function parseFilter(filter: string): ParsedFilter {
  try {
    const tokens = tokensOf(filter);
    const [matches, end] = parseOr(tokens, 0, 0);
    expectToken(tokens, end, undefined);
    return { ok: true, matches };
  } catch (error) {
    if (error instanceof FilterProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

/** A predicate, and the index of the token after it. */
type Parsed = [Predicate, number];

function parseOr(tokens: readonly string[], start: number, depth: number): Parsed {
  const [first, end] = parseAnd(tokens, start, depth);
  if (tokens[end] !== 'or') return [first, end];
  const [rest, next] = parseOr(tokens, end + 1, depth);
  return [(task) => first(task) || rest(task), next];
}

function parseAnd(tokens: readonly string[], start: number, depth: number): Parsed {
  const [first, end] = parseOperand(tokens, start, depth);
  if (tokens[end] !== 'and') return [first, end];
  const [rest, next] = parseAnd(tokens, end + 1, depth);
  return [(task) => first(task) && rest(task), next];
}

function parseOperand(tokens: readonly string[], start: number, depth: number): Parsed {
  if (tokens[start] !== '(') return [comparison(tokens, start), start + 3];
  if (depth === MAX_DEPTH) throw new FilterProblem('is nested too deeply');
  const [inner, end] = parseOr(tokens, start + 1, depth + 1);
  expectToken(tokens, end, ')');
  return [inner, end + 1];
}

function comparison(tokens: readonly string[], start: number): Predicate {
  const [name, operator, operand] = [tokens[start], tokens[start + 1], tokens[start + 2]];
  if (name === undefined || name === ')') throw unexpected(name);
  const field = FIELDS.find((known) => known === name);
  if (field === undefined) throw new FilterProblem(`${name} is no field that this simulator filters by`);
  if (operator !== 'eq' && operator !== 'ne') throw unexpected(operator);
  const value = literal(operand);
  return (task) => (task[field] === value) === (operator === 'eq');
}

function literal(token: string | undefined): string | number | null {
  if (token === 'null') return null;
  if (token?.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
  const number = Number(token);
  if (Number.isNaN(number)) throw unexpected(token);
  return number;
}

function expectToken(tokens: readonly string[], at: number, expected: string | undefined): void {
  if (tokens[at] !== expected) throw unexpected(tokens[at]);
}

function unexpected(token = 'the end'): FilterProblem {
  return new FilterProblem(`${token} is not expected: this simulator knows eq, ne, and, or and parentheses`);
}

function tokensOf(filter: string): string[] {
  const tokens: string[] = [];
  for (let position = 0; position < filter.length; position = TOKEN.lastIndex) {
    TOKEN.lastIndex = position;
    const token = TOKEN.exec(filter)?.[1];
    if (token === undefined) {
      if (filter.slice(position).trim() === '') break;
      throw new FilterProblem(`cannot be read from character ${position + 1} on`);
    }
    tokens.push(token);
  }
  return tokens;
}

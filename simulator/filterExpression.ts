import { FilterProblem, parseInstant } from './filterTokens';
import type { TaskDocument } from './taskDocument';

/** A date is a number of milliseconds. Null is "not known", as in SQL: a comparison of order with it is neither true nor false. */
export type Value = string | number | boolean | null;
export type Type = 'string' | 'number' | 'date' | 'boolean' | 'null';

export interface Expression {
  type: Type;
  of: (task: TaskDocument) => Value;
}

const FIELD_TYPES = {
  id: 'string',
  created: 'date',
  updated: 'date',
  start_time: 'date',
  end_time: 'date',
  user_id: 'string',
  user_name: 'string',
  updated_by_user_id: 'string',
  updated_by_user_name: 'string',
  version: 'number',
  status: 'string',
  sub_status: 'string',
  task_type: 'string',
  task_version: 'string',
  resource_id: 'string',
  resource_type: 'string',
  org_id: 'string',
  org_type: 'string',
  parent_task_id: 'string',
  correlation_id: 'string',
  start_resource_entity_version: 'number',
  end_resource_entity_version: 'number',
  progress_percent: 'number',
  estimated_remaining_minutes: 'number',
  phase_in_progress: 'string',
  error_message: 'string',
  localized_error_message: 'string',
  customer_error_message: 'string',
} as const satisfies Partial<Record<keyof TaskDocument, Type>>;
type Field = keyof typeof FIELD_TYPES;

function isField(name: string): name is Field {
  return Object.hasOwn(FIELD_TYPES, name);
}

export function field(name: string): Expression {
  if (!isField(name)) throw new FilterProblem(`${name} is no field to filter by`);
  const type = FIELD_TYPES[name];
  const of = (task: TaskDocument): Value => {
    const value = task[name];
    return type === 'date' && typeof value === 'string' ? Date.parse(value) : value;
  };
  return { type, of };
}

export function constant(type: Type, value: Value): Expression {
  return { type, of: () => value };
}

const COMPARISONS = {
  eq: (left: string | number, right: string | number) => left === right,
  ne: (left: string | number, right: string | number) => left !== right,
  lt: (left: string | number, right: string | number) => left < right,
  gt: (left: string | number, right: string | number) => left > right,
  le: (left: string | number, right: string | number) => left <= right,
  ge: (left: string | number, right: string | number) => left >= right,
};
export type Comparison = keyof typeof COMPARISONS;

export function isComparison(word: string): word is Comparison {
  return Object.hasOwn(COMPARISONS, word);
}

/** A date may be written in quotes: only what it is compared with tells it from a text. */
function asDate(expression: Expression): Expression {
  return {
    type: 'date',
    of: (task) => {
      const value = expression.of(task);
      const instantMs = typeof value === 'string' ? parseInstant(value) : NaN;
      return Number.isNaN(instantMs) ? null : instantMs;
    },
  };
}

function alike(left: Expression, right: Expression): [Expression, Expression] {
  if (left.type === 'date' && right.type === 'string') return [left, asDate(right)];
  if (left.type === 'string' && right.type === 'date') return [asDate(left), right];
  if (left.type !== right.type && left.type !== 'null' && right.type !== 'null')
    throw new FilterProblem(`a ${left.type} cannot be compared with a ${right.type}`);
  return [left, right];
}

export function comparison(operator: Comparison, first: Expression, second: Expression): Expression {
  const [left, right] = alike(first, second);
  const of = (task: TaskDocument): Value => {
    const [a, b] = [left.of(task), right.of(task)];
    if (a === null || b === null) return operator === 'eq' ? a === b : operator === 'ne' ? a !== b : null;
    return COMPARISONS[operator](typeof a === 'boolean' ? Number(a) : a, typeof b === 'boolean' ? Number(b) : b);
  };
  return { type: 'boolean', of };
}

export function required(type: Type, expression: Expression): Expression {
  if (expression.type !== type && expression.type !== 'null')
    throw new FilterProblem(`a ${type} is needed where a ${expression.type} stands`);
  return expression;
}

export function negation(operand: Expression): Expression {
  const of = (task: TaskDocument): Value => {
    const value = operand.of(task);
    return value === null ? null : value === false;
  };
  return { type: required('boolean', operand).type, of };
}

/** `decisive` settles the whole: one false an `and`, one true an `or`. */
export function junction(decisive: boolean, operands: Expression[]): Expression {
  if (operands.length > 1) for (const operand of operands) required('boolean', operand);
  const [only] = operands;
  if (operands.length === 1 && only !== undefined) return only;
  const of = (task: TaskDocument): Value => {
    const values = operands.map((operand) => operand.of(task));
    return values.includes(decisive) ? decisive : values.includes(null) ? null : !decisive;
  };
  return { type: 'boolean', of };
}

interface TextFunction {
  arity: 1 | 2;
  type: Type;
  of: (text: string, second: string) => Value;
}

const FUNCTIONS: Record<string, TextFunction> = {
  startswith: { arity: 2, type: 'boolean', of: (text, start) => text.startsWith(start) },
  endswith: { arity: 2, type: 'boolean', of: (text, end) => text.endsWith(end) },
  contains: { arity: 2, type: 'boolean', of: (text, part) => text.includes(part) },
  length: { arity: 1, type: 'number', of: (text) => text.length },
  tolower: { arity: 1, type: 'string', of: (text) => text.toLowerCase() },
  toupper: { arity: 1, type: 'string', of: (text) => text.toUpperCase() },
};

export function call(name: string, given: Expression[]): Expression {
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  if (called === undefined) throw new FilterProblem(`${name} is no function`);
  if (given.length !== called.arity)
    throw new FilterProblem(`${name} takes ${called.arity} argument(s), not ${given.length}`);
  for (const argument of given) required('string', argument);
  const of = (task: TaskDocument): Value => {
    const [first = null, second = ''] = given.map((argument) => argument.of(task));
    return typeof first === 'string' && typeof second === 'string' ? called.of(first, second) : null;
  };
  return { type: called.type, of };
}

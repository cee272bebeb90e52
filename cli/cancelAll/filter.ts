import type { Task } from '../../domain/cancellation/task';

/** Whether a task meets a condition; null where the known fields do not decide it. */
export type Truth = boolean | null;

/** A filter of the VMC API, or a part of it, that can be tried on a task. */
export interface Condition {
  /** The source text. */
  text: string;
  /** The fields that occur in it. */
  fields: readonly string[];
  isMetBy: (task: Task) => Truth;
  /** Where it is an `and`: each of these has to be met. */
  conjuncts: readonly Condition[];
}

/** `nothing`: null, an empty text or no estimate, which a parsed task does not distinguish. */
type Value =
  | { kind: 'text'; text: string }
  | { kind: 'number'; number: number }
  | { kind: 'instant'; ms: number }
  | { kind: 'truth'; truth: boolean }
  | { kind: 'null' | 'nothing' | 'unknown' };

interface Expression {
  text: string;
  fields: readonly string[];
  of: (task: Task) => Value;
  conjuncts: readonly Condition[];
}

const UNKNOWN: Value = { kind: 'unknown' };
const NOTHING: Value = { kind: 'nothing' };

function textOf(text: string | null): Value {
  if (text === null) return NOTHING;
  // Truncated or made well-formed when the answer was parsed: the API compares the original.
  return /…$|\ufffd/.test(text) ? UNKNOWN : { kind: 'text', text };
}

function numberOf(number: number | null): Value {
  return number === null ? NOTHING : { kind: 'number', number };
}

function instantOf(text: string | null): Value {
  if (text === null) return NOTHING;
  const ms = instantMs(text);
  return Number.isNaN(ms) ? UNKNOWN : { kind: 'instant', ms };
}

/** The fields of the API that a parsed task keeps unchanged. */
const FIELDS: Readonly<Record<string, (task: Task) => Value>> = {
  id: ({ id }) => textOf(id),
  status: ({ status }) => textOf(status),
  sub_status: ({ subStatus }) => textOf(subStatus),
  task_type: ({ taskType }) => textOf(taskType),
  resource_id: ({ resourceId }) => textOf(resourceId),
  resource_type: ({ resourceType }) => textOf(resourceType),
  phase_in_progress: ({ phaseInProgress }) => textOf(phaseInProgress),
  progress_percent: ({ progressPercent }) => numberOf(progressPercent),
  estimated_remaining_minutes: ({ estimatedRemainingMinutes }) => numberOf(estimatedRemainingMinutes),
  start_time: ({ startTime }) => instantOf(startTime),
  end_time: ({ endTime }) => instantOf(endTime),
};

const INSTANT = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/;
const WHOLE_INSTANT = new RegExp(`^${INSTANT.source}$`);

function instantMs(text: string): number {
  return WHOLE_INSTANT.test(text) ? Date.parse(text) : NaN;
}

const COMPARISONS: Readonly<Record<string, (difference: number) => boolean>> = {
  eq: (difference) => difference === 0,
  ne: (difference) => difference !== 0,
  lt: (difference) => difference < 0,
  le: (difference) => difference <= 0,
  gt: (difference) => difference > 0,
  ge: (difference) => difference >= 0,
};

function compared(operator: string, left: Value, right: Value): Truth {
  if (operator === 'ne') return negated(compared('eq', left, right));
  const holds = COMPARISONS[operator];
  if (holds === undefined) return null;
  if (left.kind === 'number' && right.kind === 'number') return holds(left.number - right.number);
  const [leftMs, rightMs] =
    left.kind === 'instant' || right.kind === 'instant' ? [msOf(left), msOf(right)] : [NaN, NaN];
  // Digits below a millisecond are lost here.
  if (leftMs - rightMs !== 0 && !Number.isNaN(leftMs - rightMs)) return holds(leftMs - rightMs);
  // The API's collation is unknown.
  return operator === 'eq' ? areEqual(left, right) : null;
}

/** An instant may be written in quotes. */
function msOf(value: Value): number {
  if (value.kind === 'instant') return value.ms;
  return value.kind === 'text' ? instantMs(value.text) : NaN;
}

function areEqual(left: Value, right: Value): Truth {
  if (left.kind === 'truth' && right.kind === 'truth') return left.truth === right.truth;
  if (left.kind === 'text' && right.kind === 'text') return alike(left.text, right.text, (one, other) => one === other);
  const isAgainstNone = [left, right].some(({ kind }) => kind === 'null' || kind === 'nothing');
  return isAgainstNone && [left, right].some(isSomething) ? false : null;
}

/** What null, or nothing, cannot stand for. */
function isSomething(value: Value): boolean {
  switch (value.kind) {
    case 'text':
      return value.text !== '';
    case 'number':
      return value.number >= 0;
    case 'instant':
    case 'truth':
      return true;
    case 'null':
    case 'nothing':
    case 'unknown':
      return false;
  }
}

/** Whether the API compares case-sensitively is unknown: where it matters, so is the result. */
function alike(one: string, other: string, test: (one: string, other: string) => boolean): Truth {
  if (test(one, other)) return true;
  return test(one.toLowerCase(), other.toLowerCase()) ? null : false;
}

function negated(truth: Truth): Truth {
  return truth === null ? null : !truth;
}

function truthOf(value: Value): Truth {
  return value.kind === 'truth' ? value.truth : null;
}

function valueOf(truth: Truth): Value {
  return truth === null ? UNKNOWN : { kind: 'truth', truth };
}

function tested(test: (text: string, part: string) => boolean) {
  return (text: Value, part: Value = UNKNOWN): Value => {
    if (part.kind !== 'text' || part.text === '') return UNKNOWN;
    if (text.kind === 'nothing') return valueOf(false);
    return text.kind === 'text' ? valueOf(alike(text.text, part.text, test)) : UNKNOWN;
  };
}

function mapped(map: (text: string) => string) {
  return (value: Value): Value => (value.kind === 'text' ? { kind: 'text', text: map(value.text) } : value);
}

/** The API's unit of length is unknown: the result is known only where all units agree. */
const ASCII = /^[\x20-\x7e]*$/;

const FUNCTIONS: Readonly<Record<string, (...values: [Value, Value?]) => Value>> = {
  startswith: tested((text, part) => text.startsWith(part)),
  endswith: tested((text, part) => text.endsWith(part)),
  contains: tested((text, part) => text.includes(part)),
  tolower: mapped((text) => text.toLowerCase()),
  toupper: mapped((text) => text.toUpperCase()),
  length: (value) =>
    value.kind === 'text' && ASCII.test(value.text) ? { kind: 'number', number: value.text.length } : UNKNOWN,
};

class Unreadable extends Error {}

const KINDS = ['text', 'instant', 'number', 'word', 'symbol'] as const;

interface Token {
  kind: (typeof KINDS)[number];
  text: string;
  from: number;
  to: number;
}

const TOKEN = new RegExp(
  `\\s*(?:(?<text>'(?:[^']|'')*')|(?<instant>${INSTANT.source})|(?<number>-?\\d+(?:\\.\\d+)?)(?![\\w.:-])|(?<word>[A-Za-z_]\\w*)|(?<symbol>[(),]))`,
  'y',
);

function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  for (let position = 0; filter.slice(position).trim() !== '';) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(filter);
    const kind = KINDS.find((one) => match?.groups?.[one] !== undefined);
    const text = kind === undefined ? undefined : match?.groups?.[kind];
    if (kind === undefined || text === undefined) throw new Unreadable();
    position = TOKEN.lastIndex;
    tokens.push({ kind, text, from: position - text.length, to: position });
  }
  return tokens;
}

/** Far above any real filter, far below the depth of the stack. */
const MAX_DEPTH = 100;

/**
 * By recursive descent; `not` binds closer than `and`, and `and` than `or`. Words may be in either
 * case.
 */
class Parser {
  private readonly tokens: readonly Token[];
  private next = 0;
  private depth = 0;

  constructor(private readonly filter: string) {
    this.tokens = tokensOf(filter);
  }

  whole(): Expression {
    const expression = this.disjunction();
    if (this.next < this.tokens.length) throw new Unreadable();
    return expression;
  }

  private disjunction(): Expression {
    return this.junction('or', () => this.conjunction());
  }

  private conjunction(): Expression {
    return this.junction('and', () => this.negation());
  }

  /** One true settles an `or`, one false an `and`. */
  private junction(word: 'or' | 'and', operand: () => Expression): Expression {
    const from = this.next;
    const operands = [operand()];
    while (this.took(word)) operands.push(operand());
    const [only] = operands;
    if (operands.length === 1 && only !== undefined) return only;
    const of = (task: Task): Value => {
      const truths = operands.map((one) => truthOf(one.of(task)));
      const decisive = word === 'or';
      return valueOf(truths.includes(decisive) ? decisive : truths.includes(null) ? null : !decisive);
    };
    return { ...this.since(from, operands, of), conjuncts: word === 'and' ? operands.map(conditionOf) : [] };
  }

  private negation(): Expression {
    const from = this.next;
    if (!this.took('not')) return this.comparison();
    const operand = this.deeper(() => this.negation());
    return this.since(from, [operand], (task) => valueOf(negated(truthOf(operand.of(task)))));
  }

  private comparison(): Expression {
    const from = this.next;
    const left = this.operand();
    const operator = Object.keys(COMPARISONS).find((word) => this.took(word));
    if (operator === undefined) return left;
    const right = this.operand();
    return this.since(from, [left, right], (task) => valueOf(compared(operator, left.of(task), right.of(task))));
  }

  private operand(): Expression {
    const from = this.next;
    if (this.took('(')) {
      const inner = this.deeper(() => this.disjunction());
      this.take(')');
      return inner;
    }
    const token = this.tokens[this.next++];
    switch (token?.kind) {
      case 'text':
        return this.constant(from, { kind: 'text', text: token.text.slice(1, -1).replaceAll("''", "'") });
      case 'number':
        return this.constant(from, { kind: 'number', number: Number(token.text) });
      case 'instant':
        return this.constant(from, instantOf(token.text));
      case 'word':
        return this.took('(') ? this.deeper(() => this.call(from, token.text)) : this.named(from, token.text);
      case 'symbol':
      case undefined:
        throw new Unreadable();
    }
  }

  private call(from: number, name: string): Expression {
    const given = [this.disjunction()];
    while (this.took(',')) given.push(this.disjunction());
    this.take(')');
    const lowerCase = name.toLowerCase();
    const called = Object.hasOwn(FUNCTIONS, lowerCase) ? FUNCTIONS[lowerCase] : undefined;
    return this.since(from, given, (task) => {
      const [first = UNKNOWN, second, ...others] = given.map((one) => one.of(task));
      return called === undefined || others.length > 0 ? UNKNOWN : called(first, second);
    });
  }

  private named(from: number, word: string): Expression {
    switch (word.toLowerCase()) {
      case 'null':
        return this.constant(from, { kind: 'null' });
      case 'true':
      case 'false':
        return this.constant(from, valueOf(word.toLowerCase() === 'true'));
      default: {
        const known = Object.hasOwn(FIELDS, word) ? FIELDS[word] : undefined;
        return { ...this.since(from, [], known ?? (() => UNKNOWN)), fields: [word] };
      }
    }
  }

  private constant(from: number, value: Value): Expression {
    return this.since(from, [], () => value);
  }

  private since(from: number, operands: readonly Expression[], of: (task: Task) => Value): Expression {
    const text = this.filter.slice(this.tokens[from]?.from, this.tokens[this.next - 1]?.to);
    return { text, fields: [...new Set(operands.flatMap(({ fields }) => fields))], of, conjuncts: [] };
  }

  private deeper(parse: () => Expression): Expression {
    if (this.depth === MAX_DEPTH) throw new Unreadable();
    this.depth += 1;
    const expression = parse();
    this.depth -= 1;
    return expression;
  }

  private took(text: string): boolean {
    const token = this.tokens[this.next];
    const isTaken = (token?.kind === 'word' || token?.kind === 'symbol') && token.text.toLowerCase() === text;
    if (isTaken) this.next += 1;
    return isTaken;
  }

  private take(text: string): void {
    if (!this.took(text)) throw new Unreadable();
  }
}

function conditionOf({ text, fields, of, conjuncts }: Expression): Condition {
  return { text, fields, isMetBy: (task) => truthOf(of(task)), conjuncts };
}

/** Null for a filter that cannot be read here: the API may know more of its language. */
export function parseFilter(filter: string): Condition | null {
  try {
    return conditionOf(new Parser(filter).whole());
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** The human-readable value of a field; null where the task has none. */
export function fieldText(task: Task, field: string): string | null {
  const value = Object.hasOwn(FIELDS, field) ? (FIELDS[field]?.(task) ?? UNKNOWN) : UNKNOWN;
  switch (value.kind) {
    case 'text':
      return value.text;
    case 'number':
      return String(value.number);
    case 'instant':
      return new Date(value.ms).toISOString();
    case 'nothing':
      return 'nothing';
    case 'truth':
    case 'null':
    case 'unknown':
      return null;
  }
}

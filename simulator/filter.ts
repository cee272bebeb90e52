import type { Expression } from './filterExpression';
import { call, comparison, constant, field, isComparison, junction, negation, required } from './filterExpression';
import type { Token } from './filterTokens';
import { FilterProblem, tokensOf } from './filterTokens';
import type { TaskDocument } from './taskDocument';

export type ParsedFilter = { ok: true; matches: (task: TaskDocument) => boolean } | { ok: false; problem: string };

/** Far above any real filter, far below the depth of the stack. */
const MAX_DEPTH = 100;

/**
 * The API's `$filter`, by recursive descent:
 *
 *     or       = and { "or" and }
 *     and      = not { "and" not }
 *     not      = "not" not | compared
 *     compared = operand [ ( "eq" | "ne" | "lt" | "gt" | "le" | "ge" ) operand ]
 *     operand  = "(" or ")" | function "(" or { "," or } ")" | field | 'text' | number | date | "true" | "false" | "null"
 */
class FilterParser {
  readonly #tokens: Token[];
  #position = 0;
  #depth = 0;

  constructor(filter: string) {
    this.#tokens = tokensOf(filter);
  }

  whole(): Expression {
    const expression = this.#or();
    if (this.#next().kind !== 'end') throw this.#unexpected();
    return required('boolean', expression);
  }

  #or(): Expression {
    const operands = [this.#and()];
    while (this.#took('or')) operands.push(this.#and());
    return junction(true, operands);
  }

  #and(): Expression {
    const operands = [this.#not()];
    while (this.#took('and')) operands.push(this.#not());
    return junction(false, operands);
  }

  #not(): Expression {
    return this.#took('not') ? this.#deeper(() => negation(this.#not())) : this.#compared();
  }

  #compared(): Expression {
    const left = this.#operand();
    const { kind, text } = this.#next();
    if (kind !== 'word' || !isComparison(text)) return left;
    this.#position += 1;
    return comparison(text, left, this.#operand());
  }

  #operand(): Expression {
    if (this.#took('(')) return this.#deeper(() => this.#closed(this.#or()));
    const token = this.#next();
    switch (token.kind) {
      case 'string':
      case 'number':
      case 'date':
        this.#position += 1;
        return constant(token.kind, token.value);
      case 'word':
        this.#position += 1;
        return this.#took('(') ? this.#deeper(() => this.#call(token.text)) : named(token.text);
      case 'symbol':
      case 'end':
        throw this.#unexpected();
    }
  }

  #call(name: string): Expression {
    const given = [this.#or()];
    while (this.#took(',')) given.push(this.#or());
    return this.#closed(call(name, given));
  }

  #closed(expression: Expression): Expression {
    if (!this.#took(')')) throw this.#unexpected();
    return expression;
  }

  #deeper(parse: () => Expression): Expression {
    if (this.#depth === MAX_DEPTH) throw new FilterProblem('is nested too deeply');
    this.#depth += 1;
    const expression = parse();
    this.#depth -= 1;
    return expression;
  }

  #next(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: 'the end' };
  }

  #took(text: string): boolean {
    const { kind, text: found } = this.#next();
    const taken = (kind === 'word' || kind === 'symbol') && found === text;
    if (taken) this.#position += 1;
    return taken;
  }

  #unexpected(): FilterProblem {
    return new FilterProblem(`${this.#next().text} is not expected`);
  }
}

function named(word: string): Expression {
  switch (word) {
    case 'true':
    case 'false':
      return constant('boolean', word === 'true');
    case 'null':
      return constant('null', null);
    default:
      return field(word);
  }
}

export function parseFilter(filter: string): ParsedFilter {
  try {
    const expression = new FilterParser(filter).whole();
    return { ok: true, matches: (task) => expression.of(task) === true };
  } catch (error) {
    if (error instanceof FilterProblem) return { ok: false, problem: error.message };
    throw error;
  }
}

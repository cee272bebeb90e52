import type { Task } from '../../domain/cancellation/task';
import type { Condition } from './filter';
import { fieldText, parseFilter } from './filter';
import { shortQuote } from '../../domain/text/printedText';

/** Whether the listed tasks pass the filter, as far as their known fields decide it. */
export interface FilterCheck {
  /** A listed task that fails the filter, in one line; null if none certainly does. */
  contradiction: string | null;
  /** The conditions that could not be checked; the whole filter where it cannot be parsed here. */
  unchecked: readonly string[];
}

export function checkFilter(filter: string, tasks: readonly Task[]): FilterCheck {
  const condition = parseFilter(filter);
  if (condition === null) return { contradiction: null, unchecked: tasks.length === 0 ? [] : [filter] };
  const wrong = tasks.find((task) => condition.isMetBy(task) === false);
  return {
    contradiction:
      wrong === undefined ? null : contradictionText(wrong, partWith(false, condition, wrong)[0] ?? condition),
    unchecked: [...new Set(tasks.flatMap((task) => partWith(null, condition, task)).map(({ text }) => text))],
  };
}

/** The parts because of which the condition has this value for the task; none if it has another. */
function partWith(truth: false | null, condition: Condition, task: Task): readonly Condition[] {
  if (condition.isMetBy(task) !== truth) return [];
  const parts = condition.conjuncts.flatMap((conjunct) => partWith(truth, conjunct, task));
  return parts.length === 0 ? [condition] : parts;
}

function contradictionText(task: Task, { text, fields }: Condition): string {
  const values = fields.flatMap((field) => {
    const text = fieldText(task, field);
    return text === null || field === 'id' ? [] : [`${field} is ${shortQuote(text)}`];
  });
  return `the filter says ${text}, and task ${shortQuote(task.id)} is in the answer${values.length === 0 ? '' : `, whose ${values.join(', ')}`}`;
}

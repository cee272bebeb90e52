import * as z from 'zod';
import { estimateOf } from '../kit/estimates';
import type { PlayedTask } from '../kit/mixes';
import { seededRandom, seedOf } from '../kit/random';
import { shippedReadsSeconds } from './shippedReads';

/** No watch lasts longer. */
const LONGEST_SECONDS = 30 * 24 * 3_600;

const taskLine = z.strictObject({
  id: z.string().regex(/^\S+$/, 'must be a text without spaces'),
  settlesAfterSeconds: z.number().min(0).max(LONGEST_SECONDS),
  estimateFactor: z.number().min(0).nullable(),
});

const EXAMPLE =
  '{"id": "task-1", "settlesAfterSeconds": 431.2, "estimateFactor": 1.3}, the factor null where there is no estimate';

type TaskLine = PlayedTask & { id: string };

/** The line that is no task, and what is wrong with it. */
export class BadLine extends Error {
  constructor(lineNumber: number, problem: string) {
    super(`line ${lineNumber}: ${problem}. Each line has to be one JSON object such as ${EXAMPLE}`);
    this.name = 'BadLine';
  }
}

/**
 * For each task, a line a task, the seconds of its status reads: `id t1 t2 …`. The id seeds the
 * jitter, so ids differ and the same id repeats.
 *
 * @throws BadLine for the first line that is no task.
 */
export function schedulesOf(input: string): string[] {
  const lines = input.split('\n').map((line, index) => ({ line: line.trim(), lineNumber: index + 1 }));
  const tasks = lines.filter(({ line }) => line !== '').map(({ line, lineNumber }) => parsed(line, lineNumber));
  return tasks.map((task) => {
    const reads = shippedReadsSeconds(task.settlesAfterSeconds, estimateOf(task), seededRandom(seedOf(task.id)));
    return [task.id, ...reads].join(' ');
  });
}

function parsed(line: string, lineNumber: number): TaskLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadLine(lineNumber, 'is no JSON');
  }
  const task = taskLine.safeParse(value);
  if (task.success) return task.data;
  const problems = task.error.issues.map(({ path, message }) => [...path, message].join(': '));
  throw new BadLine(lineNumber, problems.join('; '));
}

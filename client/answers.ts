import type { z } from 'zod';
import type { Parsed } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/contract/result';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../domain/contract/result';
import { InvalidInputError, UnexpectedAnswerError } from '../temporal/errors';

/** @throws InvalidInputError with the problems of the caller's input */
export function valid<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new InvalidInputError(parsed.problems);
  return parsed.value;
}

/** @throws UnexpectedAnswerError for an answer of another version's shape */
export function parsedProgress(answer: unknown): CancelTaskProgress {
  return parsedAnswer('the progress', cancelTaskProgressSchema, answer);
}

export function parsedResult(answer: unknown): CancelTaskResult {
  return parsedAnswer('the result', cancelTaskResultSchema, answer);
}

function parsedAnswer<T>(what: string, schema: z.core.$ZodType<T>, answer: unknown): T {
  const parsed = checked(schema, answer);
  if (!parsed.ok) throw new UnexpectedAnswerError(what, parsed.problems);
  return parsed.value;
}

import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Environment } from '../domain/environment';
import { idSchema } from '../domain/ids';
import { checked } from '../domain/input';
import { workflowId } from '../domain/names';
import { textIn } from '../vmc/fileText';
import type { CancellationIds } from './cancellationId';
import { taskArguments } from './configuration';
import { quotedShort, shortened } from './plainText';
import { UsageError } from './usageError';

/** The name by which a command is told to read its standard input. */
export const STANDARD_INPUT = '-';

/** What stands in a document of `list --json`, and in many others, beside fields that are not looked at. */
const taskDocument = z.object({ orgId: idSchema, taskId: idSchema });

/** Above the longest workflow id. */
const MAX_ID_COLUMNS = 300;
/** Hundreds of thousands of tasks. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
/** More than that nobody reads in one line. */
const MAX_PROBLEMS_TOLD = 20;

/**
 * The tasks that a file names, each once: task ids (of the organisation that `--org` or `VMC_ORG_ID` names), workflow ids or JSON documents, one a
 * line. Blank lines and `#` comments say nothing.
 *
 * @throws UsageError naming the first lines that are wrong, and how many more are, or a file that cannot be read
 */
export async function tasksInFile(file: string, org: string | undefined, env: Environment): Promise<CancellationIds[]> {
  const [name, input] = file === STANDARD_INPUT ? ['standard input', process.stdin] : [file, createReadStream(file)];
  const lines = (await textOf(input, name)).split(/\r\n?|\n/);
  const tasks = new Map<string, CancellationIds>();
  const problems: string[] = [];
  let problemCount = 0;
  for (const [index, line] of lines.entries()) {
    try {
      for (const ids of tasksInLine(line, org, env)) tasks.set(ids.workflowId, ids);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problemCount += 1;
      if (problemCount <= MAX_PROBLEMS_TOLD) problems.push(`line ${index + 1}: ${error.message}`);
    }
  }
  if (problemCount > MAX_PROBLEMS_TOLD) problems.push(`and ${problemCount - MAX_PROBLEMS_TOLD} more bad lines`);
  if (problems.length > 0) throw new UsageError(`${name}: nothing was started: ${problems.join('; ')}`);
  return [...tasks.values()];
}

async function textOf(input: Readable, name: string): Promise<string> {
  try {
    const text = await textIn(input, MAX_LIST_BYTES);
    if (text.ok) return text.value;
    throw new UsageError(`${name} ${text.problems.join('; ')}: nothing was started`);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new UsageError(`${name} cannot be read (${code})`);
  }
}

/** One task, or none where the line is blank or a comment. */
function tasksInLine(line: string, org: string | undefined, env: Environment): CancellationIds[] {
  const text = line.replace(/^\uFEFF/, '').trim();
  if (text.startsWith('{')) return [taskInDocument(text)];
  const words = text.replace(/#.*$/, '').trim();
  if (words === '') return [];
  if (/\s/.test(words)) throw new UsageError(`${quotedShort(words)} must be one task alone`);
  // Cut, a text that is too long for an id stays none, and the message about it short.
  return taskArguments([shortened(words, MAX_ID_COLUMNS)], org, env);
}

function taskInDocument(text: string): CancellationIds {
  const parsed = checked(taskDocument, jsonIn(text));
  if (!parsed.ok) throw new UsageError(`${quotedShort(text)}: ${parsed.problems.join(', ')}`);
  const { orgId, taskId } = parsed.value;
  return { orgId, taskId, workflowId: workflowId({ orgId, taskId }) };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${quotedShort(text)} is not valid JSON`);
  }
}

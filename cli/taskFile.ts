import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import type { Environment } from '../domain/settings/environment';
import { idSchema } from '../domain/contract/ids';
import { checked } from '../domain/contract/input';
import { textIn } from '../files/fileText';
import { cancellationIds, isOwn, MAX_WORKFLOW_ID_CHARACTERS } from '../client/cancellationId';
import { cutToWidth } from './output/textWidth';
import { shortQuote } from '../domain/text/printedText';
import type { TaskName } from './taskName';
import { taskNames } from './taskName';
import type { Invocation } from './invocation';
import { UsageError } from './usageError';

/** The file name that stands for standard input. */
export const STANDARD_INPUT = '-';

/** The fields that are read of a document of `list --json` and of most others. */
const taskDocument = z.object({ orgId: idSchema, taskId: idSchema });
/**
 * Under a workflow id of a starter's choice the run names its task: the list may truncate the ids.
 */
const runDocument = z.object({ workflowId: z.string().min(1).max(MAX_WORKFLOW_ID_CHARACTERS) });

/** Above the longest workflow id, were each of its characters two columns wide. */
const MAX_ID_COLUMNS = 2 * MAX_WORKFLOW_ID_CHARACTERS + 1;
/** Hundreds of thousands of tasks. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;
/** Of a long file, the first problems are enough. */
const MAX_PROBLEMS_TOLD = 20;

/**
 * The tasks that a file names: task ids (of the organization that `--org` or `VMC_ORG_ID` names),
 * workflow ids or JSON documents, one a line. Blank lines and `#` comments say nothing.
 *
 * @throws UsageError naming the first lines that are wrong, and how many more are, or a file that
 * cannot be read
 */
export async function tasksInFile(
  file: string,
  org: string | undefined,
  { stdin, environment }: Pick<Invocation, 'stdin' | 'environment'>,
): Promise<TaskName[]> {
  const [name, input] = file === STANDARD_INPUT ? ['standard input', stdin] : [file, createReadStream(file)];
  const lines = (await textOf(input, name)).split(/\r\n?|\n/);
  const tasks: TaskName[] = [];
  const problems: string[] = [];
  let problemCount = 0;
  for (const [index, line] of lines.entries()) {
    try {
      tasks.push(...tasksInLine(line, org, environment));
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problemCount += 1;
      if (problemCount <= MAX_PROBLEMS_TOLD) problems.push(`line ${index + 1}: ${error.message}`);
    }
  }
  if (problemCount > MAX_PROBLEMS_TOLD) problems.push(`and ${problemCount - MAX_PROBLEMS_TOLD} more bad lines`);
  if (problems.length > 0) throw new UsageError(`${name}: nothing was started: ${problems.join('; ')}`);
  return tasks;
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
function tasksInLine(line: string, org: string | undefined, env: Environment): TaskName[] {
  const text = line.replace(/^\uFEFF/, '').trim();
  if (text.startsWith('{')) return [taskInDocument(text)];
  const words = text.replace(/#.*$/, '').trim();
  if (words === '') return [];
  if (/\s/.test(words)) throw new UsageError(`${shortQuote(words)} must be one task alone`);
  // A text too long for an id is truncated to a length that is still too long, so that messages
  // stay short.
  const names = taskNames([cutToWidth(words, MAX_ID_COLUMNS)], org, env);
  for (const name of names) if (name.kind === 'workflow' && name.otherwise instanceof UsageError) throw name.otherwise;
  return names;
}

function taskInDocument(text: string): TaskName {
  const document = jsonIn(text);
  const task = checked(taskDocument, document);
  const ids = task.ok ? cancellationIds(task.value) : null;
  const run = runDocument.safeParse(document).data;
  if (run !== undefined && !isOwn(run.workflowId))
    return { kind: 'workflow', workflowId: run.workflowId, otherwise: ids };
  if (ids !== null) return { kind: 'task', ids, text: ids.workflowId };
  throw new UsageError(`${shortQuote(text)}: ${task.ok ? '' : task.problems.join(', ')}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${shortQuote(text)} is not valid JSON`);
  }
}

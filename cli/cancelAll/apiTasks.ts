import type { CallFailure } from '../../domain/contract/answers';
import { formatDuration, SECOND_MS } from '../../domain/contract/duration';
import type { Task } from '../../domain/cancellation/task';
import { isUnexpectedSuccess } from '../../vmc/api/classification';
import type { TasksQuery } from '../../vmc/api/client';
import { createVmcClient } from '../../vmc/api/client';
import type { VmcConfiguration } from '../../vmc/configuration';
import type { Invocation } from '../invocation';
import { readVmcSettings } from '../invocation';
import { UsageError } from '../usageError';

/** A list of thousands takes its time. */
const LIST_TIME_LIMIT_MS = 60 * SECOND_MS;

/** @throws UsageError where the `VMC_*` settings are wrong, or hold no credentials */
export async function vmcConfiguration(invocation: Invocation): Promise<VmcConfiguration> {
  const read = await readVmcSettings(invocation);
  if (!read.ok) throw new UsageError(read.problems.join('; '));
  if (read.value.credentials === null)
    throw new UsageError(
      'to list the tasks needs VMC credentials here, as the worker has them: set VMC_API_TOKEN, VMC_CLIENT_ID with its secret, or VMC_CREDENTIALS_FILE',
    );
  return read.value;
}

/**
 * The tasks of an organization that the API's own filter lets through, in its order, each once. One
 * call: a failure is reported, and the user repeats the command.
 *
 * @throws Error in one line that names the host and the remedy
 */
export async function apiTasks(configuration: VmcConfiguration, query: TasksQuery): Promise<Task[]> {
  const vmc = createVmcClient({ configuration });
  try {
    const limits = { signal: new AbortController().signal, timeLimitMs: LIST_TIME_LIMIT_MS };
    const answer = await vmc.listTasks(query, limits);
    if (answer.kind === 'failed')
      throw new Error(
        `the tasks could not be listed, and nothing was started: ${answer.failure.message}${remedyOf(answer.failure)}`,
      );
    if (answer.foreignCount > 0)
      throw new Error(
        `nothing was started: the VMC API listed tasks of another organization (${answer.foreignCount}): does a proxy change the query?`,
      );
    return [...new Map(answer.tasks.map((task) => [task.id, task])).values()];
  } finally {
    vmc.close();
  }
}

const BAD_REQUEST = 400;

/** What the message of the failure does not say itself. */
function remedyOf(failure: CallFailure): string {
  const { retryable, retryAfterMs, httpStatus, errorCode } = failure;
  if (isUnexpectedSuccess(failure)) return '';
  if (retryAfterMs !== null) return ` (it asks to wait ${formatDuration(retryAfterMs)} before the next try)`;
  if (retryable) return ' (try again in a while)';
  return httpStatus === BAD_REQUEST && errorCode !== null ? ': is the --filter right?' : '';
}

import { ApplicationFailure, cancellationSignal } from '@temporalio/activity';
import type { VmcPort } from '../../activities/port';
import type { TaskIds } from '../../domain/contract/ids';
import { isTerminal } from '../../domain/cancellation/taskStatus';

const TIME_LIMIT_MS = 9_000;

export type ReadUntilOver = (ids: TaskIds) => Promise<string>;

/** A status read that is a failure, to be retried, while the task goes on. */
export function createReadUntilOver(vmc: Pick<VmcPort, 'getTask'>): ReadUntilOver {
  return async (ids) => {
    const answer = await vmc.getTask(ids, { signal: cancellationSignal(), timeLimitMs: TIME_LIMIT_MS });
    if (answer.kind === 'task' && isTerminal(answer.task.status)) return answer.task.status;
    throw ApplicationFailure.create({ message: 'The task goes on', type: 'GoesOn', category: 'BENIGN' });
  };
}

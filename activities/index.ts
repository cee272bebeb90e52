import type { CancelAnswer, Failed, ReadAnswer } from '../domain/contract/answers';
import type { TaskIds } from '../domain/contract/ids';
import type { Task } from '../domain/cancellation/task';
import { answerOf } from './call';
import type { TaskRead, VmcPort } from './port';

/** The API's answer to a cancel. */
export type CancelReply = Exclude<CancelAnswer, Failed>;

/**
 * What a workflow may do to the world. Each is one call at the most, with one attempt: the workflow
 * repeats it on its timers, so that every attempt stands in the history.
 * What each throws is that of `answerOf`.
 */
export function createActivities(vmc: VmcPort) {
  return {
    /**
     * Asks for the cancel. A refusal is an answer too: what it means is for the task's own state to
     * say.
     */
    requestCancel: (ids: TaskIds): Promise<CancelReply> =>
      answerOf<CancelReply>((limits) => vmc.cancelTask(ids, limits)),

    getTaskStatus: async (read: TaskRead): Promise<Task> => {
      const { task } = await answerOf<Exclude<ReadAnswer, Failed>>((limits) => vmc.getTask(read, limits));
      return task;
    },
  };
}

export type Activities = ReturnType<typeof createActivities>;

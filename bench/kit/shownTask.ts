import type { Task } from '../../domain/cancellation/task';

/** What the API shows of a task, where nothing else matters. */
export function shownTask(of: Pick<Task, 'id' | 'status' | 'estimatedRemainingMinutes'>): Task {
  return {
    subStatus: null,
    taskType: null,
    resourceId: null,
    resourceType: null,
    phaseInProgress: null,
    progressPercent: null,
    startTime: null,
    endTime: null,
    errorMessage: null,
    ...of,
  };
}

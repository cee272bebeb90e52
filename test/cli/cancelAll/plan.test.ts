import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../../cli/cancelAll/plan';
import { withUnfinished } from '../../../cli/cancelAll/plan';
import { workflowId } from '../../../domain/contract/names';
import type { Task } from '../../../domain/cancellation/task';
import { parseTask } from '../../../domain/cancellation/task';

function idsOf(taskId: string) {
  return { orgId: 'o', taskId, workflowId: workflowId({ orgId: 'o', taskId }) };
}

function task(id: string, status: string): Task {
  const parsed = parseTask({ id, status });
  if (parsed === null) throw new Error(`no task of status ${status}`);
  return parsed;
}

function run(taskId: string) {
  return { ...idsOf(taskId), runId: `run of ${taskId}` };
}

describe('the runs that an earlier call has left', () => {
  const steps: Step[] = [
    { kind: 'cancel', ids: idsOf('declined'), task: task('declined', 'STARTED') },
    { kind: 'over', ids: idsOf('ended'), task: task('ended', 'FAILED') },
    { kind: 'othersCancel', ids: idsOf('stopped'), task: task('stopped', 'CANCELING') },
    { kind: 'over', ids: idsOf('foreign'), task: task('foreign', 'FINISHED') },
  ];

  it('are followed, in the answer of the API or not, but where the task is to be cancelled again', () => {
    const unfinished = ['declined', 'ended', 'stopped', 'gone'].map(run);
    const planned = withUnfinished(steps, unfinished).map(({ kind, ids }) => `${ids.taskId} ${kind}`);
    expect(planned).toEqual(['declined cancel', 'ended follow', 'stopped follow', 'foreign over', 'gone follow']);
  });

  it('change nothing where there are none', () => {
    expect(withUnfinished(steps, [])).toEqual(steps);
  });
});

import { describe, expect, it } from '@jest/globals';
import { missingSearchAttributes, parseWorkflowId, workflowId } from '../../../domain/contract/names';

describe('the workflow id', () => {
  it('names the organization and the task, and is read back', () => {
    const id = workflowId({ orgId: 'org-1', taskId: 'task-1' });
    expect(id).toBe('vmc-cancel:org-1:task-1');
    expect(parseWorkflowId(id)).toEqual({ orgId: 'org-1', taskId: 'task-1' });
  });

  it.each(['', 'task-1', 'vmc-cancel:org-1', 'vmc-cancel::task', 'other:org:task', 'vmc-cancel:a:b:c'])(
    'is not %j',
    (text) => {
      expect(parseWorkflowId(text)).toBeNull();
    },
  );
});

it('names the search attributes that are missing', () => {
  expect(missingSearchAttributes(['VmcOrgId', 'Other', 'VmcTaskStatus'])).toEqual(['VmcTaskId', 'VmcCancelOutcome']);
});

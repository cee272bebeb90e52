import { describe, expect, it } from '@jest/globals';
import { detachedNote } from '../../cli/waitForAll';
import { workflowId } from '../../domain/contract/names';

function pending(count: number, orgId = 'org-1') {
  return Array.from({ length: count }, (_, index) => {
    const ids = { orgId, taskId: `task-${index}` };
    return { ...ids, workflowId: workflowId(ids) };
  });
}

describe('who detaches', () => {
  it('from a few comes back by their ids', () => {
    expect(detachedNote('watch', pending(1))).toBe(
      'Detached. The cancellation goes on; come back with: vmc-cancel watch vmc-cancel:org-1:task-0',
    );
    expect(detachedNote('result', pending(2))).toBe(
      'Detached. 2 cancellations go on; come back with: vmc-cancel result vmc-cancel:org-1:task-0 vmc-cancel:org-1:task-1',
    );
  });

  it('from many comes back by the list, of their organization where it is one', () => {
    expect(detachedNote('watch', pending(500))).toBe(
      'Detached. 500 cancellations go on; see them with: vmc-cancel list --org org-1 --limit 500',
    );
    expect(detachedNote('watch', [...pending(5), ...pending(5, 'org-2')])).toBe(
      "Detached. 10 cancellations go on; see them with: vmc-cancel list --org '' --limit 10",
    );
  });

  it('from more than the list tells at once is told to list as many as it does', () => {
    expect(detachedNote('watch', pending(12_000))).toMatch(/ 12000 cancellations .*list --org org-1 --limit 10000$/);
  });
});

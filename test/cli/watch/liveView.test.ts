import { describe, expect, it } from '@jest/globals';
import { unknownGlance } from '../../../cli/output/glance';
import type { Watched } from '../../../cli/watch/liveView';
import { screenful } from '../../../cli/watch/liveView';
import type { End } from '../../../cli/watch/totalLine';

function watched(taskId: string, end: End | null, trouble: string | null = null): Watched {
  const ids = { orgId: 'o', taskId, workflowId: taskId };
  return { ids, end, glance: { ...unknownGlance(taskId), trouble } };
}

const all = [
  watched('over', 'CANCELED'),
  watched('runs', null),
  watched('failed', 'failed', 'no such task'),
  watched('troubled', null, 'Unavailable'),
];

describe('a screenful', () => {
  it.each([
    [4, ['over', 'runs', 'failed', 'troubled']],
    [3, ['over', 'runs', 'troubled']],
    [2, ['runs', 'troubled']],
    [1, ['troubled']],
    [0, ['troubled']],
  ])('of %i rows shows those in trouble first, then those that run, in the order of all', (rows, shown) => {
    expect(screenful(all, rows).map(({ ids }) => ids.taskId)).toEqual(shown);
  });
});

import { describe, expect, it } from '@jest/globals';
import pc from 'picocolors';
import type { CancellationListing } from '../../../client';
import { listTable } from '../../../cli/output/listTable';

const PLAIN = pc.createColors(false);
const NOW_MS = Date.parse('2026-03-01T10:00:00Z');
const startedAt = '2026-03-01T09:58:30.000Z';

const running: CancellationListing = {
  orgId: 'o1',
  taskId: 't1',
  workflowId: 'vmc-cancel:o1:t1',
  runId: 'r1',
  status: 'running',
  paused: false,
  stuck: false,
  taskStatus: 'CANCELING',
  outcome: null,
  startedAt,
  closedAt: null,
};
const over = { ...running, closedAt: '2026-03-01T09:58:40.000Z' };

function rowOf(listing: CancellationListing, colors = PLAIN): string | undefined {
  return listTable([listing], NOW_MS, colors).split('\n').at(1);
}

describe('a row of the list', () => {
  it('tells of a running one for how long it has been so', () => {
    expect(rowOf(running)).toMatch(/^t1 +o1 +running +CANCELING +2026-03-01T09:58:30\.000Z +1 m 30 s$/);
  });

  it('tells of one that is over its outcome and how long it took', () => {
    const canceled: CancellationListing = { ...over, status: 'completed', taskStatus: 'CANCELED', outcome: 'CANCELED' };
    expect(rowOf(canceled)).toMatch(/^t1 +o1 +CANCELED +CANCELED .* 10 s$/);
  });

  it('tells a run without a verdict from a task that failed', () => {
    expect(rowOf({ ...over, status: 'failed', taskStatus: null })).toMatch(/^t1 +o1 +run failed +2026/);
    expect(rowOf({ ...over, status: 'completed', taskStatus: 'FAILED', outcome: 'FAILED' })).toMatch(
      / FAILED +FAILED /,
    );
  });

  it('is of the color of its outcome', () => {
    const colors = pc.createColors(true);
    const completed: CancellationListing = { ...over, status: 'completed' };
    expect(rowOf({ ...completed, outcome: 'CANCELED' }, colors)).toContain(colors.green('CANCELED'));
    expect(rowOf({ ...completed, outcome: 'ABANDONED' }, colors)).toContain(colors.red('ABANDONED'));
  });

  it('keeps nothing of a foreign text that controls a terminal', () => {
    expect(rowOf({ ...running, taskStatus: '\u001b[31mODD\u0007' })).toMatch(/ running +ODD +2026/);
  });
});

import { describe, expect, it } from '@jest/globals';
import type { WorkflowExecutionInfo } from '@temporalio/client';
import { beganSince, listed, listQuery } from '../../client/list';

describe('the query of a list', () => {
  it('asks for cancellations alone, each once however often it continued as new', () => {
    expect(listQuery({})).toBe("WorkflowType = 'cancelTask' AND ExecutionStatus != 'ContinuedAsNew'");
  });

  it('finds those of an organization by their ids too, as no search attribute is there before a worker is', () => {
    expect(listQuery({ orgId: 'o1' })).toContain("AND (VmcOrgId = 'o1' OR WorkflowId STARTS_WITH 'vmc-cancel:o1:')");
  });

  it('takes every filter, and no quote ends a value', () => {
    const since = new Date('2026-03-01T10:00:00Z');
    expect(listQuery({ orgId: "o'1", status: 'failed', taskStatus: "CANCEL'", outcome: 'FINISHED', since })).toBe(
      "WorkflowType = 'cancelTask' AND ExecutionStatus != 'ContinuedAsNew' AND " +
        "(VmcOrgId = 'o''1' OR WorkflowId STARTS_WITH 'vmc-cancel:o''1:') AND " +
        "ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut') AND VmcTaskStatus = 'CANCEL''' AND VmcCancelOutcome = 'FINISHED' AND " +
        "StartTime >= '2026-03-01T10:00:00.000Z'",
    );
  });
});

describe('a cancellation in a list', () => {
  const startTime = new Date('2026-03-01T10:00:00Z');
  const listedWith = (memo: Record<string, unknown> | undefined) =>
    listed({
      workflowId: 'vmc-cancel:o1:t1',
      runId: 'r1',
      status: { name: 'RUNNING' },
      typedSearchAttributes: { get: () => undefined },
      startTime,
      memo,
    } as unknown as WorkflowExecutionInfo);

  it('began with its run, unless the memo of the run tells of an earlier one', () => {
    expect(listedWith(undefined).startedAt).toBe('2026-03-01T10:00:00.000Z');
    expect(listedWith({ VmcCancelStartedAt: '2026-02-27T08:00:00.000Z' }).startedAt).toBe('2026-02-27T08:00:00.000Z');
  });

  it('takes no instant from a memo that holds something else', () => {
    expect(listedWith({ VmcCancelStartedAt: 'yesterday' }).startedAt).toBe('2026-03-01T10:00:00.000Z');
    expect(listedWith({ VmcCancelStartedAt: 7, other: 'x' }).startedAt).toBe('2026-03-01T10:00:00.000Z');
  });

  it('is left out where it began before the time that is asked for, however young its run', () => {
    const continued = listedWith({ VmcCancelStartedAt: '2026-02-27T08:00:00.000Z' });
    expect(beganSince(continued, startTime)).toBe(false);
    expect(beganSince(continued, new Date('2026-02-27T08:00:00Z'))).toBe(true);
    expect(beganSince(continued, undefined)).toBe(true);
  });
});

import { describe, expect, it } from '@jest/globals';
import { listQuery } from '../../client/listing';

describe('the query of a list', () => {
  it('asks for cancellations alone, each once however often it continued as new', () => {
    expect(listQuery({})).toBe("WorkflowType = 'cancelTask' AND ExecutionStatus != 'ContinuedAsNew'");
  });

  it('finds those of an organisation by their ids too, as no search attribute is there before a worker is', () => {
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

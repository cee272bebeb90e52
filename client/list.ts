import { defineSearchAttributeKey } from '@temporalio/common';
import { z } from 'zod';
import type { Outcome } from '../domain/contract/result';
import {
  SEARCH_ATTRIBUTES,
  STARTED_AT_MEMO,
  WORKFLOW_TYPE,
  workflowId as workflowIdOf,
} from '../domain/contract/names';
import { ownIds } from './cancellationId';
import type { RunInfo } from './runInfo';
import { stuckReasonOf } from './runInfo';
import type { RunReference, RunStatus } from './runState';
import { runStatusOf } from './runState';

export interface ListFilter {
  orgId?: string | undefined;
  /** As the search attribute has it: a long one is cut there. */
  taskId?: string | undefined;
  /** The run's own state. */
  status?: RunStatus | undefined;
  /** The task's last known state at the API. */
  taskStatus?: string | undefined;
  outcome?: Outcome | undefined;
  /** Started at this instant or later. */
  since?: Date | undefined;
  /** 1 or more. */
  limit?: number | undefined;
}

/** The most cancellations that one `list` command returns. */
export const MAX_LIST_LIMIT = 10_000;

/** A cancellation in a list, from its search attributes alone: no worker is needed. */
export interface CancellationListing extends RunReference {
  status: RunStatus;
  /** Paused in Temporal: it does nothing until it is unpaused. */
  paused: boolean;
  /** Its worker cannot carry it on: it does nothing until somebody acts. */
  stuck: boolean;
  /** The task's last known state at the API; null before it was seen. */
  taskStatus: string | null;
  outcome: string | null;
  /** When the cancellation began, however often its run continued as new since. */
  startedAt: string;
  closedAt: string | null;
}

const ORG_ID = defineSearchAttributeKey(SEARCH_ATTRIBUTES.orgId, 'KEYWORD');
const TASK_ID = defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskId, 'KEYWORD');
const TASK_STATUS = defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskStatus, 'KEYWORD');
const OUTCOME = defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD');

/**
 * The visibility query. A run that continued as new is excluded: its successor stands for the
 * cancellation. StartTime is that of the successor, so some matches began before `since`;
 * `beganSince` filters them.
 */
export function listQuery({ orgId, taskId, status, taskStatus, outcome, since }: ListFilter): string {
  const conditions = [`WorkflowType = ${sqlString(WORKFLOW_TYPE)}`, "ExecutionStatus != 'ContinuedAsNew'"];
  if (orgId !== undefined) conditions.push(organizationCondition(orgId));
  if (taskId !== undefined) conditions.push(`${SEARCH_ATTRIBUTES.taskId} = ${sqlString(taskId)}`);
  if (status !== undefined) conditions.push(statusCondition(status));
  if (taskStatus !== undefined) conditions.push(`${SEARCH_ATTRIBUTES.taskStatus} = ${sqlString(taskStatus)}`);
  if (outcome !== undefined) conditions.push(`${SEARCH_ATTRIBUTES.outcome} = ${sqlString(outcome)}`);
  if (since !== undefined) conditions.push(`StartTime >= ${sqlString(since.toISOString())}`);
  return conditions.join(' AND ');
}

/**
 * Matches the workflow id too: search attributes are missing until a worker starts the run, and
 * long values are cut.
 */
function organizationCondition(orgId: string): string {
  const ownIds = sqlString(workflowIdOf({ orgId, taskId: '' }));
  return `(${SEARCH_ATTRIBUTES.orgId} = ${sqlString(orgId)} OR WorkflowId STARTS_WITH ${ownIds})`;
}

function statusCondition(status: RunStatus): string {
  switch (status) {
    case 'running':
      // A paused one has a status of its own, which older servers do not know.
      return "ExecutionStatus NOT IN ('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut')";
    case 'completed':
      return "ExecutionStatus = 'Completed'";
    case 'failed':
      return "ExecutionStatus IN ('Failed', 'Canceled', 'Terminated', 'TimedOut')";
  }
}

export function beganSince({ startedAt }: CancellationListing, since: Date | undefined): boolean {
  return since === undefined || Date.parse(startedAt) >= since.getTime();
}

/** The search attributes, null where missing. */
export function attributesOf({ typedSearchAttributes }: RunInfo) {
  const of = (key: typeof ORG_ID) => typedSearchAttributes.get(key) ?? null;
  return { orgId: of(ORG_ID), taskId: of(TASK_ID), taskStatus: of(TASK_STATUS), outcome: of(OUTCOME) };
}

const instant = z.iso.datetime();

/** A continued run keeps the cancellation's start in its memo. */
function startedAtOf({ memo, startTime }: RunInfo): string {
  const recorded = instant.safeParse(memo?.[STARTED_AT_MEMO]);
  return recorded.success ? recorded.data : startTime.toISOString();
}

function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

export function latestFirst(listings: readonly CancellationListing[]): CancellationListing[] {
  return listings.toSorted((one, other) => Date.parse(other.startedAt) - Date.parse(one.startedAt));
}

export function listed(info: RunInfo): CancellationListing {
  const { workflowId, runId } = info;
  const { orgId, taskId, taskStatus, outcome } = attributesOf(info);
  const own = ownIds(workflowId);
  return {
    // Another starter may have chosen its own workflow id.
    orgId: own?.orgId ?? orgId ?? '',
    taskId: own?.taskId ?? taskId ?? '',
    workflowId,
    runId,
    status: runStatusOf(info.status.name),
    paused: info.status.name === 'PAUSED',
    stuck: stuckReasonOf(info) !== null,
    taskStatus,
    outcome,
    startedAt: startedAtOf(info),
    closedAt: info.closeTime?.toISOString() ?? null,
  };
}

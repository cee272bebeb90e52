import { QueryRejectedError } from '@temporalio/client';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRESS_QUERY, WORKFLOW_TYPE } from '../domain/contract/names';
import type { CancelTaskProgress } from '../domain/contract/result';
import type { TemporalConnection } from '../temporal/connection';
import type { HaltedError } from '../temporal/errors';
import { NoWorkerError, NotStartedError, PausedError, StuckError } from '../temporal/errors';
import { meansNobodyAnswered, meansTaskFailed } from '../temporal/grpcStatus';
import { parsedProgress } from './answers';
import { notPromoted, pollersOf } from '../temporal/pollers';
import type { RunInfo } from './runInfo';
import { runInfoOf, stuckReasonOf } from './runInfo';

/** Answered by Temporal, without a worker. */
const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;
/** A live worker answers in milliseconds. */
const QUERY_TIME_LIMIT_MS = SECOND_MS;
/** Time for a busy worker, within the patience of a person at a terminal. */
const PATIENT_QUERY_TIME_LIMIT_MS = 1.5 * SECOND_MS;

const TASK_FAILED = 'its latest workflow task failed';

/** A run as Temporal describes it, without a worker. */
export interface DescribedRun extends RunInfo {
  /** The first run of the chain; null where the server does not report it. */
  firstRunId: string | null;
  /** The run that the latest reset of this one started. */
  resetRunId: string | null;
  /** Whether a reset started this run. */
  wasReset: boolean;
  halted: HaltedError | null;
}

/** @param runId null for the latest run */
export async function describedRun(
  temporal: TemporalConnection,
  workflowId: string,
  runId: string | null = null,
): Promise<DescribedRun> {
  const { client, namespace } = temporal;
  const execution = { workflowId, runId };
  const { workflowExecutionInfo, workflowExtendedInfo } = await temporal.call(
    () => client.workflowService.describeWorkflowExecution({ namespace, execution }),
    { workflowId, timeLimitMs: DESCRIBE_TIME_LIMIT_MS },
  );
  const raw = workflowExecutionInfo ?? {};
  const info = await runInfoOf(temporal, raw);
  if (info.type !== WORKFLOW_TYPE) throw new NotStartedError(workflowId);
  return {
    ...info,
    firstRunId: orNull(raw.firstRunId),
    resetRunId: orNull(workflowExtendedInfo?.resetRunId),
    wasReset: Boolean(workflowExtendedInfo?.lastResetTime),
    halted: haltOf(info, namespace, orNull(workflowExtendedInfo?.pauseInfo?.reason)),
  };
}

function haltOf(info: RunInfo, namespace: string, pauseReason: string | null): HaltedError | null {
  const { workflowId, runId, status } = info;
  if (status.name === 'PAUSED') return new PausedError(workflowId, runId, namespace, pauseReason);
  const stuckReason = stuckReasonOf(info);
  return stuckReason === null ? null : new StuckError(workflowId, runId, namespace, stuckReason);
}

/** Temporal's messages have an empty string where a text is missing. */
function orNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** Queries the progress. @throws NoWorkerError, HaltedError within a few seconds */
export async function fetchProgress(
  temporal: TemporalConnection,
  workflowId: string,
  signal?: AbortSignal,
): Promise<CancelTaskProgress> {
  const query = () => temporal.client.workflow.getHandle(workflowId).query(PROGRESS_QUERY);
  const progressWithin = async (timeLimitMs: number) =>
    parsedProgress(await temporal.call(query, { workflowId, timeLimitMs, signal }));
  try {
    return await progressWithin(QUERY_TIME_LIMIT_MS);
  } catch (error) {
    if (!meansNobodyAnswered(error) && !(error instanceof QueryRejectedError)) throw error;
  }
  // A call that needs no worker tells a missing worker from a missing Temporal and a halted run.
  const { taskQueue, runId, halted } = await describedRun(temporal, workflowId);
  if (halted !== null) throw halted;
  // No poller means no worker. A listed poller may have died minutes ago: query once more.
  const pollers = await pollersOf(temporal, taskQueue, 'workflows');
  const waiting = notPromoted(pollers, Date.now());
  if (waiting !== null) throw new NoWorkerError(taskQueue, undefined, `${waiting.reason}: ${waiting.remedy}`);
  if (pollers.length === 0) throw new NoWorkerError(taskQueue);
  try {
    return await progressWithin(PATIENT_QUERY_TIME_LIMIT_MS);
  } catch (error) {
    // Known before the server reports the problem, which takes several failures.
    if (meansTaskFailed(error)) throw new StuckError(workflowId, runId, temporal.namespace, TASK_FAILED);
    if (meansNobodyAnswered(error)) throw new NoWorkerError(taskQueue, error);
    throw error;
  }
}

import { QueryRejectedError } from '@temporalio/client';
import { SECOND_MS } from '../domain/contract/duration';
import { PROGRESS_QUERY, WORKFLOW_TYPE } from '../domain/contract/names';
import type { CancelTaskProgress } from '../domain/contract/result';
import type { TemporalConnection } from '../temporal/connection';
import { NoWorkerError, NotStartedError, PausedError } from '../temporal/errors';
import { meansNobodyAnswered } from '../temporal/grpcStatus';
import { parsedProgress } from './answers';
import { pollersOf } from '../temporal/pollers';
import type { RunInfo } from './runInfo';
import { runInfoOf } from './runInfo';

/** Temporal answers this by itself. */
const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;
/** A worker that is there answers in milliseconds. */
const QUERY_TIME_LIMIT_MS = SECOND_MS;
/** It may be busy: enough for that, and soon enough for a person who waits for the answer. */
const PATIENT_QUERY_TIME_LIMIT_MS = 1.5 * SECOND_MS;

/** A run as Temporal knows it without a worker. */
export interface DescribedRun extends RunInfo {
  /** The first of the runs that continue one another; null where the server does not tell. */
  firstRunId: string | null;
  /** The run that a reset of this one has started, the latest where it was reset more than once. */
  resetRunId: string | null;
  /** Whether a reset has started it. */
  wasReset: boolean;
  paused: PausedError | null;
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
    paused:
      info.status.name === 'PAUSED'
        ? new PausedError(workflowId, info.runId, namespace, orNull(workflowExtendedInfo?.pauseInfo?.reason))
        : null,
  };
}

/** A text that is not there is empty in Temporal's messages. */
function orNull(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text;
}

/** The progress as a worker tells it, or soon `NoWorkerError` or `PausedError`. */
export async function askedProgress(
  temporal: TemporalConnection,
  workflowId: string,
  signal?: AbortSignal,
): Promise<CancelTaskProgress> {
  const query = () => temporal.client.workflow.getHandle(workflowId).query(PROGRESS_QUERY);
  const asked = async (timeLimitMs: number) =>
    parsedProgress(await temporal.call(query, { workflowId, timeLimitMs, signal }));
  try {
    return await asked(QUERY_TIME_LIMIT_MS);
  } catch (error) {
    if (!meansNobodyAnswered(error) && !(error instanceof QueryRejectedError)) throw error;
  }
  // A call that needs no worker tells whether it is the worker or Temporal that is not there, or
  // whether nobody may answer.
  const { taskQueue, paused } = await describedRun(temporal, workflowId);
  if (paused !== null) throw paused;
  // Nobody listed means nobody there; those who are listed may have died minutes ago, so they are
  // asked once more.
  if ((await pollersOf(temporal, taskQueue, 'workflows')).length === 0) throw new NoWorkerError(taskQueue);
  try {
    return await asked(PATIENT_QUERY_TIME_LIMIT_MS);
  } catch (error) {
    if (meansNobodyAnswered(error)) throw new NoWorkerError(taskQueue, error);
    throw error;
  }
}

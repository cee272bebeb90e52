import type { WorkflowExecutionDescription } from '@temporalio/client';
import { SECOND_MS } from '../domain/duration';
import { PROGRESS_QUERY } from '../domain/names';
import type { CancelTaskProgress } from '../domain/report';
import type { TemporalConnection } from './connection';
import { meansNobodyAnswered, NoWorkerError } from './errors';
import { parsedProgress } from './parsing';
import { pollersOf } from './pollers';

/** Temporal answers this by itself. */
const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;
/** A worker that is there answers in milliseconds. */
const QUERY_TIME_LIMIT_MS = SECOND_MS;
/** It may be busy: enough for that, and soon enough for a person who waits for the answer. */
const PATIENT_QUERY_TIME_LIMIT_MS = 1.5 * SECOND_MS;

/**
 * A run as Temporal knows it without a worker.
 *
 * @param runId null for the latest run
 */
export async function describedRun(
  temporal: TemporalConnection,
  workflowId: string,
  runId: string | null = null,
): Promise<WorkflowExecutionDescription> {
  const described = () => temporal.client.workflow.getHandle(workflowId, runId ?? undefined).describe();
  return await temporal.call(described, { workflowId, timeLimitMs: DESCRIBE_TIME_LIMIT_MS });
}

/** The progress as a worker tells it, or `NoWorkerError` soon. */
export async function askedProgress(
  temporal: TemporalConnection,
  workflowId: string,
  signal?: AbortSignal,
): Promise<CancelTaskProgress> {
  const query = () => temporal.client.workflow.getHandle(workflowId).query(PROGRESS_QUERY);
  try {
    return parsedProgress(await temporal.call(query, { workflowId, timeLimitMs: QUERY_TIME_LIMIT_MS, signal }));
  } catch (error) {
    if (!meansNobodyAnswered(error)) throw error;
  }
  // Nobody answered: a call that needs no worker tells whether it is the worker or Temporal that is not there.
  const { taskQueue } = await describedRun(temporal, workflowId);
  // Nobody listed means nobody there; those who are listed may have died minutes ago, so they are asked once more.
  if ((await pollersOf(temporal, taskQueue, 'workflows')).length === 0) throw new NoWorkerError(taskQueue);
  try {
    return parsedProgress(await temporal.call(query, { workflowId, timeLimitMs: PATIENT_QUERY_TIME_LIMIT_MS, signal }));
  } catch (error) {
    if (meansNobodyAnswered(error)) throw new NoWorkerError(taskQueue, error);
    throw error;
  }
}

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { cancellationSummary, startDetails } from '../domain/text/runText';
import type { CancelTaskInput, CancelTaskSettings } from '../domain/contract/input';
import { parseCancelTaskInput } from '../domain/contract/input';
import { WORKFLOW_TYPE, workflowId as workflowIdOf } from '../domain/contract/names';
import type { DescribedRun } from './progress';
import { describedRun } from './progress';
import type { TemporalConnection } from '../temporal/connection';
import type { HaltedError } from '../temporal/errors';
import { NotStartedError, UnexpectedAnswerError } from '../temporal/errors';
import type { OptionDifference } from './optionDifferences';
import { optionDifferences } from './optionDifferences';
import { valid } from './answers';
import { startInputOf } from './startInput';
import type { RunReference } from './runState';
import { runStatusOf } from './runState';

export interface StartedCancellation extends RunReference {
  /** Whether a cancellation of this task was running already; its options stay as they are. */
  joined: boolean;
  /** The options that differ from those of the running one; empty where nothing was joined. */
  differences: OptionDifference[];
  /** Set if the running one is paused in Temporal, or stuck. */
  halted?: HaltedError;
}

/** A run may end between a refused start and its description; hardly twice in a row. */
const START_ATTEMPTS = 5;

/**
 * Starts the cancellation, or joins the running one. With `USE_EXISTING` the SDK does not report
 * whether it joined. A start that fails on a conflict, followed by a description, is as safe and
 * does.
 */
export async function startOrJoin(temporal: TemporalConnection, input: CancelTaskInput): Promise<StartedCancellation> {
  const settings = valid(parseCancelTaskInput(input));
  const { orgId, taskId } = settings;
  const workflowId = workflowIdOf(settings);
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
    const runId = await startNew(temporal, input, settings);
    if (runId !== null) return { orgId, taskId, workflowId, runId, joined: false, differences: [] };
    const running = await describedRun(temporal, workflowId);
    if (runStatusOf(running.status.name) === 'running') return await joined(temporal, running, settings);
  }
  throw new UnexpectedAnswerError(`the start of ${workflowId}`, ['it is refused for a run that is over']);
}

/** The id of the new run, or null where one is running. */
async function startNew(
  temporal: TemporalConnection,
  input: CancelTaskInput,
  settings: CancelTaskSettings,
): Promise<string | null> {
  const details = startDetails(settings);
  const started = () =>
    temporal.client.workflow.start(WORKFLOW_TYPE, {
      workflowId: workflowIdOf(settings),
      taskQueue: temporal.taskQueue,
      args: [{ ...input, orgId: settings.orgId, taskId: settings.taskId }],
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: cancellationSummary(settings),
      ...(details === '' ? {} : { staticDetails: details }),
    });
  try {
    return (await temporal.call(started)).firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** Joins the running cancellation with this workflow id; null if none is running. */
export async function joinRunning(
  temporal: TemporalConnection,
  workflowId: string,
  input: CancelTaskInput,
): Promise<StartedCancellation | null> {
  const settings = valid(parseCancelTaskInput(input));
  try {
    const running = await describedRun(temporal, workflowId);
    return runStatusOf(running.status.name) === 'running' ? await joined(temporal, running, settings) : null;
  } catch (error) {
    if (error instanceof NotStartedError) return null;
    throw error;
  }
}

async function joined(
  temporal: TemporalConnection,
  { workflowId, runId, halted }: DescribedRun,
  wanted: CancelTaskSettings,
): Promise<StartedCancellation> {
  const { orgId, taskId } = wanted;
  const running = await startInputOf(temporal, { workflowId, runId });
  return {
    orgId,
    taskId,
    workflowId,
    runId,
    joined: true,
    // An unreadable input cannot be compared, and an invalid one fails its run at once.
    differences: running === null ? [] : optionDifferences(running, wanted),
    ...(halted === null ? {} : { halted }),
  };
}

import type { WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow';
import { cancellationSummary, startDetails } from '../domain/details';
import type { CancelTaskInput, CancelTaskSettings } from '../domain/input';
import { parseCancelTaskInput } from '../domain/input';
import { WORKFLOW_TYPE, workflowId as workflowIdOf } from '../domain/names';
import { describedRun } from './asking';
import type { TemporalConnection } from './connection';
import { UnexpectedAnswerError } from './errors';
import type { OptionDifference } from './optionDifferences';
import { optionDifferences } from './optionDifferences';
import { valid } from './parsing';
import type { StartMark } from './startMark';
import { memoOf } from './startMark';
import type { RunReference } from './state';
import { runStatusOf } from './state';

export interface StartOptions {
  /** Kept with the run that it starts, in its memo: by it a starter finds its own again. */
  mark?: StartMark | undefined;
}

export interface StartedCancellation extends RunReference {
  /** Whether a cancellation of this task was running already; its options stay as they are. */
  joined: boolean;
  /** The options that the running one was started with otherwise; empty where nothing was joined. */
  differences: OptionDifference[];
}

/** A run can end between a refused start and the look at it; twice in a row it hardly does. */
const START_ATTEMPTS = 5;

/**
 * Starts the cancellation, or joins the one that runs. The SDK does not say whether `USE_EXISTING` joined; refused where one runs, and then
 * looked at, a start is as safe, and it is known.
 */
export async function startOrJoin(
  temporal: TemporalConnection,
  input: CancelTaskInput,
  { mark }: StartOptions,
): Promise<StartedCancellation> {
  const settings = valid(parseCancelTaskInput(input));
  const { orgId, taskId } = settings;
  const workflowId = workflowIdOf(settings);
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
    const runId = await startNew(temporal, input, settings, mark);
    if (runId !== null) return { orgId, taskId, workflowId, runId, joined: false, differences: [] };
    const running = await describedRun(temporal, workflowId);
    if (runStatusOf(running.status.name) !== 'running') continue;
    const differences = await differencesTo(temporal, running, settings);
    return { orgId, taskId, workflowId, runId: running.runId, joined: true, differences };
  }
  throw new UnexpectedAnswerError(`the start of ${workflowId}`, ['it is refused for a run that is over']);
}

/** The id of the new run, or null where one is running. */
async function startNew(
  temporal: TemporalConnection,
  input: CancelTaskInput,
  settings: CancelTaskSettings,
  mark: StartMark | undefined,
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
      ...(mark === undefined ? {} : { memo: memoOf(mark) }),
    });
  try {
    return (await temporal.call(started)).firstExecutionRunId;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** The running one's own options stand in its history, as the input of its first event. */
async function differencesTo(
  temporal: TemporalConnection,
  running: WorkflowExecutionDescription,
  asked: CancelTaskSettings,
): Promise<OptionDifference[]> {
  const { workflowId, runId } = running;
  const { client, namespace } = temporal;
  const { history } = await temporal.call(() =>
    client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    }),
  );
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  const context = { type: 'workflow', namespace, workflowId } as const;
  const converter = client.workflow.options.loadedDataConverter;
  const input = parseCancelTaskInput(await decodeFromPayloadsAtIndex<unknown>(converter, 0, payloads, context));
  // An input of another starter that is not valid: that run fails at once, and there is nothing to compare with.
  return input.ok ? optionDifferences(input.value, asked) : [];
}

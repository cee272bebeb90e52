import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow';
import type { z } from 'zod';
import { cancellationSummary, startDetails } from '../domain/details';
import { MINUTE_MS, SECOND_MS } from '../domain/duration';
import type { CancelTaskInput, CancelTaskSettings, Parsed } from '../domain/input';
import { checked, parseCancelTaskInput } from '../domain/input';
import { PROGRESS_QUERY, UPDATES, WORKFLOW_TYPE, workflowId as workflowIdOf } from '../domain/names';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/report';
import { cancelTaskProgressSchema, cancelTaskResultSchema } from '../domain/report';
import type { ExtendDeadlineArgument, OperatorArgument, StopMonitoringArgument } from '../domain/updates';
import { extendDeadlineSchema, operatorSchema, stopMonitoringSchema } from '../domain/updates';
import type { CancellationId } from './cancellationId';
import { cancellationIds } from './cancellationId';
import type { ConnectOptions } from './connection';
import { taskQueueOf, TemporalConnection } from './connection';
import {
  AlreadyOverError,
  InvalidInputError,
  meansNobodyAnswered,
  NoWorkerError,
  RunFailedError,
  TemporalUnreachableError,
  UnexpectedAnswerError,
} from './errors';
import type { CancellationListing, ListFilter } from './listing';
import { listed, listQuery } from './listing';
import type { OptionDifference } from './optionDifferences';
import { optionDifferences } from './optionDifferences';
import type { RegisteredSearchAttributes } from './searchAttributes';
import { registerSearchAttributes } from './searchAttributes';
import type { CancellationState, RunReference } from './state';
import { runFailureOf, runStatusOf } from './state';
import type { WatchEvent, WatchOptions } from './watch';
import { watchRun } from './watch';

export interface StartedCancellation extends RunReference {
  /** Whether a cancellation of this task was running already; its options stay as they are. */
  joined: boolean;
  /** The options that the running one was started with otherwise; empty where nothing was joined. */
  differences: OptionDifference[];
}

export interface WaitOptions {
  /** Ends the waiting, never the cancellation; the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Told once an outage that Temporal cannot be reached. The waiting goes on. */
  onUnreachable?: ((error: TemporalUnreachableError) => void) | undefined;
}

/** Enough for a worker that is there, and soon enough for a person who waits for the answer. */
const QUERY_TIME_LIMIT_MS = 3_500;
/** Temporal answers this by itself. */
const DESCRIBE_TIME_LIMIT_MS = 5 * SECOND_MS;
/** An update is answered within 30 s once a worker has it. */
const UPDATE_TIME_LIMIT_MS = 40 * SECOND_MS;
/** Each long poll is renewed well before a proxy on the way might cut it. */
const RESULT_TIME_LIMIT_MS = MINUTE_MS;
const BETWEEN_RECONNECTS_MS = 2 * SECOND_MS;
/** A run can end between a refused start and the look at it; twice in a row it hardly does. */
const START_ATTEMPTS = 5;

/** Starts, watches and steers cancellations. Every method throws the errors of `errors.ts`, and nothing waits for ever unless it says so. */
export class CancellationClient {
  private constructor(private readonly temporal: TemporalConnection) {}

  /** @throws TemporalUnreachableError, TemporalRefusedError, InvalidInputError (a configuration that cannot be read) */
  static async connect(options: ConnectOptions = {}): Promise<CancellationClient> {
    return new CancellationClient(await TemporalConnection.open(options));
  }

  /** On a Temporal client that the caller has, with its namespace and data converter; `close` leaves its connection open. */
  static using(client: Client, options: { taskQueue?: string } = {}): CancellationClient {
    const taskQueue = options.taskQueue ?? taskQueueOf(process.env);
    return new CancellationClient(new TemporalConnection(client, 'the address of the given client', taskQueue, false));
  }

  get address(): string {
    return this.temporal.address;
  }

  get namespace(): string {
    return this.temporal.namespace;
  }

  get taskQueue(): string {
    return this.temporal.taskQueue;
  }

  /**
   * Starts the cancellation of a task, or joins the one that runs: never two at once for one task.
   *
   * @throws InvalidInputError before anything is sent
   */
  async start(input: CancelTaskInput): Promise<StartedCancellation> {
    const settings = valid(parseCancelTaskInput(input));
    const { orgId, taskId } = settings;
    const workflowId = workflowIdOf(settings);
    // The SDK does not say whether USE_EXISTING joined. Refused where one runs, and then looked at, a start is as safe, and it is known.
    for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
      const runId = await this.startNew(workflowId, input, settings);
      if (runId !== null) return { orgId, taskId, workflowId, runId, joined: false, differences: [] };
      const running = await this.reference(workflowId);
      if (runStatusOf(running.status.name) !== 'running') continue;
      const differences = await this.differences(running, settings);
      return { orgId, taskId, workflowId, runId: running.runId, joined: true, differences };
    }
    throw new UnexpectedAnswerError(`the start of ${workflowId}`, ['it is refused for a run that is over']);
  }

  /**
   * How far a cancellation is, as its worker tells it.
   *
   * @throws NoWorkerError within 4 s where no worker answers
   */
  async progress(id: CancellationId, options: { signal?: AbortSignal } = {}): Promise<CancelTaskProgress> {
    const { workflowId } = cancellationIds(id);
    const answer = await this.asked(workflowId, options.signal);
    return answerOf('the progress', cancelTaskProgressSchema, answer);
  }

  /** Whether a cancellation is running, or how it ended. Needs no worker. */
  async describe(id: CancellationId): Promise<CancellationState> {
    const ids = cancellationIds(id);
    const found = await this.reference(ids.workflowId);
    const run: RunReference = { ...ids, runId: found.runId };
    if (runStatusOf(found.status.name) === 'running') return { ...run, status: 'running' };
    try {
      return { ...run, status: 'completed', result: await this.resultOf(run) };
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      return { ...run, status: 'failed', failure: error.failure };
    }
  }

  /**
   * Waits for the verdict, for as long as it takes, also while Temporal cannot be reached.
   *
   * @throws RunFailedError where the run ended without one
   */
  async result(id: CancellationId, options: WaitOptions = {}): Promise<CancelTaskResult> {
    const { workflowId } = cancellationIds(id);
    // The run that is there now: a later one of the same task is another cancellation.
    const { runId } = await this.reference(workflowId);
    return await this.resultOf({ workflowId, runId }, options);
  }

  /** What happens to a cancellation, up to its verdict, which is the last event. Goes on while no worker or no Temporal is there, and says so. */
  async *watch(id: CancellationId, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    const { workflowId } = cancellationIds(id);
    const { runId } = await this.reference(workflowId);
    yield* watchRun(
      {
        result: (signal) => this.resultOf({ workflowId, runId }, { signal }),
        progress: (signal) => this.progress(workflowId, { signal }),
      },
      options,
    );
  }

  /** Has the status read at once. */
  async pollNow(id: CancellationId, argument: OperatorArgument = {}): Promise<CancelTaskProgress> {
    return await this.update(id, UPDATES.pollNow, operatorSchema, argument);
  }

  /** Has the cancel sent once more, on top of `maxCancelRequests`. */
  async reissueCancel(id: CancellationId, argument: OperatorArgument = {}): Promise<CancelTaskProgress> {
    return await this.update(id, UPDATES.reissueCancel, operatorSchema, argument);
  }

  /** Moves the deadline to a later instant. */
  async extendDeadline(id: CancellationId, argument: ExtendDeadlineArgument): Promise<CancelTaskProgress> {
    return await this.update(id, UPDATES.extendDeadline, extendDeadlineSchema, argument);
  }

  /** Ends the watch as `ABANDONED`. What was asked of the API stays asked. */
  async stopMonitoring(id: CancellationId, argument: StopMonitoringArgument = {}): Promise<CancelTaskProgress> {
    return await this.update(id, UPDATES.stopMonitoring, stopMonitoringSchema, argument);
  }

  /** Running and recent cancellations, the latest first. */
  async list(filter: ListFilter = {}): Promise<CancellationListing[]> {
    return await this.temporal.call(async () => {
      const { limit } = filter;
      const found: CancellationListing[] = [];
      for await (const info of this.temporal.client.workflow.list({
        query: listQuery(filter),
        pageSize: limit ?? 100,
      })) {
        if (limit !== undefined && found.length >= limit) break;
        found.push(listed(info));
      }
      return found;
    });
  }

  /** Registers the search attributes that the workflow writes; those that are there already stay. Returns when all can be used. */
  async setup(): Promise<RegisteredSearchAttributes> {
    return await registerSearchAttributes(this.temporal);
  }

  async close(): Promise<void> {
    await this.temporal.close();
  }

  private async startNew(workflowId: string, input: CancelTaskInput, settings: CancelTaskSettings) {
    const details = startDetails(settings);
    try {
      const handle = await this.temporal.call(() =>
        this.temporal.client.workflow.start(WORKFLOW_TYPE, {
          workflowId,
          taskQueue: this.taskQueue,
          args: [input],
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: cancellationSummary(settings),
          ...(details === '' ? {} : { staticDetails: details }),
        }),
      );
      return handle.firstExecutionRunId;
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
      throw error;
    }
  }

  private async differences(running: WorkflowExecutionDescription, asked: CancelTaskSettings) {
    const { workflowId, runId } = running;
    const { client, namespace } = this.temporal;
    const { history } = await this.temporal.call(() =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution: { workflowId, runId },
        maximumPageSize: 1,
      }),
    );
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const context = { type: 'workflow', namespace, workflowId } as const;
    const input = await decodeFromPayloadsAtIndex<unknown>(
      client.workflow.options.loadedDataConverter,
      0,
      started?.input?.payloads,
      context,
    );
    const parsedInput = parseCancelTaskInput(input);
    // An input of another starter that is not valid: that run fails at once, and there is nothing to compare with.
    return parsedInput.ok ? optionDifferences(parsedInput.value, asked) : [];
  }

  private async reference(workflowId: string): Promise<WorkflowExecutionDescription> {
    const described = () => this.temporal.client.workflow.getHandle(workflowId).describe();
    return await this.temporal.call(described, { workflowId, timeLimitMs: DESCRIBE_TIME_LIMIT_MS });
  }

  private async asked(workflowId: string, signal?: AbortSignal): Promise<unknown> {
    const query = () => this.temporal.client.workflow.getHandle(workflowId).query(PROGRESS_QUERY);
    try {
      return await this.temporal.call(query, { workflowId, timeLimitMs: QUERY_TIME_LIMIT_MS, signal });
    } catch (error) {
      if (!meansNobodyAnswered(error)) throw error;
      // Nobody answered: a call that needs no worker tells whether it is the worker or Temporal that is not there.
      const { taskQueue } = await this.reference(workflowId);
      throw new NoWorkerError(taskQueue, error);
    }
  }

  private async resultOf(
    run: { workflowId: string; runId: string },
    { signal, onUnreachable }: WaitOptions = {},
  ): Promise<CancelTaskResult> {
    const { workflowId, runId } = run;
    const waited = () => this.temporal.client.workflow.result(workflowId, runId);
    for (let unreachable = false; ; signal?.throwIfAborted()) {
      const calledAtMs = Date.now();
      try {
        const result: unknown = await this.temporal.call(waited, {
          workflowId,
          timeLimitMs: RESULT_TIME_LIMIT_MS,
          signal,
        });
        return answerOf('the result', cancelTaskResultSchema, result);
      } catch (error) {
        const failure = runFailureOf(error);
        if (failure !== null) throw new RunFailedError(workflowId, failure);
        if (!(error instanceof TemporalUnreachableError)) throw error;
        // The time limit of a long poll that brought nothing is no outage.
        const timeIsUp = Date.now() - calledAtMs >= RESULT_TIME_LIMIT_MS;
        if (!timeIsUp && !unreachable) onUnreachable?.(error);
        unreachable = !timeIsUp;
        if (!timeIsUp) await sleep(BETWEEN_RECONNECTS_MS, undefined, { signal });
      }
    }
  }

  private async update<T>(id: CancellationId, name: string, schema: z.ZodType<T>, argument: T) {
    const { workflowId } = cancellationIds(id);
    const args: [T] = [valid(checked(schema, argument))];
    const found = await this.reference(workflowId);
    if (runStatusOf(found.status.name) !== 'running') throw new AlreadyOverError(workflowId);
    // An update waits for a worker for ever, and may take effect long after its sender has gone: only one that will be heard is sent.
    await this.asked(workflowId);
    const sent = () => this.temporal.client.workflow.getHandle(workflowId).executeUpdate<unknown, [T]>(name, { args });
    try {
      const answer = await this.temporal.call(sent, { timeLimitMs: UPDATE_TIME_LIMIT_MS });
      return answerOf('the progress', cancelTaskProgressSchema, answer);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new AlreadyOverError(workflowId);
      if (meansNobodyAnswered(error)) throw new NoWorkerError(found.taskQueue, error);
      throw error;
    }
  }
}

function valid<T>(parsed: Parsed<T>): T {
  if (!parsed.ok) throw new InvalidInputError(parsed.problems);
  return parsed.value;
}

function answerOf<T>(what: string, schema: z.ZodType<T>, answer: unknown): T {
  const parsed = checked(schema, answer);
  if (!parsed.ok) throw new UnexpectedAnswerError(what, parsed.problems);
  return parsed.value;
}

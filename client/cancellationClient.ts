import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { z } from 'zod';
import { SECOND_MS } from '../domain/contract/duration';
import { cleanEnvironment } from '../domain/settings/environment';
import type { CancelTaskInput } from '../domain/contract/input';
import { checked } from '../domain/contract/input';
import { UPDATES } from '../domain/contract/names';
import type { CancelTaskProgress, CancelTaskResult } from '../domain/contract/result';
import type { ExtendDeadlineArgument, OperatorArgument, StopMonitoringArgument } from '../domain/contract/updates';
import { extendDeadlineSchema, operatorSchema, stopMonitoringSchema } from '../domain/contract/updates';
import { readTaskQueue } from '../temporal/settings';
import { fetchProgress, describedRun } from './progress';
import { CancellationGroup } from './cancellationGroup';
import type { CancellationId } from './cancellationId';
import { workflowIdOf } from './cancellationId';
import type { ConnectOptions } from '../temporal/connection';
import { settingsOf, TemporalConnection } from '../temporal/connection';
import type { WaitOptions } from './result';
import { stateFrom } from './result';
import {
  AlreadyOverError,
  NotStartedError,
  NoWorkerError,
  RunFailedError,
  TemporalRefusedError,
} from '../temporal/errors';
import { meansNobodyAnswered } from '../temporal/grpcStatus';
import type { CancellationListing, ListFilter } from './list';
import { beganSince, latestFirst, listed, listQuery } from './list';
import { parsedProgress, valid } from './answers';
import { listRuns } from './runList';
import { taskOfRun } from './runTask';
import type { RegisteredSearchAttributes } from '../temporal/searchAttributes';
import { registerSearchAttributes, searchAttributesLack } from '../temporal/searchAttributes';
import type { StartedCancellation } from './start';
import { joinRunning, startOrJoin } from './start';
import type { CancellationState, RunReference, RunStatus } from './runState';
import { runStatusOf } from './runState';
import type { WatchEvent, WatchOptions } from './watch';

/** A worker that has an update answers it within 30 s. */
const UPDATE_TIME_LIMIT_MS = 40 * SECOND_MS;
const UPDATE_ATTEMPTS = 2;
const LIST_TIME_LIMIT_MS = 30 * SECOND_MS;
const LIST_PAGE_SIZE = 100;

/**
 * Starts, watches and steers cancellations. Every method throws the errors of `errors.ts`; none
 * waits for ever but `result` and `watch`, whose waiting a signal ends.
 */
export class CancellationClient {
  /** For whoever has a connection of ours; `connect` and `using` are for everybody else. */
  constructor(private readonly temporal: TemporalConnection) {}

  /**
   * @throws TemporalUnreachableError, TemporalRefusedError, InvalidInputError (a configuration that
   * cannot be read)
   */
  static async connect(options: ConnectOptions = {}): Promise<CancellationClient> {
    return new CancellationClient(await TemporalConnection.open(await settingsOf(options)));
  }

  /**
   * On a Temporal client that the caller has, with its namespace and data converter; `close` leaves
   * its connection open.
   */
  static using(client: Client, options: { taskQueue?: string } = {}): CancellationClient {
    const address = 'the address of the given client';
    const taskQueue = valid(readTaskQueue(cleanEnvironment(process.env), options.taskQueue));
    return new CancellationClient(new TemporalConnection(client, address, address, taskQueue, null));
  }

  get address(): string {
    return this.temporal.address;
  }

  get namespace(): string {
    return this.temporal.namespace;
  }

  /**
   * Starts the cancellation of a task, or joins the one that runs: never two at once for one task.
   *
   * @throws InvalidInputError before anything is sent
   */
  async start(input: CancelTaskInput): Promise<StartedCancellation> {
    return await startOrJoin(this.temporal, input);
  }

  /**
   * Joins the cancellation that runs under a workflow id which its starter chose; null where none
   * does.
   *
   * @param input what it would be started with; the differing options are returned
   */
  async join(workflowId: string, input: CancelTaskInput): Promise<StartedCancellation | null> {
    return await joinRunning(this.temporal, workflowId, input);
  }

  /**
   * The progress of a cancellation, from its worker.
   *
   * @throws NoWorkerError within 3 s where no worker answers, HaltedError
   */
  async progress(id: CancellationId, options: { signal?: AbortSignal } = {}): Promise<CancelTaskProgress> {
    return await fetchProgress(this.temporal, workflowIdOf(id), options.signal);
  }

  /** Whether a cancellation is running, or how it ended. Needs no worker. */
  async describe(id: CancellationId): Promise<CancellationState> {
    const latest = await describedRun(this.temporal, workflowIdOf(id));
    const ids = await taskOfRun(this.temporal, latest);
    try {
      const state = await stateFrom(this.temporal, latest);
      if (state.kind === 'over') return { ...ids, ...state.end, status: 'completed' };
      const { runId, halted } = state;
      return { ...ids, runId, status: 'running', ...(halted === null ? {} : { halted }) };
    } catch (error) {
      if (!(error instanceof RunFailedError)) throw error;
      return { ...ids, runId: latest.runId, status: 'failed', failure: error.failure };
    }
  }

  /**
   * The cancellation that has this workflow id, whoever chose it; null where there is none. Needs
   * no worker.
   */
  async find(workflowId: string): Promise<(RunReference & { status: RunStatus }) | null> {
    try {
      const latest = await describedRun(this.temporal, workflowId);
      const { runId, status } = latest;
      return { ...(await taskOfRun(this.temporal, latest)), runId, status: runStatusOf(status.name) };
    } catch (error) {
      if (error instanceof NotStartedError) return null;
      throw error;
    }
  }

  /**
   * Waits for the verdict, for as long as it takes, also while Temporal cannot be reached.
   *
   * @throws RunFailedError where the run ended without one
   */
  async result(id: CancellationId, options: WaitOptions = {}): Promise<CancelTaskResult> {
    return (await new CancellationGroup(this.temporal).end(id, options)).result;
  }

  /**
   * What happens to a cancellation, up to its verdict, which is the last event. Goes on, and says
   * so, while no worker or no Temporal is there.
   *
   * @throws RunFailedError where the run ended without a verdict
   */
  watch(id: CancellationId, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    return new CancellationGroup(this.temporal).watch(id, options);
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

  /** Ends the watch as `ABANDONED`. A cancel already sent cannot be withdrawn. */
  async stopMonitoring(id: CancellationId, argument: StopMonitoringArgument = {}): Promise<CancelTaskProgress> {
    return await this.update(id, UPDATES.stopMonitoring, stopMonitoringSchema, argument);
  }

  /**
   * Cancellations, the latest start first. Where there are more than the limit, running ones go
   * before those that are over.
   *
   * @throws TemporalRefusedError where the search attributes are not there
   */
  async list(filter: ListFilter = {}): Promise<CancellationListing[]> {
    const { limit = Infinity } = filter;
    const lack = await searchAttributesLack(this.temporal);
    if (lack !== null) throw new TemporalRefusedError(`${lack.message}. ${lack.remedy}`);
    const pageSize = Math.min(limit, LIST_PAGE_SIZE);
    const found = async () => {
      const listings: CancellationListing[] = [];
      for await (const info of listRuns(this.temporal, listQuery(filter), pageSize)) {
        const listing = listed(info);
        if (beganSince(listing, filter.since)) listings.push(listing);
        if (listings.length >= limit) break;
      }
      return listings;
    };
    return latestFirst(await this.temporal.call(found, { timeLimitMs: LIST_TIME_LIMIT_MS }));
  }

  /**
   * Registers the search attributes that the workflow writes; those that are there already stay.
   * Returns when all can be used.
   */
  async setup(): Promise<RegisteredSearchAttributes> {
    return await registerSearchAttributes(this.temporal);
  }

  async close(): Promise<void> {
    await this.temporal.close();
  }

  private async update<T>(id: CancellationId, name: string, schema: z.core.$ZodType<unknown, T>, argument: T) {
    const workflowId = workflowIdOf(id);
    valid(checked(schema, argument));
    const args: [T] = [argument];
    for (let attempt = 1; attempt <= UPDATE_ATTEMPTS; attempt++) {
      const progress = await this.updateRun(workflowId, name, args);
      if (progress !== null) return progress;
    }
    throw new AlreadyOverError(workflowId);
  }

  /**
   * Null where the run ended before it had the update: a reset may have put another one in its
   * place.
   */
  private async updateRun(workflowId: string, name: string, args: [unknown]): Promise<CancelTaskProgress | null> {
    const { status, taskQueue, halted } = await describedRun(this.temporal, workflowId);
    if (halted !== null) throw halted;
    if (runStatusOf(status.name) !== 'running') throw new AlreadyOverError(workflowId);
    // An update waits for a worker for ever, and may take effect long after its sender has gone:
    // only one that will be heard is sent.
    await fetchProgress(this.temporal, workflowId);
    const handle = this.temporal.client.workflow.getHandle(workflowId);
    const sent = () => handle.executeUpdate<unknown, [unknown]>(name, { args });
    try {
      return parsedProgress(await this.temporal.call(sent, { timeLimitMs: UPDATE_TIME_LIMIT_MS }));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      if (meansNobodyAnswered(error)) throw new NoWorkerError(taskQueue, error);
      throw error;
    }
  }
}

import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import PQueue from 'p-queue';
import { SECOND_MS } from '../domain/contract/duration';
import { WORKFLOW_TYPE } from '../domain/contract/names';
import type { TemporalConnection } from '../temporal/connection';
import { TemporalUnreachableError } from '../temporal/errors';
import type { CurrentState, RunEnd, WaitOptions } from './result';
import { HaltNews } from './result';

/** The calls to Temporal by which many runs are waited for. */
export interface RunCalls {
  /** @param runId null for the latest run. @throws RunFailedError, NotStartedError */
  currentState(workflowId: string, runId: string | null): Promise<CurrentState>;
  /** The workflow ids of closed runs, as far as visibility knows them by now. */
  closedSince(sinceMs: number): Promise<readonly string[]>;
}

export interface WaitPace {
  listIntervalMs: number;
  /** From one look at a run that no list names to the next. */
  lookIntervalMs: number;
}

const MAX_CALLS = 8;
const LIST_INTERVAL_MS = 2 * SECOND_MS;
const MIN_LOOK_INTERVAL_MS = 5 * SECOND_MS;
/** Twenty looks a second, however many runs. */
const LOOK_INTERVAL_PER_RUN_MS = 50;
/** How far visibility may lag behind the runs, and Temporal's clock behind this machine's. */
const LIST_OVERLAP_MS = 60 * SECOND_MS;
/** No server returns more in a page. */
const LIST_PAGE_SIZE = 1_000;

export function waitPace(runCount: number): WaitPace {
  const lookIntervalMs = Math.max(MIN_LOOK_INTERVAL_MS, runCount * LOOK_INTERVAL_PER_RUN_MS);
  return { listIntervalMs: LIST_INTERVAL_MS, lookIntervalMs };
}

/**
 * Waits for the ends of many runs without a long poll for each: servers, and proxies on the way,
 * allow some hundreds in all. A list of the runs that closed lately says which to look at. The list
 * may be late, cut or refused, so each run is looked at from time to time as well.
 */
export class RunEnds {
  private readonly queue = new PQueue({ concurrency: MAX_CALLS });
  private readonly news = new EventEmitter().setMaxListeners(0);
  private waiting = 0;
  private isListing = false;

  constructor(
    private readonly calls: RunCalls,
    private readonly pace: WaitPace,
  ) {}

  /** The result of the latest run, or of the one that continues it, whenever it comes. */
  async end(workflowId: string, options: WaitOptions): Promise<RunEnd> {
    const { signal, onUnreachable, onReachable, onHalted, onResumed } = options;
    const halts = new HaltNews(onHalted, onResumed);
    const unreachable = (error: TemporalUnreachableError) => onUnreachable?.(error);
    const reachable = () => onReachable?.();
    this.news.on('unreachable', unreachable).on('reachable', reachable);
    this.waiting += 1;
    if (!this.isListing) void this.list();
    try {
      for (let runId: string | null = null; ;) {
        const state = await this.look(workflowId, runId, signal);
        if (state?.kind === 'over') return state.end;
        if (state !== null) {
          halts.saw(state.halted);
          runId = state.runId;
        }
        await this.mayHaveClosed(workflowId, signal);
      }
    } finally {
      this.waiting -= 1;
      this.news.off('unreachable', unreachable).off('reachable', reachable);
    }
  }

  /** Null where Temporal is unreachable: the list reports that once for all runs. */
  private async look(workflowId: string, runId: string | null, signal?: AbortSignal): Promise<CurrentState | null> {
    try {
      return await this.queue.add(() => this.calls.currentState(workflowId, runId), signal && { signal });
    } catch (error) {
      if (error instanceof TemporalUnreachableError) return null;
      throw error;
    }
  }

  private async mayHaveClosed(workflowId: string, signal?: AbortSignal): Promise<void> {
    const either = new AbortController();
    const options = { signal: signal === undefined ? either.signal : AbortSignal.any([signal, either.signal]) };
    const listed = once(this.news, closed(workflowId), options);
    try {
      await Promise.race([listed, sleep(this.pace.lookIntervalMs, undefined, options)]);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      either.abort();
    }
  }

  private async list(): Promise<void> {
    this.isListing = true;
    let sinceMs = Date.now() - LIST_OVERLAP_MS;
    let outage: TemporalUnreachableError | null = null;
    while (this.waiting > 0) {
      const listedAtMs = Date.now();
      const before = outage;
      try {
        const workflowIds = await this.calls.closedSince(sinceMs);
        sinceMs = listedAtMs - LIST_OVERLAP_MS;
        outage = null;
        for (const workflowId of workflowIds) this.news.emit(closed(workflowId));
      } catch (error) {
        // A list that is refused is no outage, and the looks do without.
        outage = error instanceof TemporalUnreachableError ? error : null;
      }
      if (before === null && outage !== null) this.news.emit('unreachable', outage);
      if (before !== null && outage === null) this.news.emit('reachable');
      await sleep(this.pace.listIntervalMs, undefined, { ref: false });
    }
    this.isListing = false;
  }
}

/** An event a workflow id, whose name is no other event's. */
function closed(workflowId: string): string {
  return `closed ${workflowId}`;
}

/**
 * The workflow ids of a page of closed runs. Needs no search attribute of ours.
 *
 * @throws TemporalRefusedError, TemporalUnreachableError
 */
export async function closedSince(temporal: TemporalConnection, sinceMs: number): Promise<readonly string[]> {
  const { client, namespace } = temporal;
  const since = new Date(sinceMs).toISOString();
  const query = `WorkflowType = '${WORKFLOW_TYPE}' AND CloseTime >= '${since}' AND ExecutionStatus != 'ContinuedAsNew'`;
  const { executions } = await temporal.call(() =>
    client.workflowService.listWorkflowExecutions({ namespace, query, pageSize: LIST_PAGE_SIZE }),
  );
  return executions.flatMap(({ execution }) => execution?.workflowId ?? []);
}

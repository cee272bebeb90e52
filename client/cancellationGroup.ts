import PQueue from 'p-queue';
import { SECOND_MS } from '../domain/contract/duration';
import type { CancelTaskProgress } from '../domain/contract/result';
import type { TemporalConnection } from '../temporal/connection';
import type { CancellationId } from './cancellationId';
import { workflowIdOf } from './cancellationId';
import { describedRun, fetchProgress } from './progress';
import type { RunEnd, WaitOptions } from './result';
import { currentState, waitForResult } from './result';
import { closedSince, RunEnds, waitPace } from './runEnds';
import type { WatchEvent, WatchOptions } from './watch';
import { watchRun } from './watch';

/** A long poll each for so many brings the ends at once. */
const MAX_LONG_POLLS = 20;
/** A progress query costs the worker a workflow task. */
const QUERY_LIMITS = { concurrency: 8, interval: SECOND_MS, intervalCap: 10 };

/**
 * Cancellations that are waited for together: hundreds of them load Temporal and the workers hardly
 * more than twenty.
 */
export class CancellationGroup {
  private readonly queries = new PQueue(QUERY_LIMITS);
  private readonly ends: RunEnds | null;

  /** @param size how many cancellations there will be */
  constructor(
    private readonly temporal: TemporalConnection,
    size = 1,
  ) {
    const calls = {
      currentState: (workflowId: string, runId: string | null) => currentState(temporal, workflowId, runId),
      closedSince: (sinceMs: number) => closedSince(temporal, sinceMs),
    };
    this.ends = size > MAX_LONG_POLLS ? new RunEnds(calls, waitPace(size)) : null;
  }

  /** As `CancellationClient.result`, with the run that it is of. */
  async end(id: CancellationId, options: WaitOptions = {}): Promise<RunEnd> {
    const workflowId = workflowIdOf(id);
    if (this.ends !== null) return await this.ends.end(workflowId, options);
    // Pinned to the present run: a later run of the same task is another cancellation.
    return await waitForResult(this.temporal, await describedRun(this.temporal, workflowId), options);
  }

  /** As `CancellationClient.watch`. */
  watch(id: CancellationId, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    return watchRun(
      {
        result: async (signal, onUnreachable) => (await this.end(id, { signal, onUnreachable })).result,
        progress: (signal) => this.progress(workflowIdOf(id), signal),
      },
      options,
    );
  }

  private progress(workflowId: string, signal: AbortSignal): Promise<CancelTaskProgress> {
    return this.queries.add(() => fetchProgress(this.temporal, workflowId, signal), { signal });
  }
}

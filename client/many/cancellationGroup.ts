import type { CancelTaskProgress } from '../../domain/contract/result';
import { askedProgress, describedRun } from '../progress';
import type { CancellationId } from '../cancellationId';
import { workflowIdOf } from '../cancellationId';
import { closedSince } from './closings';
import type { TemporalConnection } from '../../temporal/connection';
import type { RunEnd, WaitOptions } from '../result';
import { awaitedEnd, standingOf } from '../result';
import { EndSweep } from './endSweep';
import { Turns } from './turns';
import type { WatchEvent, WatchOptions } from '../watch';
import { watchRun } from '../watch';

export interface GroupOptions {
  /** How many cancellations there will be. */
  size: number;
  /**
   * Whether somebody looks at this one right now: its progress is asked for before that of others.
   */
  isUrgent?: (workflowId: string) => boolean;
}

/** So many long polls hurt nobody, and bring the ends at once. */
const MAX_LONG_POLLS = 20;
/** A question for the progress costs the worker a task. */
const QUESTIONS = { perSecond: 10, atOnce: 8 };

/**
 * Cancellations that are waited for together, with a load on Temporal and the workers that stays
 * bounded however many they are.
 */
export class CancellationGroup {
  private readonly turns: Turns;
  private readonly sweep: EndSweep | null;

  constructor(
    private readonly temporal: TemporalConnection,
    { size, isUrgent = () => true }: GroupOptions,
  ) {
    this.turns = new Turns(QUESTIONS, isUrgent);
    const standing = (workflowId: string, runId: string | null) => standingOf(temporal, workflowId, runId);
    const closed = (sinceMs: number) => closedSince(temporal, sinceMs);
    this.sweep = size > MAX_LONG_POLLS ? new EndSweep({ standing, closedSince: closed }) : null;
  }

  /** As `CancellationClient.progress`, when its turn has come. */
  async progress(id: CancellationId, signal: AbortSignal): Promise<CancelTaskProgress> {
    const workflowId = workflowIdOf(id);
    return await this.turns.take(workflowId, signal, () => askedProgress(this.temporal, workflowId, signal));
  }

  /** As `CancellationClient.result`, with the run that it is of. */
  async end(id: CancellationId, options: WaitOptions = {}): Promise<RunEnd> {
    const workflowId = workflowIdOf(id);
    if (this.sweep !== null) return await this.sweep.end(workflowId, options);
    // The run that is there now: a later one of the same task is another cancellation.
    const latest = await describedRun(this.temporal, workflowId);
    return await awaitedEnd(this.temporal, latest, options);
  }

  /** As `CancellationClient.watch`. */
  watch(id: CancellationId, options: WatchOptions = {}): AsyncGenerator<WatchEvent, void, undefined> {
    return watchRun(
      {
        result: async (signal, onUnreachable) => (await this.end(id, { signal, onUnreachable })).result,
        progress: (signal) => this.progress(id, signal),
      },
      options,
    );
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { SECOND_MS } from '../../domain/contract/duration';
import type { RunEnd, Standing, WaitOptions } from '../result';
import { PauseNews } from '../result';
import { TemporalUnreachableError } from '../../temporal/errors';
import { forEachItem } from './parallel';

/**
 * What a sweep needs of Temporal. Both throw TemporalUnreachableError where nobody can tell now.
 */
export interface SweptRuns {
  /**
   * @param runId null for the latest run
   * @throws RunFailedError, NotStartedError
   */
  standing(workflowId: string, runId: string | null): Promise<Standing>;
  /**
   * The workflow ids of those that ended since then, as far as a list knows them by now; null where
   * there is no such list.
   */
  closedSince(sinceMs: number): Promise<readonly string[] | null>;
}

interface Awaited {
  readonly workflowId: string;
  readonly options: WaitOptions;
  readonly pause: PauseNews;
  readonly settle: (end: RunEnd | Promise<never>) => void;
  runId: string | null;
  lookDueAtMs: number;
}

export interface SweepPace {
  betweenRoundsMs: number;
  /** Between two looks at one run, at least. */
  betweenLooksMs: number;
  /** From a look at one run to the look at the next, in the mean. */
  looksApartMs: number;
}

/** Twenty looks a second, however many the runs are. */
const PACE: SweepPace = { betweenRoundsMs: 2 * SECOND_MS, betweenLooksMs: 5 * SECOND_MS, looksApartMs: 50 };
/** How far the list may be behind the runs, and Temporal's clock behind this machine's. */
const LIST_OVERLAP_MS = 60 * SECOND_MS;

/**
 * Learns of the ends of many runs without a long poll for each: servers, and proxies on the way,
 * allow some hundreds of them in all. A list of what ended lately tells within seconds where to
 * look. It may be late, cut or refused, so each run is looked at now and then as well.
 */
export class EndSweep {
  private readonly awaited = new Set<Awaited>();
  private sweeping = false;
  private pause = new AbortController();
  /** Null where there is no list. */
  private listedSinceMs: number | null = Date.now() - LIST_OVERLAP_MS;
  private unreachable = false;

  constructor(
    private readonly runs: SweptRuns,
    private readonly pace = PACE,
  ) {}

  /** The result of the latest run, or of the one that goes on in its place, whenever it comes. */
  end(workflowId: string, options: WaitOptions): Promise<RunEnd> {
    const { signal } = options;
    return new Promise((resolve) => {
      signal?.throwIfAborted();
      const leave = () => {
        one.settle(rejection(signal?.reason));
      };
      const settle = (end: RunEnd | Promise<never>) => {
        signal?.removeEventListener('abort', leave);
        this.awaited.delete(one);
        if (this.awaited.size === 0) this.pause.abort();
        resolve(end);
      };
      const pause = new PauseNews(options.onPaused, options.onUnpaused);
      const one: Awaited = { workflowId, options, pause, settle, runId: null, lookDueAtMs: 0 };
      signal?.addEventListener('abort', leave, { once: true });
      this.awaited.add(one);
      if (!this.sweeping) void this.sweep();
    });
  }

  private async sweep(): Promise<void> {
    this.sweeping = true;
    while (this.awaited.size > 0) {
      this.pause = new AbortController();
      try {
        await this.round(Date.now());
        this.reached();
      } catch (error) {
        if (error instanceof TemporalUnreachableError) this.missed(error);
        else for (const one of this.awaited) one.settle(rejection(error));
      }
      // Cut short when nobody waits any more.
      await sleep(this.pace.betweenRoundsMs, undefined, { signal: this.pause.signal }).catch(() => undefined);
    }
    this.sweeping = false;
  }

  /** Looks at those of which there is or may be news. */
  private async round(nowMs: number): Promise<void> {
    const listed = new Set(await this.closedLately(nowMs));
    const isDue = ({ workflowId, lookDueAtMs }: Awaited) => lookDueAtMs <= nowMs || listed.has(workflowId);
    const outage = new AbortController();
    const lookAt = async (one: Awaited) => {
      try {
        if (this.awaited.has(one)) await this.look(one);
      } catch (error) {
        if (error instanceof TemporalUnreachableError) outage.abort(error);
        else if (this.awaited.has(one)) one.settle(rejection(error));
      }
    };
    await forEachItem([...this.awaited].filter(isDue), lookAt, outage.signal);
    outage.signal.throwIfAborted();
  }

  private async closedLately(nowMs: number): Promise<readonly string[]> {
    if (this.listedSinceMs === null) return [];
    const closed = await this.runs.closedSince(this.listedSinceMs);
    this.listedSinceMs = closed === null ? null : nowMs - LIST_OVERLAP_MS;
    return closed ?? [];
  }

  private async look(one: Awaited): Promise<void> {
    const standing = await this.runs.standing(one.workflowId, one.runId);
    if (standing.kind === 'over') {
      one.settle(standing.end);
      return;
    }
    one.runId = standing.runId;
    one.pause.saw(standing.paused);
    const { betweenLooksMs, looksApartMs } = this.pace;
    one.lookDueAtMs = Date.now() + Math.max(betweenLooksMs, this.awaited.size * looksApartMs);
  }

  private missed(error: TemporalUnreachableError): void {
    if (!this.unreachable) for (const { options } of this.awaited) options.onUnreachable?.(error);
    this.unreachable = true;
  }

  private reached(): void {
    if (this.unreachable) for (const { options } of this.awaited) options.onReachable?.();
    this.unreachable = false;
  }
}

function rejection(reason: unknown): Promise<never> {
  return Promise.reject(reason instanceof Error ? reason : new Error(String(reason)));
}

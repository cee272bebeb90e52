import type { CancellationIds } from '../../client/cancellationId';
import { labelOf } from '../../client/cancellationId';
import type { RunFailure } from '../../temporal/errors';
import { RunFailedError } from '../../temporal/errors';
import type { Glance } from '../output/glance';
import { glanceOfFailure, glanceOfProgress, glanceOfResult, unknownGlance } from '../output/glance';
import { LiveDisplay } from '../output/liveDisplay';
import { liveLines } from './liveLine';
import { Outages } from './outages';
import type { Output } from '../output/output';
import { redacted } from '../output/output';
import type { End } from './totalLine';
import { totalLine } from './totalLine';
import type { WatchEvent } from '../../client/watch';
import type { WatchView } from './watchView';

/** A watched task, and how it ended; null while it runs. */
export interface Watched {
  ids: CancellationIds;
  glance: Glance;
  end: End | null;
}

/** The words for a task's line, by the type of the error. */
const OUTAGES = {
  NoWorker: 'no worker answers',
  Paused: 'paused in Temporal',
  Stuck: 'stuck',
  TemporalUnreachable: 'Temporal cannot be reached',
} as const;

/** One line a task, redrawn in place, and for several tasks a line of totals. */
export class LiveView implements WatchView {
  private readonly all: Map<string, Watched>;
  private readonly outages: Outages;
  private readonly display: LiveDisplay;

  constructor(
    private readonly output: Output,
    tasks: readonly CancellationIds[],
  ) {
    this.all = new Map(tasks.map((ids) => [ids.workflowId, { ids, glance: unknownGlance(labelOf(ids)), end: null }]));
    this.display = new LiveDisplay(output.stdout, (columns, rows) => {
      const seen = screenful([...this.all.values()], this.all.size > 1 ? rows - 1 : rows);
      return this.lines(seen, columns);
    });
    this.outages = new Outages(output);
  }

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.outages.passed(ids);
        this.show(ids, glanceOfProgress(event.progress));
        break;
      case 'settled':
        this.outages.passed(ids);
        this.show(ids, glanceOfResult(event.result), event.result.outcome);
        break;
      case 'noWorker':
      case 'halted':
      case 'unreachable':
        this.display.above(() => {
          this.outages.met(ids, event.error);
        });
        this.show(ids, {
          ...(this.all.get(ids.workflowId)?.glance ?? unknownGlance(labelOf(ids))),
          trouble: OUTAGES[event.error.type],
        });
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    this.outages.passed(ids);
    this.show(ids, glanceOfFailure(labelOf(ids), redacted(failureOf(error), this.output.redact)), 'failed');
    this.display.above(() => {
      this.output.failure(ids, error);
    });
  }

  /** The last drawing stays: all tasks, or of more than the screen can hold those that ended. */
  end(): void {
    this.display.end((columns, rows) => {
      const all = [...this.all.values()];
      return this.lines(all.length < rows ? all : all.filter(({ end }) => end !== null), columns);
    });
  }

  private show(ids: CancellationIds, glance: Glance, end: End | null = null): void {
    this.all.set(ids.workflowId, { ids, glance, end });
    this.display.draw();
  }

  private lines(seen: readonly Watched[], columns: number): string[] {
    const { colors } = this.output;
    const lines = liveLines(
      seen.map(({ glance }) => glance),
      columns,
      Date.now(),
      colors,
    );
    const all = [...this.all.values()];
    if (all.length < 2) return lines;
    const ends = all.map(({ end }) => end);
    const totals = { ends, troubled: all.filter(isTroubled).length, folded: all.length - seen.length };
    return [...lines, totalLine(totals, columns, colors)];
  }
}

function isTroubled({ glance, end }: Watched): boolean {
  return end === null && glance.trouble !== null;
}

/**
 * The tasks that are shown where not all fit: those in trouble first, then those that run. Their
 * order stays.
 */
export function screenful(all: readonly Watched[], rows: number): readonly Watched[] {
  const urgency = (one: Watched) => (isTroubled(one) ? 0 : one.end === null ? 1 : 2);
  const seen = new Set(all.toSorted((one, other) => urgency(one) - urgency(other)).slice(0, Math.max(1, rows)));
  return all.filter((one) => seen.has(one));
}

function failureOf(error: unknown): RunFailure {
  if (error instanceof RunFailedError) return error.failure;
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { type: name, message };
}

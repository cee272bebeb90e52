import { glanceOfFailure, glanceOfProgress, glanceOfResult, unknownGlance } from './glance';
import type { Glance } from './glance';
import type { CancellationIds } from './cancellationId';
import { RunFailedError } from './errors';
import { formatDuration } from '../domain/duration';
import { LiveDisplay } from './liveDisplay';
import type { Output } from './output';
import { plainText } from './plainText';
import type { WatchEvent } from './watch';

/** Where a watch shows what it sees. */
export interface WatchView {
  saw(ids: CancellationIds, event: WatchEvent): void;
  failed(ids: CancellationIds, error: unknown): void;
  /** Leaves the screen in order. */
  end?(): void;
}

export function watchView(output: Output, tasks: readonly CancellationIds[]): WatchView {
  if (output.json) return new DocumentView(output);
  return output.stdout.isTTY ? new LiveView(output, tasks) : new LineView(output);
}

/** One JSON document a change: the progress, and at last the result. */
class DocumentView implements WatchView {
  constructor(private readonly output: Output) {}

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.output.document(event.progress);
        break;
      case 'settled':
        this.output.document(event.result);
        break;
      case 'noWorker':
      case 'unreachable':
        this.output.waiting(ids, event.error);
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    this.output.failure(ids, error);
  }
}

/** One line a change, for a log or a pipe; what only counts on is no change here. */
class LineView implements WatchView {
  private readonly told = new Map<string, string>();

  constructor(private readonly output: Output) {}

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.tell(ids, glanceOfProgress(event.progress));
        break;
      case 'settled':
        this.tell(ids, glanceOfResult(event.result));
        break;
      case 'noWorker':
      case 'unreachable':
        this.output.waiting(ids, event.error);
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    this.output.failure(ids, error);
  }

  private tell({ workflowId }: CancellationIds, glance: Glance): void {
    const { taskId, state, percent, phase, trouble, startedAtMs, endedAtMs } = glance;
    const took = startedAtMs === null || endedAtMs === null ? null : `after ${formatDuration(endedAtMs - startedAtMs)}`;
    const parts = [
      taskId,
      state,
      percent === null ? null : `${percent} %`,
      phase,
      took,
      trouble === null ? null : `! ${trouble}`,
    ];
    const line = parts
      .filter((part) => part !== null)
      .map(plainText)
      .join('  ');
    if (this.told.get(workflowId) !== line) this.output.line(`${new Date().toISOString()}  ${line}`);
    this.told.set(workflowId, line);
  }
}

/** Lines that are redrawn in place, one a task. */
class LiveView implements WatchView {
  private readonly glances: Map<string, Glance>;
  private readonly display: LiveDisplay;

  constructor(
    private readonly output: Output,
    tasks: readonly CancellationIds[],
  ) {
    this.glances = new Map(tasks.map(({ workflowId, taskId }) => [workflowId, unknownGlance(taskId)]));
    this.display = new LiveDisplay(output.stdout, output.colors, () => [...this.glances.values()]);
  }

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.show(ids, glanceOfProgress(event.progress));
        break;
      case 'settled':
        this.show(ids, glanceOfResult(event.result));
        break;
      case 'noWorker':
      case 'unreachable':
        this.display.above(() => {
          this.output.waiting(ids, event.error);
        });
        this.show(ids, {
          ...(this.glances.get(ids.workflowId) ?? unknownGlance(ids.taskId)),
          trouble: OUTAGES[event.kind],
        });
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    if (error instanceof RunFailedError) this.show(ids, glanceOfFailure(ids.taskId, error.failure));
    this.display.above(() => {
      this.output.failure(ids, error);
    });
  }

  end(): void {
    this.display.end();
  }

  private show({ workflowId }: CancellationIds, glance: Glance): void {
    this.glances.set(workflowId, glance);
    this.display.draw();
  }
}

const OUTAGES = { noWorker: 'no worker answers', unreachable: 'Temporal cannot be reached' } as const;

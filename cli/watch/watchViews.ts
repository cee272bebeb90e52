import { glanceOfProgress, glanceOfResult } from '../output/glance';
import type { Glance } from '../output/glance';
import type { CancellationIds } from '../../client/cancellationId';
import { formatDuration } from '../../domain/contract/duration';
import { pausedDocument } from '../documents';
import { LiveView } from './liveView';
import { Outages } from './outages';
import type { Output } from '../output/output';
import { plainText } from '../../domain/text/printedText';
import type { WatchEvent } from '../../client/watch';
import type { WatchView } from './watchView';

export function watchView(output: Output, tasks: readonly CancellationIds[]): WatchView {
  if (output.json) return new DocumentView(output);
  return output.stdout.isTTY ? new LiveView(output, tasks) : new LineView(output);
}

/** One JSON document a change: the progress, and at last the result. */
class DocumentView implements WatchView {
  private readonly outages: Outages;

  constructor(private readonly output: Output) {
    this.outages = new Outages(output);
  }

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.outages.passed(ids);
        this.output.document(event.progress);
        break;
      case 'settled':
        this.outages.passed(ids);
        this.output.document(event.result);
        break;
      case 'paused':
        this.outages.met(ids, event.error);
        this.output.document(pausedDocument(ids, event.error));
        break;
      case 'noWorker':
      case 'unreachable':
        this.outages.met(ids, event.error);
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    this.outages.passed(ids);
    this.output.failure(ids, error);
  }
}

/** One line a change, for a log or a pipe; what only counts on is no change here. */
class LineView implements WatchView {
  private readonly printed = new Map<string, string>();
  private readonly outages: Outages;

  constructor(private readonly output: Output) {
    this.outages = new Outages(output);
  }

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.outages.passed(ids);
        this.printChange(ids, glanceOfProgress(event.progress));
        break;
      case 'settled':
        this.outages.passed(ids);
        this.printChange(ids, glanceOfResult(event.result));
        break;
      case 'noWorker':
      case 'paused':
      case 'unreachable':
        this.outages.met(ids, event.error);
    }
  }

  failed(ids: CancellationIds, error: unknown): void {
    this.outages.passed(ids);
    this.output.failure(ids, error);
  }

  private printChange({ workflowId }: CancellationIds, glance: Glance): void {
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
    if (this.printed.get(workflowId) !== line) this.output.line(`${new Date().toISOString()}  ${line}`);
    this.printed.set(workflowId, line);
  }
}

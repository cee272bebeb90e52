import type { CancelTaskProgress, CancelTaskResult } from '../../domain/contract/result';
import { formatDuration } from '../../domain/contract/duration';
import { printable } from '../../domain/text/printedText';
import type { CancellationIds } from '../../client/cancellationId';
import type { WatchEvent } from '../../client/watch';
import { haltedDocument } from '../documents';
import { ChangeLines } from '../output/changeLines';
import type { Glance } from '../output/glance';
import { glanceOfProgress, glanceOfResult } from '../output/glance';
import type { Output } from '../output/output';
import { Outages } from './outages';
import type { WatchView } from './watchView';

/**
 * One line a change: a JSON document, or a line for a log, which leaves out changes of counters.
 */
export class LineView implements WatchView {
  private readonly outages: Outages;
  private readonly changes: ChangeLines<string>;

  constructor(private readonly output: Output) {
    this.outages = new Outages(output);
    this.changes = new ChangeLines((line) => {
      output.line(`${new Date().toISOString()}  ${line}`);
    });
  }

  saw(ids: CancellationIds, event: WatchEvent): void {
    switch (event.kind) {
      case 'progress':
        this.outages.passed(ids);
        this.print(ids, event.progress, glanceOfProgress(event.progress));
        break;
      case 'settled':
        this.outages.passed(ids);
        this.print(ids, event.result, glanceOfResult(event.result));
        break;
      case 'halted':
        this.outages.met(ids, event.error);
        if (this.output.json) this.output.document(haltedDocument(ids, event.error));
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

  private print(
    { workflowId }: CancellationIds,
    document: CancelTaskProgress | CancelTaskResult,
    glance: Glance,
  ): void {
    if (this.output.json) this.output.document(document);
    else this.changes.print(workflowId, changeLine(glance));
  }
}

function changeLine({ taskId, state, percent, phase, trouble, startedAtMs, endedAtMs }: Glance): string {
  const took = startedAtMs === null || endedAtMs === null ? null : `after ${formatDuration(endedAtMs - startedAtMs)}`;
  const parts = [
    taskId,
    state,
    percent === null ? null : `${percent} %`,
    phase,
    took,
    trouble === null ? null : `! ${trouble}`,
  ];
  return parts
    .filter((part) => part !== null)
    .map(printable)
    .join('  ');
}

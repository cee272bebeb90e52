import logUpdate from 'log-update';
import { startedDocument } from '../documents';
import type { Output } from '../output/output';
import type { Session } from '../session';
import { startedLines } from '../output/startedLines';
import type { StartEnd } from '../startMany';

/** Where it is shown that many are being started. */
export interface StartingView {
  show(end: StartEnd): void;
  /** Leaves the screen in order. */
  end(): void;
}

/**
 * A line or a document each in a file or a pipe; on a terminal, where hundreds of lines would
 * only scroll away, a count.
 */
export function startingView({ output, linkOf }: Session, count: number): StartingView {
  if (!output.json && output.stdout.isTTY) return new CountView(output, count);
  return {
    show: (end) => {
      if (end.kind === 'notStarted') output.failure(end.ids, end.error);
      else output.print(startedDocument(end.run, linkOf(end.run)), (colors) => startedLines(end.run, null, colors));
    },
    end: () => undefined,
  };
}

/** One line, redrawn in place; what went wrong stays above it. */
class CountView implements StartingView {
  private readonly update: logUpdate.LogUpdate;
  private begun = 0;
  private started = 0;

  constructor(
    private readonly output: Output,
    private readonly count: number,
  ) {
    this.update = logUpdate.create(output.stdout);
    this.draw();
  }

  show(end: StartEnd): void {
    this.begun += 1;
    if (end.kind === 'started') this.started += 1;
    else {
      this.update.clear();
      this.output.failure(end.ids, end.error);
    }
    this.draw();
  }

  end(): void {
    this.update.done();
  }

  private draw(): void {
    const { colors } = this.output;
    const text = `${this.started} of ${this.count}`;
    this.update(this.begun < this.count ? `Starting ${text} …` : `${colors.green('Started')}  ${text}`);
  }
}

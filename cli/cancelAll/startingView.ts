import { startedDocument } from '../documents';
import { LiveDisplay } from '../output/liveDisplay';
import type { Output } from '../output/output';
import type { Session } from '../session';
import { startedLines } from '../output/startedLines';
import type { StartEnd } from '../startMany';

/** Displays the start of many cancellations. */
export interface StartingView {
  show(end: StartEnd): void;
  /** Leaves the cursor below the last line. */
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

/** One line, redrawn in place; failures stay above it. */
class CountView implements StartingView {
  private readonly display: LiveDisplay;
  private ended = 0;
  private started = 0;

  constructor(
    private readonly output: Output,
    private readonly count: number,
  ) {
    this.display = new LiveDisplay(output.stdout, this.drawing);
  }

  show(end: StartEnd): void {
    this.ended += 1;
    if (end.kind === 'started') {
      this.started += 1;
      this.display.draw();
    } else
      this.display.above(() => {
        this.output.failure(end.ids, end.error);
      });
  }

  end(): void {
    this.display.end(this.drawing);
  }

  private readonly drawing = (): string[] => {
    const { colors } = this.output;
    const counts = `${this.started} of ${this.count}`;
    return [this.ended < this.count ? `Starting ${counts} …` : `${colors.green('Started')}  ${counts}`];
  };
}

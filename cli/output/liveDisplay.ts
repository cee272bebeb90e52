import { stripVTControlCharacters } from 'node:util';
import logUpdate from 'log-update';
import { SECOND_MS } from '../../domain/contract/duration';
import type { OutputStream } from '../invocation';
import { sizeOf } from '../invocation';
import { columnsOf } from './columns';

/**
 * Who drags a window's edge changes its size many times a second, and what is drawn for one size
 * meets another.
 */
const RESIZED_AFTER_MS = 100;
/** What was drawn so shortly before the news of a resize may have met the new size already. */
const NEWS_MAY_TAKE_MS = 100;
const ERASE_ROW_ABOVE = '\u001b[1A\u001b[2K';
/** Most terminals keep what was on the screen among what has scrolled away. */
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** Lines for a terminal of so many columns and rows. */
export type Drawing = (columns: number, rows: number) => readonly string[];

/** Lines at the bottom of a terminal, redrawn in place once a second and whenever there is news. */
export class LiveDisplay {
  private readonly update: logUpdate.LogUpdate;
  private readonly timer: NodeJS.Timeout;
  private drawn: readonly string[] = [];
  private drawnColumns = 0;
  private drawnAtMs = 0;
  /** Whether the last drawing may stand on the screen otherwise than it was meant. */
  private isMuddled = false;
  private resizing: NodeJS.Timeout | null = null;

  constructor(
    private readonly stream: OutputStream,
    private readonly drawing: Drawing,
  ) {
    this.update = logUpdate.create(stream);
    this.timer = setInterval(this.draw, SECOND_MS);
    stream.on('resize', this.resized);
    this.draw();
  }

  readonly draw = (): void => {
    if (this.resizing !== null) return;
    if (this.columns !== this.drawnColumns) this.clear();
    this.drawn = this.drawing(this.columns, this.rows);
    this.drawnColumns = this.columns;
    this.drawnAtMs = Date.now();
    this.update(this.drawn.join('\n'));
  };

  private readonly resized = (): void => {
    if (Date.now() - this.drawnAtMs < NEWS_MAY_TAKE_MS) this.isMuddled = true;
    if (this.resizing !== null) clearTimeout(this.resizing);
    this.resizing = setTimeout(() => {
      this.resizing = null;
      this.draw();
    }, RESIZED_AFTER_MS);
  };

  /** Writes something that stays, above the lines. */
  above(write: () => void): void {
    this.clear();
    write();
    this.draw();
  }

  /** Leaves a last drawing, be it of more lines than the terminal has rows. */
  end(last: Drawing): void {
    clearInterval(this.timer);
    this.stream.off('resize', this.resized);
    if (this.resizing !== null) clearTimeout(this.resizing);
    this.clear();
    this.stream.write(
      last(this.columns, this.rows)
        .map((line) => `${line}\n`)
        .join(''),
    );
    this.update.done();
  }

  private get columns(): number {
    return sizeOf(this.stream).columns;
  }

  /**
   * Without the one that the cursor stands in: a line more would scroll the first one out of reach
   * of the next redraw.
   */
  private get rows(): number {
    return sizeOf(this.stream).rows - 1;
  }

  /**
   * A terminal that got narrower has wrapped what was drawn: the update takes back a row a line,
   * and the rest is up to us. The few terminals that cut lines instead lose as many rows of what
   * stands above.
   */
  private clear(): void {
    this.update.clear();
    const rowsOf = (line: string) => Math.ceil(columnsOf(stripVTControlCharacters(line)) / this.columns);
    const wrapped = this.drawn.reduce((rows, line) => rows + Math.max(1, rowsOf(line)) - 1, 0);
    if (wrapped > 0) this.stream.write(this.isMuddled ? CLEAR_SCREEN : ERASE_ROW_ABOVE.repeat(wrapped));
    this.drawn = [];
    this.isMuddled = false;
  }
}

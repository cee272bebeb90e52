import { stripVTControlCharacters } from 'node:util';
import logUpdate from 'log-update';
import { SECOND_MS } from '../../domain/contract/duration';
import type { OutputStream } from '../invocation';
import { sizeOf } from '../invocation';
import { columnsOf } from './textWidth';

/** Dragging a window's edge resizes it many times a second, so a drawing may meet another size. */
const RESIZED_AFTER_MS = 100;
/** A drawing this shortly before the resize event may have met the new size already. */
const NEWS_MAY_TAKE_MS = 100;
const ERASE_ROW_ABOVE = '\u001b[1A\u001b[2K';
/** Most terminals keep the cleared screen in their scrollback. */
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

/** Lines for a terminal of so many columns and rows. */
export type Drawing = (columns: number, rows: number) => readonly string[];

/** Lines at the bottom of a terminal, redrawn in place once a second and on each event. */
export class LiveDisplay {
  private readonly update: logUpdate.LogUpdate;
  private readonly timer: NodeJS.Timeout;
  private drawn: readonly string[] = [];
  private drawnColumns = 0;
  private drawnAtMs = 0;
  /** Whether the last drawing may have been wrapped in an unknown way. */
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

  /** Leaves a last drawing, which may have more lines than the terminal has rows. */
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
   * Without the cursor's row: one more line would scroll the first one out of the next redraw's
   * reach.
   */
  private get rows(): number {
    return sizeOf(this.stream).rows - 1;
  }

  /**
   * A terminal that got narrower has wrapped the lines: log-update erases one row a line, this the
   * other rows. The few terminals that cut lines instead lose as many rows above.
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

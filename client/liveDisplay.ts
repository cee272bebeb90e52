import { stripVTControlCharacters } from 'node:util';
import logUpdate from 'log-update';
import { SECOND_MS } from '../domain/duration';
import type { Colors } from './colors';
import type { Glance } from './glance';
import { liveLine } from './liveLine';

const DEFAULT_COLUMNS = 80;

/** Lines at the bottom of a terminal, redrawn in place once a second and whenever there is news. */
export class LiveDisplay {
  private readonly update: logUpdate.LogUpdate;
  private readonly timer: NodeJS.Timeout;
  private drawnColumns = 0;

  constructor(
    private readonly stream: NodeJS.WriteStream,
    private readonly colors: Colors,
    private readonly glances: () => readonly Glance[],
  ) {
    this.update = logUpdate.create(stream);
    this.timer = setInterval(this.draw, SECOND_MS);
    this.draw();
  }

  readonly draw = (): void => {
    const columns = this.stream.columns || DEFAULT_COLUMNS;
    const lines = this.glances().map((glance) => liveLine(glance, columns, Date.now(), this.colors));
    // The last lines would scroll the first ones out of reach of the next redraw.
    const shown = lines.slice(0, Math.max(1, (this.stream.rows || lines.length + 2) - 2));
    if (shown.length < lines.length) shown.push(this.colors.dim(`and ${lines.length - shown.length} more`));
    // A terminal that got narrower may have wrapped the old lines, or not: nobody can tell how many rows to take back, so they stay.
    if (columns <= this.drawnColumns) this.update.done();
    this.update(shown.join('\n'));
    this.drawnColumns = Math.max(...shown.map((line) => stripVTControlCharacters(line).length));
  };

  /** Writes something that stays, above the lines. */
  above(write: () => void): void {
    this.update.clear();
    write();
    this.draw();
  }

  end(): void {
    clearInterval(this.timer);
    this.update.done();
  }
}

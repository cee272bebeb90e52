import type { Colors } from './colors';
import { columnsOf, cutToWidth } from './textWidth';

export interface Cell {
  text: string;
  paint: (text: string) => string;
}

/** A column of a table. */
export interface Column {
  cells: readonly Cell[];
  /** Columns of a higher rank are dropped first when the terminal is narrow. */
  rank: number;
  /** The least useful width; Infinity: a cut cell is useless. */
  leastColumns: number;
  align: 'left' | 'right';
}

export type Widths = ReadonlyMap<Column, number>;

const GAP_COLUMNS = 2;

/**
 * The columns that fit, and their widths: first as many as fit at their least width, then the rest
 * of the room is shared out by rank.
 */
export function widthsOf(columns: readonly Column[], roomColumns: number): Widths {
  const widths = new Map<Column, number>();
  let left = roomColumns;
  for (const column of columns.toSorted((one, other) => one.rank - other.rank)) {
    const available = left - (widths.size === 0 ? 0 : GAP_COLUMNS);
    const least = Math.min(fullWidthOf(column), column.leastColumns);
    if (least === 0 || least > available) continue;
    widths.set(column, least);
    left = available - least;
  }
  for (const [column, width] of widths) {
    const wider = Math.min(fullWidthOf(column), width + left);
    widths.set(column, wider);
    left -= wider - width;
  }
  return widths;
}

export function isComplete(columns: readonly Column[], widths: Widths): boolean {
  return columns.every((column) => widths.has(column) || fullWidthOf(column) === 0);
}

export function alignedLines(columns: readonly Column[], widths: Widths): string[] {
  const count = Math.max(0, ...columns.map(({ cells }) => cells.length));
  return Array.from({ length: count }, (_, index) => alignedLine(columns, widths, index));
}

function alignedLine(columns: readonly Column[], widths: Widths, index: number): string {
  let line = '';
  let lineColumns = 0;
  let offset = 0;
  for (const column of columns) {
    const width = widths.get(column);
    if (width === undefined) continue;
    const cell = column.cells[index];
    const text = cutToWidth(cell?.text ?? '', width);
    const at = column.align === 'left' ? offset : offset + width - columnsOf(text);
    if (cell !== undefined && text !== '') {
      line += ' '.repeat(at - lineColumns) + cell.paint(text);
      lineColumns = at + columnsOf(text);
    }
    offset += width + GAP_COLUMNS;
  }
  return line;
}

function fullWidthOf({ cells }: Column): number {
  return Math.max(0, ...cells.map(({ text }) => columnsOf(text)));
}

/** A table of whole cells, without borders. */
export function table(rows: readonly (readonly (string | Cell)[])[], rightAligned: readonly number[] = []): string {
  const columnCount = Math.max(0, ...rows.map(({ length }) => length));
  const columns = Array.from({ length: columnCount }, (_, index): Column => ({
    cells: rows.map((row) => cellOf(row[index] ?? '')),
    rank: index,
    leastColumns: Infinity,
    align: rightAligned.includes(index) ? 'right' : 'left',
  }));
  return alignedLines(columns, widthsOf(columns, Infinity)).join('\n');
}

/** The header row of a table. */
export function headOf(names: readonly string[], colors: Colors): Cell[] {
  return names.map((text) => ({ text, paint: colors.dim }));
}

function cellOf(cell: string | Cell): Cell {
  return typeof cell === 'string' ? { text: cell, paint: String } : cell;
}

/** A cell of a printed table, Markdown or box drawing. */
export interface CellName {
  /** Start of a line at or above the table's head. */
  table: string;
  /** Text of the row's first cell. */
  row: string;
  /** Text of a cell of the head. */
  column: string;
}

/** @throws Error when the output has no such cell: the script that printed it has changed */
export function cellOf(output: string, { table, row, column }: CellName): string {
  const lines = output.split('\n').map(cellsIn);
  const start = lines.findIndex(({ text, cells }) => text.startsWith(table) || cells[0] === table);
  const fromTable = start === -1 ? [] : lines.slice(start);
  const index = fromTable.find(({ cells }) => cells.includes(column))?.cells.indexOf(column);
  const cell = index === undefined ? undefined : fromTable.find(({ cells }) => cells[0] === row)?.cells[index];
  if (cell === undefined) throw new Error(`no cell "${column}" of "${row}" under "${table}"`);
  return cell;
}

function cellsIn(line: string): { text: string; cells: string[] } {
  const [, ...cells] = line.split(/[|│]/).map((cell) => cell.trim());
  return { text: line.trim(), cells: cells.slice(0, -1) };
}

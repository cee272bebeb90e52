import type { Outcome } from '../../domain/contract/result';
import { OUTCOMES } from '../../domain/contract/result';
import type { Colors } from '../output/colors';
import { moodOf } from '../output/glance';
import type { Column } from '../output/table';
import { alignedLines, widthsOf } from '../output/table';
import { moodColor, progressBar } from './liveLine';

/** The end of a watched task: its verdict, or `failed` without one. */
export type End = Outcome | 'failed';

export interface Totals {
  /** Null for each that runs. */
  ends: readonly (End | null)[];
  troubled: number;
  /** Tasks without a line. */
  folded: number;
}

const BAR_CELLS = 20;
const ENDS: readonly End[] = [...OUTCOMES, 'failed'];

/** Counts of ended, running and troubled tasks in one line, never wider than the terminal. */
export function totalLine({ ends, troubled, folded }: Totals, columns: number, colors: Colors): string {
  const over = ends.filter((end) => end !== null);
  const running = ends.length - over.length;
  const part = (text: string, paint: (text: string) => string, rank: number): Column => ({
    cells: [{ text, paint }],
    rank,
    leastColumns: Infinity,
    align: 'left',
  });
  const counted = (count: number, what: string, paint: (text: string) => string, rank: number) =>
    count === 0 ? [] : [part(`${count} ${what}`, paint, rank)];
  const parts = [
    part(progressBar(over.length / ends.length, BAR_CELLS), colors.cyan, 5),
    part(`${over.length}/${ends.length}`, colors.bold, 0),
    ...ENDS.flatMap((end) => counted(over.filter((one) => one === end).length, end, moodColor(moodOf(end), colors), 2)),
    ...counted(running, 'running', moodColor('pending', colors), 3),
    ...counted(troubled, 'in trouble', colors.red, 1),
    ...(folded === 0 ? [] : [part(`and ${folded} more`, colors.dim, 4)]),
  ];
  return alignedLines(parts, widthsOf(parts, columns - 1)).join('');
}

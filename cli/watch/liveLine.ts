import { formatDuration, SECOND_MS } from '../../domain/contract/duration';
import type { Colors } from '../output/colors';
import type { Glance } from '../output/glance';
import type { Cell, Column } from '../output/table';
import { alignedLines, isComplete, widthsOf } from '../output/table';
import { columnsOf, cutToWidth } from '../output/textWidth';
import { printable } from '../../domain/text/printedText';

const BAR_CELLS = 12;
const SHORT_ID_COLUMNS = 9;
const LEAST_STATE_COLUMNS = 8;
const LEAST_TROUBLE_COLUMNS = 14;
const LEAST_PHASE_COLUMNS = 8;

/**
 * One line a task, never wider than the terminal: the least important columns are dropped first, on
 * all lines alike.
 */
export function liveLines(glances: readonly Glance[], columns: number, nowMs: number, colors: Colors): string[] {
  // The last column stays free: some terminals wrap as soon as it is filled.
  const room = columns - 1;
  const ids = glances.map(({ taskId }) => printable(taskId));
  const others = columnsBesideIds(glances, columns, nowMs, colors);
  const whole = [idColumn(ids, colors), ...others];
  const wholeWidths = widthsOf(whole, room);
  if (isComplete(whole, wholeWidths)) return alignedLines(whole, wholeWidths);
  const short = [idColumn(shortIds(ids), colors), ...others];
  return alignedLines(short, widthsOf(short, room));
}

function idColumn(ids: readonly string[], colors: Colors): Column {
  return { cells: ids.map((text) => ({ text, paint: colors.bold })), rank: 0, leastColumns: Infinity, align: 'left' };
}

/** The first characters of each id; the last ones where the first are equal. */
function shortIds(ids: readonly string[]): string[] {
  const beginnings = ids.map((id) => cutToWidth(id, SHORT_ID_COLUMNS));
  if (new Set(beginnings).size === new Set(ids).size) return beginnings;
  return ids.map((id) =>
    columnsOf(id) <= SHORT_ID_COLUMNS ? id : cutToWidth(`…${id.slice(1 - SHORT_ID_COLUMNS)}`, SHORT_ID_COLUMNS),
  );
}

function columnsBesideIds(glances: readonly Glance[], columns: number, nowMs: number, colors: Colors): Column[] {
  const cells = (cellOf: (glance: Glance) => Cell | null) =>
    glances.map((glance) => cellOf(glance) ?? { text: '', paint: colors.reset });
  const whole = { leastColumns: Infinity, align: 'right' } as const;
  const hasTrouble = glances.some(({ trouble }) => trouble !== null);
  return [
    { cells: cells((one) => stateCell(one, colors)), rank: 1, leastColumns: LEAST_STATE_COLUMNS, align: 'left' },
    { cells: cells((one) => barCell(one, colors)), rank: 7, ...whole },
    { cells: cells((one) => percentCell(one, colors)), rank: 3, ...whole },
    { cells: cells((one) => elapsedCell(one, nowMs, colors)), rank: 4, ...whole },
    { cells: cells((one) => nextCell(one, nowMs, colors)), rank: 5, leastColumns: Infinity, align: 'left' },
    {
      cells: cells((one) => remarkCell(one, colors)),
      rank: hasTrouble ? 2 : 6,
      // A long message must leave room for the rest of the line.
      leastColumns: hasTrouble ? Math.max(LEAST_TROUBLE_COLUMNS, Math.floor(columns / 3)) : LEAST_PHASE_COLUMNS,
      align: 'left',
    },
  ];
}

function stateCell({ state, mood }: Glance, colors: Colors): Cell {
  return { text: printable(state), paint: moodColor(mood, colors) };
}

function barCell({ percent }: Glance, colors: Colors): Cell | null {
  return percent === null ? null : { text: progressBar(percent / 100, BAR_CELLS), paint: colors.cyan };
}

function percentCell({ percent }: Glance, colors: Colors): Cell | null {
  return percent === null ? null : { text: `${Math.round(percent)} %`, paint: colors.reset };
}

function elapsedCell({ startedAtMs, endedAtMs }: Glance, nowMs: number, colors: Colors): Cell | null {
  return startedAtMs === null ? null : { text: formatDuration((endedAtMs ?? nowMs) - startedAtMs), paint: colors.dim };
}

function nextCell({ nextPollAtMs }: Glance, nowMs: number, colors: Colors): Cell | null {
  if (nextPollAtMs === null) return null;
  const text = nextPollAtMs > nowMs ? `next ${formatDuration(Math.max(SECOND_MS, nextPollAtMs - nowMs))}` : 'reading';
  return { text, paint: colors.dim };
}

function remarkCell({ trouble, phase }: Glance, colors: Colors): Cell | null {
  if (trouble !== null) return { text: `! ${printable(trouble)}`, paint: colors.red };
  return phase === null ? null : { text: printable(phase), paint: colors.reset };
}

export function moodColor(mood: Glance['mood'], colors: Colors): (text: string) => string {
  switch (mood) {
    case 'good':
      return colors.green;
    case 'bad':
      return colors.red;
    case 'pending':
      return colors.yellow;
  }
}

/** ASCII only: every terminal draws these characters in one column. */
export function progressBar(share: number, cells: number): string {
  const filled = Math.round(Math.min(Math.max(share, 0), 1) * cells);
  return `[${'='.repeat(filled)}${'.'.repeat(cells - filled)}]`;
}

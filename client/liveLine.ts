import { formatDuration } from '../domain/duration';
import type { Colors } from './colors';
import type { Glance } from './glance';
import { columnsOf, plainText, shortened } from './plainText';

interface Segment {
  text: string;
  paint: (text: string) => string;
  /** The lower, the longer it stays when the line gets narrow. */
  rank: number;
  /** Whether a part of it says something. */
  divisible?: boolean;
}

const GAP = '  ';
const BAR_CELLS = 16;
const SHORT_ID_COLUMNS = 9;
const WIDE_COLUMNS = 100;
const LEAST_PART_COLUMNS = 8;
const LEAST_TROUBLE_COLUMNS = 14;

/** One line of a live display, never wider than the terminal: what matters least is left out first. */
export function liveLine(glance: Glance, columns: number, nowMs: number, colors: Colors): string {
  return fitted(segmentsOf(glance, columns, nowMs, colors), columns - 1);
}

function segmentsOf(glance: Glance, columns: number, nowMs: number, colors: Colors): Segment[] {
  const { percent, trouble, phase, startedAtMs, endedAtMs, nextPollAtMs } = glance;
  const taskId = columns < WIDE_COLUMNS ? shortened(glance.taskId, SHORT_ID_COLUMNS) : glance.taskId;
  const segments: Segment[] = [
    { text: taskId, paint: colors.bold, rank: 0, divisible: true },
    { text: plainText(glance.state), paint: moodColor(glance.mood, colors), rank: 1, divisible: true },
  ];
  if (percent !== null) {
    segments.push({ text: progressBar(percent), paint: colors.cyan, rank: 7 });
    segments.push({ text: `${Math.round(percent)} %`, paint: colors.reset, rank: 3 });
  }
  if (trouble !== null) {
    // What is wrong may take many words; the rest of the line has to be seen beside it.
    const text = shortened(`! ${plainText(trouble)}`, Math.max(LEAST_TROUBLE_COLUMNS, Math.floor(columns / 3)));
    segments.push({ text, paint: colors.red, rank: 2, divisible: true });
  }
  if (phase !== null) segments.push({ text: plainText(phase), paint: colors.reset, rank: 6, divisible: true });
  if (startedAtMs !== null) {
    const text = `${endedAtMs === null ? '' : 'after '}${formatDuration((endedAtMs ?? nowMs) - startedAtMs)}`;
    segments.push({ text, paint: colors.dim, rank: 4 });
  }
  if (nextPollAtMs !== null) {
    const text = nextPollAtMs > nowMs ? `next ${formatDuration(nextPollAtMs - nowMs)}` : 'reading';
    segments.push({ text, paint: colors.dim, rank: 5 });
  }
  return segments;
}

function fitted(segments: readonly Segment[], columns: number): string {
  let left = columns;
  const kept = new Map<Segment, string>();
  for (const segment of segments.toSorted((one, other) => one.rank - other.rank)) {
    const available = left - (kept.size === 0 ? 0 : GAP.length);
    const least = segment.divisible === true ? LEAST_PART_COLUMNS : Infinity;
    if (columnsOf(segment.text) > available && available < least) continue;
    const text = shortened(segment.text, available);
    kept.set(segment, segment.paint(text));
    left = available - columnsOf(text);
  }
  return segments.flatMap((segment) => kept.get(segment) ?? []).join(GAP);
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

/** Of characters that every terminal draws in one column. */
function progressBar(percent: number): string {
  const filled = Math.round((Math.min(Math.max(percent, 0), 100) / 100) * BAR_CELLS);
  return `[${'='.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}]`;
}

import { formatDuration } from '../domain/duration';
import type { Colors } from './colors';
import type { Glance } from './glance';
import { columnsOf, plainText, shortened } from './plainText';

interface Segment {
  text: string;
  /** The lower, the longer it stays when the line gets narrow. */
  rank: number;
  paint: (text: string) => string;
}

const GAP = '  ';
const BAR_CELLS = 16;
const SHORT_ID_COLUMNS = 9;
const WIDE_COLUMNS = 100;
const LEAST_TEXT_COLUMNS = 8;

/** One line of a live display, never wider than the terminal: what matters least is left out first. */
export function liveLine(glance: Glance, columns: number, nowMs: number, colors: Colors): string {
  return fitted(segmentsOf(glance, columns, nowMs, colors), columns - 1);
}

function segmentsOf(glance: Glance, columns: number, nowMs: number, colors: Colors): Segment[] {
  const { percent, startedAtMs, endedAtMs, nextPollAtMs } = glance;
  const plain = (text: string) => text;
  const segments: Segment[] = [
    {
      text: columns < WIDE_COLUMNS ? shortened(glance.taskId, SHORT_ID_COLUMNS) : glance.taskId,
      rank: 0,
      paint: colors.bold,
    },
    { text: glance.state, rank: 1, paint: moodColor(glance.mood, colors) },
  ];
  if (percent !== null) {
    const shown = Math.min(Math.max(Math.round(percent), 0), 100);
    segments.push(
      { text: progressBar(shown), rank: 7, paint: colors.cyan },
      { text: `${shown} %`, rank: 3, paint: plain },
    );
  }
  if (glance.trouble !== null) segments.push({ text: `! ${glance.trouble}`, rank: 2, paint: colors.red });
  if (glance.phase !== null) segments.push({ text: glance.phase, rank: 6, paint: plain });
  if (startedAtMs !== null)
    segments.push({
      text: `${endedAtMs === null ? '' : 'after '}${formatDuration((endedAtMs ?? nowMs) - startedAtMs)}`,
      rank: 4,
      paint: colors.dim,
    });
  if (nextPollAtMs !== null)
    segments.push({
      text: nextPollAtMs > nowMs ? `next ${formatDuration(nextPollAtMs - nowMs)}` : 'reading',
      rank: 5,
      paint: colors.dim,
    });
  return segments.map((segment) => ({ ...segment, text: plainText(segment.text) }));
}

function fitted(segments: readonly Segment[], columns: number): string {
  let left = columns;
  const kept = new Map<Segment, string>();
  for (const segment of segments.toSorted((one, other) => one.rank - other.rank)) {
    const available = left - (kept.size === 0 ? 0 : GAP.length);
    const fits = columnsOf(segment.text) <= available;
    if (!fits && available < LEAST_TEXT_COLUMNS) continue;
    const text = shortened(segment.text, available);
    kept.set(segment, text);
    left = available - columnsOf(text);
  }
  return segments
    .flatMap((segment) => {
      const text = kept.get(segment);
      return text === undefined ? [] : [segment.paint(text)];
    })
    .join(GAP);
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
  const filled = Math.round((percent / 100) * BAR_CELLS);
  return `[${'='.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}]`;
}

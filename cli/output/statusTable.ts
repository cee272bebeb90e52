import { formatDuration } from '../../domain/contract/duration';
import type { Colors } from './colors';
import type { Glance } from './glance';
import { headOf, table } from './table';
import { moodColor } from '../watch/liveLine';
import { cutToWidth } from './textWidth';
import { printable } from '../../domain/text/printedText';

const TEXT_COLUMNS = 60;

export function statusTable(glances: readonly Glance[], nowMs: number, colors: Colors): string {
  const head = headOf(['TASK', 'STATE', 'PROGRESS', 'FOR', 'NEXT POLL', 'REMARK'], colors);
  const rows = glances.map((glance) => {
    const { startedAtMs, endedAtMs, nextPollAtMs, percent } = glance;
    return [
      printable(glance.taskId),
      { text: printable(glance.state), paint: moodColor(glance.mood, colors) },
      percent === null ? '' : `${percent} %`,
      startedAtMs === null ? '' : formatDuration((endedAtMs ?? nowMs) - startedAtMs),
      nextPollAtMs === null ? '' : formatDuration(nextPollAtMs - nowMs),
      cutToWidth(printable(glance.trouble ?? glance.phase ?? ''), TEXT_COLUMNS),
    ];
  });
  return table([head, ...rows]);
}

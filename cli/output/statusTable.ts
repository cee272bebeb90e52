import { formatDuration } from '../../domain/contract/duration';
import type { Colors } from './colors';
import { borderless, drawn } from './details';
import type { Glance } from './glance';
import { moodColor } from '../watch/liveLine';
import { plainText, shortened } from '../../domain/text/printedText';

const TEXT_COLUMNS = 60;

export function statusTable(glances: readonly Glance[], nowMs: number, colors: Colors): string {
  const table = borderless(['TASK', 'STATE', 'PROGRESS', 'FOR', 'NEXT POLL', 'REMARK'].map(colors.dim));
  for (const glance of glances) {
    const { startedAtMs, endedAtMs, nextPollAtMs, percent } = glance;
    table.push([
      plainText(glance.taskId),
      moodColor(glance.mood, colors)(plainText(glance.state)),
      percent === null ? '' : `${percent} %`,
      startedAtMs === null ? '' : formatDuration((endedAtMs ?? nowMs) - startedAtMs),
      nextPollAtMs === null ? '' : formatDuration(nextPollAtMs - nowMs),
      shortened(plainText(glance.trouble ?? glance.phase ?? ''), TEXT_COLUMNS),
    ]);
  }
  return drawn(table);
}

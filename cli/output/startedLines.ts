import { formatDuration } from '../../domain/contract/duration';
import type { Colors } from './colors';
import type { OptionDifference, OptionValue } from '../../client/optionDifferences';
import { printable } from '../../domain/text/printedText';
import type { StartedCancellation } from '../../client/start';

/**
 * Human-readable: that a cancellation was started or joined, its differing options and its link.
 */
export function startedLines(run: StartedCancellation, url: string | null, colors: Colors): string {
  const headline = run.joined
    ? `${colors.yellow('Joined')}   ${run.workflowId} (it was running already, and keeps its options)`
    : `${colors.green('Started')}  ${run.workflowId}`;
  const indented = [...run.differences.map(differenceLine), ...(url === null ? [] : [url])].map(
    (line) => `         ${line}`,
  );
  return [headline, ...indented].join('\n');
}

function differenceLine({ option, running, asked }: OptionDifference): string {
  return `differs: ${option} is ${valueText(option, running)}, not ${valueText(option, asked)} as requested now`;
}

const DURATIONS: readonly string[] = ['deadline', 'poll.min', 'poll.max'];

function valueText(option: string, value: OptionValue): string {
  if (value === null) return 'none';
  if (typeof value === 'number') return DURATIONS.includes(option) ? formatDuration(value) : String(value);
  return `"${printable(value)}"`;
}

import type { CancelTaskSettings } from '../domain/contract/input';

export type OptionValue = string | number | null;

/** An option of a start that differs from the running cancellation which it joined. */
export interface OptionDifference {
  /** The field's path in `CancelTaskInput`. */
  option: string;
  running: OptionValue;
  asked: OptionValue;
}

/** Durations are in milliseconds, as the contract allows. */
const OPTIONS: Readonly<Record<string, (settings: CancelTaskSettings) => OptionValue>> = {
  deadline: (settings) => settings.deadlineMs,
  onDeclined: (settings) => settings.onDeclined,
  'poll.min': (settings) => settings.pollPace.minMs,
  'poll.max': (settings) => settings.pollPace.maxMs,
  'poll.ratio': (settings) => settings.pollPace.ratio,
  maxCancelRequests: (settings) => settings.maxCancelRequests,
  reason: (settings) => settings.reason,
  requestedBy: (settings) => settings.requestedBy,
};

export function optionDifferences(running: CancelTaskSettings, asked: CancelTaskSettings): OptionDifference[] {
  return Object.entries(OPTIONS)
    .map(([option, valueOf]) => ({ option, running: valueOf(running), asked: valueOf(asked) }))
    .filter((difference) => difference.running !== difference.asked);
}

import { iso } from '../contract/instant';

export const TIMELINE_EVENTS = [
  'requested',
  'accepted',
  'declined',
  'statusChanged',
  'phaseChanged',
  'troubleBegan',
  'troubleEnded',
  'cancelReissued',
  'polledNow',
  'deadlineExtended',
  'monitoringStopped',
  'settled',
] as const;
type TimelineEvent = (typeof TIMELINE_EVENTS)[number];

interface TimelineEntry {
  /** ISO-8601 UTC */
  at: string;
  event: TimelineEvent;
  [detail: string]: unknown;
}
export type Timeline = readonly TimelineEntry[];

export const TIMELINE_LIMIT = 50;
/** How a cancellation began explains the most; of what came after, the latest does. */
const FIRST_KEPT = 15;

/**
 * A state with one more entry in its timeline. Beyond the limit, the oldest after the first ones is
 * dropped.
 */
export function withEvent<State extends { timeline: Timeline }>(
  state: State,
  atMs: number,
  event: TimelineEvent,
  detail: Record<string, unknown> = {},
): State {
  const longer = [...state.timeline, { at: iso(atMs), event, ...detail }];
  const timeline = longer.length <= TIMELINE_LIMIT ? longer : longer.filter((_, index) => index !== FIRST_KEPT);
  return { ...state, timeline };
}

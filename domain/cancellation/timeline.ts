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
export type TimelineEvent = (typeof TIMELINE_EVENTS)[number];

export interface TimelineEntry {
  /** ISO-8601 UTC */
  at: string;
  event: TimelineEvent;
  [detail: string]: unknown;
}
export type Timeline = readonly TimelineEntry[];

export const TIMELINE_LIMIT = 50;
/** How a cancellation began explains the most; of what came after, the latest does. */
const FIRST_KEPT = 15;

/** The timeline with one entry more; beyond the limit, the oldest after the first ones is dropped. */
export function recorded(timeline: Timeline, entry: TimelineEntry): Timeline {
  const longer = [...timeline, entry];
  return longer.length <= TIMELINE_LIMIT ? longer : longer.filter((_, index) => index !== FIRST_KEPT);
}

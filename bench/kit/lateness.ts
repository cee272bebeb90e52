import { temporal } from '@temporalio/proto';
import { tsToMs } from '@temporalio/common/lib/time';
import type { WorkflowHandle } from '@temporalio/client';
import type { Activities } from '../../activities';

const { EventType } = temporal.api.enums.v1;
const READ: keyof Activities = 'getTaskStatus';

export interface Lateness {
  /** From when a timer was due to when the server fired it. */
  timersMs: number[];
  /** From when a read was due to when a worker began it. */
  readsMs: number[];
}

/** How late the reads of one run were, by its history. */
export async function latenessOf(handle: WorkflowHandle): Promise<Lateness> {
  const { events } = await handle.fetchHistory();
  const late: Lateness = { timersMs: [], readsMs: [] };
  const timerDueAtMs = new Map<string, number>();
  const readDueAtMs = new Map<string, number>();
  let dueAtMs: number | null = null;
  for (const event of events ?? []) {
    const atMs = tsToMs(event.eventTime);
    const id = String(event.eventId);
    switch (event.eventType) {
      case EventType.EVENT_TYPE_TIMER_STARTED:
        timerDueAtMs.set(id, atMs + tsToMs(event.timerStartedEventAttributes?.startToFireTimeout));
        break;
      case EventType.EVENT_TYPE_TIMER_FIRED:
        dueAtMs = timerDueAtMs.get(String(event.timerFiredEventAttributes?.startedEventId)) ?? null;
        if (dueAtMs !== null) late.timersMs.push(atMs - dueAtMs);
        break;
      case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        if (event.activityTaskScheduledEventAttributes?.activityType?.name === READ && dueAtMs !== null)
          readDueAtMs.set(id, dueAtMs);
        dueAtMs = null;
        break;
      case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED: {
        const due = readDueAtMs.get(String(event.activityTaskStartedEventAttributes?.scheduledEventId));
        if (due !== undefined) late.readsMs.push(atMs - due);
        break;
      }
      default:
        break;
    }
  }
  return late;
}

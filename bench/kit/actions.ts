import { temporal } from '@temporalio/proto';

type Event = temporal.api.history.v1.IHistoryEvent;
const { EventType } = temporal.api.enums.v1;

/**
 * The billable actions of a history, by the rules of https://docs.temporal.io/cloud/actions: a
 * start, a timer, an activity with each attempt of it, an upsert of search attributes, an update;
 * and one for all local activities of a workflow task. Heartbeats and queries leave no event, and
 * there are none here.
 */
export function billableActions(events: readonly Event[]): number {
  let actions = 0;
  let latestMarkersTask: string | null = null;
  for (const event of events)
    switch (event.eventType) {
      case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
      case EventType.EVENT_TYPE_TIMER_STARTED:
      case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
      case EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
      case EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
        actions += 1;
        break;
      case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
        actions += (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1;
        break;
      case EventType.EVENT_TYPE_MARKER_RECORDED: {
        const task = String(event.markerRecordedEventAttributes?.workflowTaskCompletedEventId);
        if (task !== latestMarkersTask) actions += 1;
        latestMarkersTask = task;
        break;
      }
      default:
        break;
    }
  return actions;
}

/**
 * The status reads of a history: activities, attempts of the one that is retried, or local
 * activities.
 */
export function statusReads(events: readonly Event[]): number {
  const retried = new Set<string>();
  let reads = 0;
  for (const event of events)
    switch (event.eventType) {
      case EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: {
        const type = event.activityTaskScheduledEventAttributes?.activityType?.name;
        if (type === 'getTaskStatus') reads += 1;
        if (type === 'readUntilOver') retried.add(String(event.eventId));
        break;
      }
      case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED: {
        const attributes = event.activityTaskStartedEventAttributes;
        if (retried.has(String(attributes?.scheduledEventId))) reads += attributes?.attempt ?? 1;
        break;
      }
      case EventType.EVENT_TYPE_MARKER_RECORDED:
        reads += 1;
        break;
      default:
        break;
    }
  return reads;
}

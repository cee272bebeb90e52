import type { Cancellation } from '../cancellation/state';
import type { CancelTaskSettings } from './input';
import type { SEARCH_ATTRIBUTES } from './names';
import { SEARCH_ATTRIBUTE_MAX_CHARACTERS } from './names';

/** The values by which lists find a cancellation; null where there is none yet. */
export function searchAttributesOf(
  { task, ending }: Cancellation,
  { orgId, taskId }: CancelTaskSettings,
): Record<keyof typeof SEARCH_ATTRIBUTES, string | null> {
  return {
    orgId: cut(orgId),
    taskId: cut(taskId),
    taskStatus: task && cut(task.status),
    outcome: ending?.kind === 'outcome' ? ending.outcome : null,
  };
}

function cut(text: string): string {
  return Array.from(text).slice(0, SEARCH_ATTRIBUTE_MAX_CHARACTERS).join('');
}

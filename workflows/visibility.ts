import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Cancellation } from '../domain/cancellation';
import { currentDetails } from '../domain/details';
import type { CancelTaskSettings } from '../domain/input';
import { SEARCH_ATTRIBUTE_MAX_CHARACTERS, SEARCH_ATTRIBUTES } from '../domain/names';

const KEYS = {
  orgId: defineSearchAttributeKey(SEARCH_ATTRIBUTES.orgId, 'KEYWORD'),
  taskId: defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskId, 'KEYWORD'),
  taskStatus: defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskStatus, 'KEYWORD'),
  outcome: defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD'),
};

/** Shows the state in the Temporal UI: details for who opens the run, search attributes for who looks for it. */
export function show(state: Cancellation, settings: CancelTaskSettings): void {
  setCurrentDetails(currentDetails(state, settings, Date.now()));
  const wanted: [keyof typeof KEYS, string | null][] = [
    ['orgId', settings.orgId],
    ['taskId', settings.taskId],
    ['taskStatus', state.task?.status ?? null],
    ['outcome', state.ending?.kind === 'outcome' ? state.ending.outcome : null],
  ];
  // They survive continue-as-new, and every upsert is billed: only what changed is written.
  const written = workflowInfo().typedSearchAttributes;
  const changed = wanted.flatMap(([name, value]): SearchAttributeUpdatePair[] => {
    if (value === null) return [];
    const cut = Array.from(value).slice(0, SEARCH_ATTRIBUTE_MAX_CHARACTERS).join('');
    return written.get(KEYS[name]) === cut ? [] : [{ key: KEYS[name], value: cut }];
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}

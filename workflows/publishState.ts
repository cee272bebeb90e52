import type { SearchAttributeUpdatePair } from '@temporalio/common';
import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Cancellation } from '../domain/cancellation/state';
import { currentDetails } from '../domain/text/runText';
import type { CancelTaskSettings } from '../domain/contract/input';
import { SEARCH_ATTRIBUTES } from '../domain/contract/names';
import { searchAttributesOf } from '../domain/contract/searchAttributes';

const KEYS = {
  orgId: defineSearchAttributeKey(SEARCH_ATTRIBUTES.orgId, 'KEYWORD'),
  taskId: defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskId, 'KEYWORD'),
  taskStatus: defineSearchAttributeKey(SEARCH_ATTRIBUTES.taskStatus, 'KEYWORD'),
  outcome: defineSearchAttributeKey(SEARCH_ATTRIBUTES.outcome, 'KEYWORD'),
};

/**
 * Shows the state in the Temporal UI: details for who opens the run, search attributes for who
 * looks for it.
 */
export function publishState(state: Cancellation, settings: CancelTaskSettings): void {
  setCurrentDetails(currentDetails(state, settings, Date.now()));
  // They survive continue-as-new, and every upsert is billed: only what changed is written.
  const written = workflowInfo().typedSearchAttributes;
  const wanted = searchAttributesOf(state, settings);
  const changed = (Object.keys(KEYS) as (keyof typeof KEYS)[]).flatMap((name): SearchAttributeUpdatePair[] => {
    const value = wanted[name];
    return value === null || written.get(KEYS[name]) === value ? [] : [{ key: KEYS[name], value }];
  });
  if (changed.length > 0) upsertSearchAttributes(changed);
}

import { SECOND_MS } from '../../domain/contract/duration';
import { WORKFLOW_TYPE } from '../../domain/contract/names';

export const VARIANT_NAMES = [
  'cancelTask',
  'sharedReads',
  'localReads',
  'plainLoop',
  'retriedActivity',
  'adaptiveRetry',
] as const;
export type VariantName = (typeof VARIANT_NAMES)[number];

export interface FixedWaitInput {
  orgId: string;
  taskId: string;
  waitMs: number;
  maxReads: number;
}

/** Far above what any run of a bench takes. */
const MAX_READS = 1_000;

interface Variant {
  workflowType: string;
  title: string;
  /** The argument that has it read after every `waitMs`. */
  input: (ids: { orgId: string; taskId: string }, waitMs: number) => unknown;
}

const fixedPace = (ids: { orgId: string; taskId: string }, waitMs: number) => ({
  ...ids,
  poll: { min: waitMs, max: waitMs },
});
const fixedWait = (ids: { orgId: string; taskId: string }, waitMs: number): FixedWaitInput => ({
  ...ids,
  waitMs,
  maxReads: MAX_READS,
});

/**
 * Ways of asking again until the task is over. All of them send the cancel first, through the same
 * activity.
 */
export const VARIANTS: Record<VariantName, Variant> = {
  cancelTask: { workflowType: WORKFLOW_TYPE, title: 'this workflow', input: fixedPace },
  sharedReads: { workflowType: WORKFLOW_TYPE, title: '… reads of an organization shared', input: fixedPace },
  localReads: { workflowType: WORKFLOW_TYPE, title: '… read by local activity', input: fixedPace },
  plainLoop: { workflowType: 'plainLoop', title: 'plain timer loop', input: fixedWait },
  retriedActivity: { workflowType: 'retriedActivity', title: 'polled by activity retry', input: fixedWait },
  adaptiveRetry: { workflowType: 'adaptiveRetry', title: '… with waits that adapt', input: fixedWait },
};

/** The server fires timers up to a second late: shorter waits would measure that. */
export const MIN_WAIT_MS = SECOND_MS;

export function taskQueueOf(variant: VariantName, stamp: string): string {
  return `bench-temporal-${variant}-${stamp}`;
}

import { z } from 'zod';
import { OUTCOMES } from '../domain/contract/result';
import type { CancellationIds } from '../client/cancellationId';
import type { Check } from './doctor/check';
import { SUBJECTS } from './doctor/check';
import type { HaltedError } from '../temporal/errors';
import type { CancellationListing } from '../client/list';
import type { OptionDifference } from '../client/optionDifferences';
import type { StartedCancellation } from '../client/start';
import { RUN_STATUSES } from '../client/runState';

/**
 * What the commands print with `--json`, beside the contract's own progress and result: one
 * document a line.
 */

const ids = { orgId: z.string(), taskId: z.string(), workflowId: z.string() };
const run = { ...ids, runId: z.string() };
const instant = z.iso.datetime();
const reason = z.strictObject({ type: z.string(), message: z.string() });
const optionValue = z.union([z.string(), z.number()]).nullable();

export const startedDocumentSchema = z
  .strictObject({
    ...run,
    joined: z.boolean().meta({ description: 'Whether a cancellation of this task was running already' }),
    differences: z
      .array(
        z.strictObject({
          option: z.string(),
          running: optionValue,
          asked: optionValue,
        }) satisfies z.ZodType<OptionDifference>,
      )
      .meta({ description: 'The options that the running one was started with otherwise; durations in milliseconds' }),
    url: z.string().nullable().meta({ description: 'The run in the Temporal UI; null where nobody knows its address' }),
  })
  .meta({ title: 'Started' });

export function startedDocument(
  { orgId, taskId, workflowId, runId, joined, differences }: StartedCancellation,
  url: string | null,
): z.infer<typeof startedDocumentSchema> {
  return { orgId, taskId, workflowId, runId, joined, differences, url };
}

export const listingDocumentSchema = z
  .strictObject({
    ...run,
    status: z.enum(RUN_STATUSES),
    paused: z.boolean().meta({ description: 'Whether somebody has paused the running one in Temporal' }),
    stuck: z.boolean().meta({ description: 'Whether no worker can carry the running one on: status has the remedy' }),
    taskStatus: z.string().nullable().meta({ description: 'As last seen at the API; null before it was seen' }),
    outcome: z
      .string()
      .nullable()
      .meta({ description: `null while it runs and for a run that failed; else one of ${OUTCOMES.join(', ')}` }),
    startedAt: instant.meta({ description: 'When the cancellation began, however often its run continued as new' }),
    closedAt: instant.nullable(),
  })
  .meta({ title: 'Listing' }) satisfies z.ZodType<CancellationListing>;

export const checkDocumentSchema = z
  .strictObject({
    check: z.enum(SUBJECTS),
    ok: z.boolean().nullable().meta({ description: 'null: it was skipped' }),
    message: z.string(),
    remedy: z.string().nullable().meta({ description: 'What to do about it; where ok is true, it is a warning' }),
  })
  .meta({ title: 'Check' }) satisfies z.ZodType<Check>;

export const setupDocumentSchema = z
  .strictObject({
    namespace: z.string(),
    registered: z.array(z.string()).meta({ description: 'Search attributes that were not there before' }),
    present: z.array(z.string()),
  })
  .meta({ title: 'Setup' });

/** A run that ended without a verdict. `status` prints the run's id. */
export const failureDocumentSchema = z
  .strictObject({
    ...ids,
    runId: z.string().optional(),
    status: z.literal('failed').optional(),
    failure: reason,
  })
  .meta({ title: 'Failure' });

/** A run that is paused in Temporal: its worker answers no query. */
export const pausedDocumentSchema = z
  .strictObject({ ...run, status: z.literal('running'), paused: reason })
  .meta({ title: 'Paused' });

/** A run whose workflow tasks fail one after the other: its worker answers no query. */
export const stuckDocumentSchema = z
  .strictObject({ ...run, status: z.literal('running'), stuck: reason })
  .meta({ title: 'Stuck' });

export function haltedDocument(
  { orgId, taskId, workflowId }: CancellationIds,
  { runId, type, message }: HaltedError,
): z.infer<typeof pausedDocumentSchema> | z.infer<typeof stuckDocumentSchema> {
  const running = { orgId, taskId, workflowId, runId, status: 'running' } as const;
  switch (type) {
    case 'Paused':
      return { ...running, paused: { type, message } };
    case 'Stuck':
      return { ...running, stuck: { type, message } };
  }
}

/** A task whose state could not be read, or to which a command could not be applied. */
export const errorDocumentSchema = z.strictObject({ ...ids, error: reason }).meta({ title: 'Error' });

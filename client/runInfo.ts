import type { WorkflowExecutionInfo } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers';
import type { Payload } from '@temporalio/common';
import {
  decodeTypedSearchAttributes,
  typedSearchAttributePayloadConverter,
} from '@temporalio/common/lib/converter/payload-search-attributes';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import { SEARCH_ATTRIBUTE_NAMES, STARTED_AT_MEMO } from '../domain/contract/names';
import type { TemporalConnection } from '../temporal/connection';

export type RawRunInfo = WorkflowExecutionInfo['raw'];

/**
 * Set by the server on a run whose workflow tasks fail one after the other, and unset at the first
 * that succeeds; by default after five failures. Older servers do not have it.
 */
export const REPORTED_PROBLEMS = 'TemporalReportedProblems';

const ATTRIBUTE_NAMES = [...SEARCH_ATTRIBUTE_NAMES, REPORTED_PROBLEMS];
const REPORTED_PROBLEMS_KEY = defineSearchAttributeKey(REPORTED_PROBLEMS, 'KEYWORD_LIST');

/**
 * A run as Temporal lists and describes it, with our memo fields and search attributes, and the
 * reported problems.
 */
export type RunInfo = Omit<WorkflowExecutionInfo, 'searchAttributes' | 'raw'>;

/**
 * Decodes only our fields. The SDK decodes all of them, and fails for a whole list at one field
 * that another starter encrypted.
 */
export async function runInfoOf({ client, namespace }: TemporalConnection, raw: RawRunInfo): Promise<RunInfo> {
  const converter = client.workflow.options.loadedDataConverter;
  const context = { type: 'workflow', namespace, workflowId: raw.execution?.workflowId ?? '' } as const;
  const { memo, searchAttributes } = raw;
  const undecoded = Object.create(raw, { memo: { value: null }, searchAttributes: { value: null } }) as RawRunInfo;
  const attributes = await decodable(searchAttributes?.indexedFields, ATTRIBUTE_NAMES, (payload) => {
    typedSearchAttributePayloadConverter.fromPayload(payload);
    return payload;
  });
  return {
    ...(await executionInfoFromRaw(undecoded, converter, raw, namespace)),
    memo: await decodable(memo?.fields, [STARTED_AT_MEMO], (payload) =>
      decodeFromPayloadsAtIndex<unknown>(converter, 0, [payload], context),
    ),
    typedSearchAttributes: decodeTypedSearchAttributes(attributes),
  };
}

/** The named fields that are present and can be decoded. */
async function decodable<T>(
  fields: Record<string, Payload> | null | undefined,
  names: readonly string[],
  decode: (payload: Payload) => T | Promise<T>,
): Promise<Record<string, T>> {
  const decoded: Record<string, T> = {};
  for (const name of names) {
    const payload = fields?.[name];
    if (payload === undefined) continue;
    try {
      decoded[name] = await decode(payload);
    } catch {
      // Another starter encoded it.
    }
  }
  return decoded;
}

/**
 * Why the run is stuck, such as `NonDeterministicError`; null where the server reports no problem.
 * A problem is reported as `category=WorkflowTaskFailed` and `cause=WorkflowTaskFailedCause…`.
 */
export function stuckReasonOf({ status, typedSearchAttributes }: RunInfo): string | null {
  const problems = typedSearchAttributes.get(REPORTED_PROBLEMS_KEY) ?? [];
  if (status.name !== 'RUNNING' || problems.length === 0) return null;
  const cause = problems.find((problem) => problem.startsWith('cause=')) ?? problems[0] ?? '';
  return cause.replace(/^\w+=/, '').replace(/^WorkflowTask(Failed|TimedOut)Cause/, '');
}

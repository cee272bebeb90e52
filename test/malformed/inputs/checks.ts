import type { temporal } from '@temporalio/proto';
import { isFit, stringsIn } from '../../fitText';
import { readableForms } from '../../leaks';
import { CANARY } from '../answers/secrets';

const MAX_FAILURE_BYTES = 16_000;
const MAX_DOCUMENT_BYTES = 500_000;

const SECRETS = readableForms(CANARY);

/** @throws Error for a failure that is too large, or would not be fit to be shown */
export function typeOf(failure: temporal.api.failure.v1.IFailure): string {
  const details = failure.applicationFailureInfo?.details?.payloads ?? [];
  const detailTexts = details.map(({ data }) => Buffer.from(data ?? []).toString());
  const texts = [failure.message ?? '', ...(failure.stackTrace ?? '').split('\n'), ...detailTexts];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes >= MAX_FAILURE_BYTES) throw new Error(`a failure of ${bytes} bytes`);
  for (const text of texts) checkText(text);
  return failure.applicationFailureInfo?.type ?? 'untyped';
}

/** @throws Error for a progress or a result that is too large, or would not be fit to be shown */
export function checkDocument(document: object): void {
  const bytes = Buffer.byteLength(JSON.stringify(document));
  if (bytes >= MAX_DOCUMENT_BYTES) throw new Error(`an answer of ${bytes} bytes`);
  for (const text of stringsIn(document)) checkText(text);
}

export function checkText(text: string): void {
  if (!isFit(text)) throw new Error(`a text that is not fit: ${JSON.stringify(text.slice(0, 300))}`);
  if (SECRETS.some((secret) => text.includes(secret))) throw new Error('a text with a secret');
}

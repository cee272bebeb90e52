import { z } from 'zod';
import type { Parsed } from '../domain/contract/input';

/** Travels in a header or a form, where anything else may be taken for something else. */
const SENDABLE = { error: 'must be printable ASCII on one line' };
export const secretSchema = z
  .string()
  .trim()
  .min(1)
  .regex(/^[\x20-\x7e]+$/, SENDABLE);

/** The secret that a file's text is, without the line end that editors leave. */
export function parseSecretFile(fileText: string): Parsed<string> {
  const secret = fileText.trim();
  if (secret === '') return { ok: false, problems: ['is empty'] };
  if (/[\r\n]/.test(secret)) return { ok: false, problems: ['must hold the secret alone, on one line'] };
  return secretSchema.safeParse(secret).success
    ? { ok: true, value: secret }
    : { ok: false, problems: [SENDABLE.error] };
}

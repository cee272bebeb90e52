import * as z from 'zod/mini';

/** Nothing in an id can change the path of a URL that it is put into. */
const ID_PATTERN = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,128}$/;
const ID = { error: 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ - and not . or ..' };
export const idSchema = z.string(ID).check(z.regex(ID_PATTERN, ID), z.overwrite(canonicalId));

export interface TaskIds {
  orgId: string;
  taskId: string;
}

const UUID_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * A UUID is one id in either case: Windows and spreadsheets print it in upper case. It is kept in
 * lower case.
 */
export function canonicalId(id: string): string {
  return UUID_PATTERN.test(id) ? id.toLowerCase() : id;
}

import { z } from 'zod';

/**
 * What a call of `cancel-all` leaves in the memo of each run that it starts, so that the same
 * command, given again, knows them.
 */
const startMarkSchema = z.object({ filter: z.string(), calledAt: z.iso.datetime() });
export type StartMark = z.infer<typeof startMarkSchema>;

export const START_MARK_MEMO = 'VmcCancelAll';

export function memoOf(mark: StartMark): Record<string, unknown> {
  return { [START_MARK_MEMO]: mark };
}

/** Null where there is none: whoever else started the run. */
export function markIn(memo: Record<string, unknown> | undefined): StartMark | null {
  return startMarkSchema.safeParse(memo?.[START_MARK_MEMO]).data ?? null;
}

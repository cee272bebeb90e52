import type { Outcome } from '../domain/contract/result';

export const EXIT_OK = 0;
/** A run failed, a state could not be read, or a service is unreachable. */
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;
/** A shell's exit code for SIGINT. */
export const EXIT_DETACHED = 130;

export const OUTCOME_EXIT_CODES: Readonly<Record<Outcome, number>> = {
  CANCELED: EXIT_OK,
  FINISHED: 10,
  FAILED: 11,
  NOT_CANCELABLE: 12,
  DEADLINE_EXCEEDED: 13,
  ABANDONED: 14,
};

/**
 * Of several tasks: a failure outranks every outcome; of the outcomes the largest counts, so that 0
 * means all of them.
 */
export function combinedExitCode(codes: readonly number[]): number {
  return codes.includes(EXIT_FAILED) ? EXIT_FAILED : Math.max(EXIT_OK, ...codes);
}

export const EXIT_CODES_HELP = `
Exit codes:
  0 CANCELED   10 FINISHED   11 FAILED   12 NOT_CANCELABLE   13 DEADLINE_EXCEEDED   14 ABANDONED
  1 a run failed or a service is unreachable   2 usage   130 detached by Ctrl-C
  Of several tasks: 0 if all are CANCELED, 1 if any failed or its verdict could not be read, else the largest.`;

export const PLAIN_EXIT_CODES_HELP = `
Exit codes:
  0 done for every task   1 not, for one at least: no worker, not found, refused, or a service is unreachable   2 usage`;

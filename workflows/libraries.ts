import humanizeDuration from 'humanize-duration';
import * as zod from 'zod/mini';

/**
 * What the workflow uses of others, and what keeps nothing of a run: a worker evaluates it once, for all runs together. Evaluated for each run
 * anew, it was two thirds of the run's memory.
 */
export const libraries = { humanizeDuration, zod };

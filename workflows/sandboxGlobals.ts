import humanizeDuration from 'humanize-duration';
import * as zod from 'zod/mini';
import * as cancelAnswers from '../domain/cancellation/cancelAnswers';
import * as operator from '../domain/cancellation/operator';
import * as readAnswers from '../domain/cancellation/readAnswers';
import * as runText from '../domain/text/runText';

// What a worker evaluates once, for all runs together, because it keeps nothing of any run.

/**
 * Evaluated for each run anew, these would be two thirds of its memory. What has a schema cannot be
 * among them: the SDK freezes what runs share, and a schema completes itself when it is first used.
 */
export const shared = { humanizeDuration, zod, cancelAnswers, operator, readAnswers, runText };

/**
 * The SDK takes a stack trace of every promise that a run makes and looks each frame up in the
 * source map: with V8's ten frames, a sixth of what a replay costs a worker. Of five, one or two
 * are the hook that takes them, and the others reach from any wait to the line of ours that waits.
 */
Error.stackTraceLimit = 5;

import { HOUR_MS } from '../domain/contract/duration';

/**
 * The SDK breaks off a workflow task after five seconds of the wall clock. They also run while the
 * process is stopped, as on a machine that is moved, or starved of CPU. If promises are settled at
 * that moment, Node aborts: "async hook stack has become corrupted"
 * (https://github.com/nodejs/node/issues/38503). No code of these workflows runs without bound, and
 * the server gives a task that takes longer than ten seconds to another worker. The SDK has this
 * option, its types do not.
 */
export const EXECUTION_TIMEOUT = { isolateExecutionTimeout: HOUR_MS };

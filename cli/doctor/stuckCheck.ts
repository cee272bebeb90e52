import type { StuckRun } from '../../client/stuckRuns';
import { STUCK_QUERY } from '../../client/stuckRuns';
import { printable, shellQuote } from '../../domain/text/printedText';
import { DOES_NOT_REPLAY } from '../../temporal/errors';
import type { CheckResult } from './check';
import { failed, passed, skipped } from './check';

/** @param stuck null: the server does not report them */
export function stuckCheck(stuck: readonly StuckRun[] | null, namespace: string): CheckResult {
  if (stuck === null) return skipped('stuckRuns', 'this Temporal server does not report stuck runs');
  if (stuck.length === 0) return passed('stuckRuns', 'none');
  const named = stuck.map(({ workflowId, reason }) => `${printable(workflowId)} (${printable(reason)})`).join(', ');
  const remedy = stuck.some(({ reason }) => reason === DOES_NOT_REPLAY)
    ? 'Roll the worker back if it was just deployed; if not, or if you cannot, reset them, which sends each cancel again: ' +
      `temporal workflow reset --namespace ${shellQuote(namespace)} --query "${STUCK_QUERY}" --type FirstWorkflowTask --reason stuck --yes`
    : 'See the log of the worker';
  return failed('stuckRuns', `${stuck.length} ${stuck.length === 1 ? 'run is' : 'runs are'} stuck: ${named}`, remedy);
}

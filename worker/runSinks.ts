import type { InjectedSinks } from '@temporalio/worker';
import type { RunSinks } from '../workflows/reports';
import type { Metrics } from './metrics';
import type { Troubles } from './troubles';

/** What runs report, counted: each report once, since a replay does not repeat it. */
export function createRunSinks(metrics: Metrics, troubles: Troubles): InjectedSinks<RunSinks> {
  return {
    runs: {
      accepted: {
        fn: (_run, afterSeconds) => {
          metrics.accepted(afterSeconds);
        },
      },
      verdict: {
        fn: ({ runId }, outcome, afterSeconds) => {
          troubles.ended(runId);
          metrics.verdict(outcome, afterSeconds);
        },
      },
      failed: {
        fn: ({ runId }, type) => {
          troubles.ended(runId);
          metrics.failed(type);
        },
      },
      troubled: {
        fn: ({ runId }, type, nextCallAtMs) => {
          troubles.began(runId, type, nextCallAtMs);
        },
      },
      untroubled: {
        fn: ({ runId }) => {
          troubles.ended(runId);
        },
      },
    },
  };
}

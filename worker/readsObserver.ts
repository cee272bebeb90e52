import type pino from 'pino';
import { formatDuration } from '../domain/contract/duration';
import type { ReadsObserver } from '../vmc/reads/observer';
import type { Metrics } from './metrics';

/** What the status reads report, in metrics and in the log, which alone names organizations. */
export function createReadsObserver(metrics: Metrics, log: pino.Logger): ReadsObserver {
  return {
    answered: metrics.answered,
    listed: metrics.listed,
    opened: (orgId, reason, coolDownMs) => {
      metrics.degraded(reason, 1);
      log.warn(
        { orgId, reason },
        `the organization's task list is unusable: its status reads are individual for ${formatDuration(coolDownMs)}`,
      );
    },
    closed: (orgId, reason) => {
      metrics.degraded(reason, -1);
      log.info({ orgId, reason }, "the organization's status reads share a list again");
    },
    paused: (orgId, lengthMs) => {
      metrics.paused();
      log.warn(
        { orgId },
        `the VMC API, or its sign-in, told the organization's status reads to wait: none is sent for ${formatDuration(lengthMs)}`,
      );
    },
  };
}

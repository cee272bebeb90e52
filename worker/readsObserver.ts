import type { MetricMeter } from '@temporalio/common';
import type pino from 'pino';
import { formatDuration } from '../domain/contract/duration';
import type { OpenReason, ReadsObserver } from '../vmc/reads/observer';
import { OPEN_REASONS } from '../vmc/reads/observer';

/** Metrics of status reads, without organizations, whose number is unbounded; the log has them. */
export function createReadsObserver(meter: MetricMeter, log: pino.Logger): ReadsObserver {
  const reads = meter.createCounter('vmc_cancel_shared_reads', undefined, 'Status reads that returned the task');
  const lists = meter.createCounter('vmc_cancel_list_calls', undefined, 'Task lists that were requested');
  const pauses = meter.createCounter('vmc_cancel_read_pauses', undefined, 'Times that the API told reads to wait');
  const degraded = meter.createGauge(
    'vmc_cancel_shared_reads_degraded',
    'int',
    undefined,
    'Organizations whose reads are individual for a while',
  );
  const organizations = new Map(OPEN_REASONS.map((reason) => [reason, 0]));
  const count = (reason: OpenReason, more: number) => {
    const now = (organizations.get(reason) ?? 0) + more;
    organizations.set(reason, now);
    degraded.set(now, { reason });
  };
  // A series that exists from the start differs from one that is never written.
  for (const reason of OPEN_REASONS) count(reason, 0);
  return {
    answered: (by) => {
      reads.add(1, { answered_by: by });
    },
    listed: () => {
      lists.add(1);
    },
    opened: (orgId, reason, coolDownMs) => {
      count(reason, 1);
      log.warn(
        { orgId, reason },
        `the organization's task list is unusable: its status reads are individual for ${formatDuration(coolDownMs)}`,
      );
    },
    closed: (orgId, reason) => {
      count(reason, -1);
      log.info({ orgId, reason }, "the organization's status reads share a list again");
    },
    paused: (orgId, lengthMs) => {
      pauses.add(1);
      log.warn(
        { orgId },
        `the VMC API, or its sign-in, told the organization's status reads to wait: none is sent for ${formatDuration(lengthMs)}`,
      );
    },
  };
}

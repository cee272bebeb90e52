import type { MetricMeter } from '@temporalio/common';
import type pino from 'pino';
import { formatDuration } from '../domain/contract/duration';
import { SINGLE_REASONS } from '../vmc/reads/listTrust';
import type { ReadsReport } from '../vmc/reads/readsReport';

/** What becomes of the status reads, as metrics without organisations, of which there may be many, and as lines of log that name them. */
export function createReadsReport(meter: MetricMeter, log: pino.Logger): ReadsReport {
  const reads = meter.createCounter('vmc_cancel_shared_reads', undefined, 'Status reads that ended with the task');
  const lists = meter.createCounter('vmc_cancel_list_calls', undefined, 'Lists of tasks that were asked for');
  const pauses = meter.createCounter('vmc_cancel_read_pauses', undefined, 'Times that the API asked reads to wait');
  const degraded = meter.createGauge(
    'vmc_cancel_shared_reads_degraded',
    'int',
    undefined,
    'Organisations whose reads are single for a while',
  );
  const organizations = new Map(SINGLE_REASONS.map((reason) => [reason, 0]));
  const count = (reason: (typeof SINGLE_REASONS)[number], more: number) => {
    const now = (organizations.get(reason) ?? 0) + more;
    organizations.set(reason, now);
    degraded.set(now, { reason });
  };
  // A series that is there from the start can be told from one that nobody writes.
  for (const reason of SINGLE_REASONS) count(reason, 0);
  return {
    answered: (by) => {
      reads.add(1, { answered_by: by });
    },
    listed: () => {
      lists.add(1);
    },
    degraded: (orgId, reason, coolDownMs) => {
      count(reason, 1);
      log.warn(
        { orgId, reason },
        `the list of the organisation's tasks is of no use: its status reads are single for ${formatDuration(coolDownMs)}`,
      );
    },
    restored: (orgId, reason) => {
      count(reason, -1);
      log.info({ orgId, reason }, "the organisation's status reads try to share a list again");
    },
    paused: (orgId, lengthMs) => {
      pauses.add(1);
      log.warn(
        { orgId },
        `the VMC API, or its sign-in, asked the organisation's status reads to wait: none is sent for ${formatDuration(lengthMs)}`,
      );
    },
  };
}

import { formatDuration } from '../../domain/contract/duration';
import type { CheckResult } from './check';
import { failed, passed, warned } from './check';
import type { Poller } from '../../temporal/pollers';
import { lives, notPromoted } from '../../temporal/pollers';

interface PolledQueue {
  taskQueue: string;
  workflows: readonly Poller[];
  activities: readonly Poller[];
}

/**
 * Cancellations need both kinds of task polled: a process that polls one of them only is not a
 * worker.
 */
export function workerCheck(
  { taskQueue, workflows, activities }: PolledQueue,
  nowMs: number,
  clientVersion: string,
): CheckResult {
  const unpromoted = notPromoted(workflows, nowMs) ?? notPromoted(activities, nowMs);
  if (unpromoted !== null)
    return failed(
      'worker',
      `no worker takes tasks of the task queue "${taskQueue}": ${unpromoted.reason}`,
      capitalized(unpromoted.remedy),
    );
  const pollers = `(workflows: ${pollersText(workflows, nowMs)}; activities: ${pollersText(activities, nowMs)})`;
  if (![workflows, activities].every((side) => side.some((poller) => lives(poller, nowMs))))
    return failed(
      'worker',
      `no worker polls the task queue "${taskQueue}" for workflows and activities ${pollers}`,
      'Start one (npm run worker), with the same TEMPORAL_* and VMC_CANCEL_TASK_QUEUE as here',
    );
  const living = [...workflows, ...activities].filter((poller) => poller.takesTasks && lives(poller, nowMs));
  const builds = [...new Set(living.flatMap(({ build }) => build?.buildId ?? []))];
  if (builds.length > 0)
    return passed('worker', `the task queue "${taskQueue}" is polled, build ${builds.join(', ')} ${pollers}`);
  const versions = [...new Set(living.map(({ version }) => version))];
  const polled = `the task queue "${taskQueue}" is polled, version ${versions.map((known) => known ?? 'unknown').join(', ')}`;
  if (versions.every((known) => known === null || releaseOf(known) === releaseOf(clientVersion)))
    return passed('worker', `${polled} ${pollers}`);
  return warned(
    'worker',
    `${polled}, where this client is ${clientVersion} ${pollers}`,
    'Bring worker and client to one version',
  );
}

/** Without the commit that a build adds. */
function releaseOf(version: string): string {
  return version.replace(/-[0-9a-f]{12}(-dirty)?$/, '');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function pollersText(pollers: readonly Poller[], nowMs: number): string {
  const text = (some: readonly Poller[]) =>
    some.map(({ identity, lastAskedAtMs }) => `${identity} ${formatDuration(nowMs - lastAskedAtMs)} ago`).join(', ');
  const living = pollers.filter((poller) => lives(poller, nowMs));
  const gone = pollers.filter((poller) => !lives(poller, nowMs));
  return `${text(living) || 'nobody'}${gone.length === 0 ? '' : `, no longer by ${text(gone)}`}`;
}

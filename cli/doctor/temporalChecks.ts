import type { Parsed } from '../../domain/contract/input';
import { version } from '../../package.json';
import type { TemporalSettings } from '../../temporal/settings';
import type { CheckResult } from './check';
import { failed, skipped, passed } from './check';
import { TemporalConnection } from '../../temporal/connection';
import { InvalidInputError, TemporalUnreachableError } from '../../temporal/errors';
import { pollersOf } from '../../temporal/pollers';
import { searchAttributesLack } from '../../temporal/searchAttributes';
import { stuckRuns } from '../../client/stuckRuns';
import { httpCheck } from './httpCheck';
import { stuckCheck } from './stuckCheck';
import { workerCheck } from './workerCheck';

/**
 * Checks Temporal and what cancellations need of it. A failed check skips those that depend on it.
 *
 * @param httpUrl of Temporal's HTTP API, where it is used
 */
export async function* temporalChecks(
  settings: Parsed<TemporalSettings>,
  httpUrl: string | undefined,
): AsyncGenerator<CheckResult, void, undefined> {
  let temporal;
  try {
    temporal = await TemporalConnection.open(settings);
  } catch (error) {
    yield failed('temporal', error, temporalRemedy(error));
    yield skipped('namespace', 'Temporal is not reachable');
    yield* withoutNamespace('Temporal is not reachable');
    return;
  }
  try {
    yield passed('temporal', `answers at ${temporal.address}`);
    const namespace = await namespaceCheck(temporal);
    yield namespace;
    if (!namespace.ok) {
      yield* withoutNamespace('the namespace is not reachable');
      return;
    }
    yield await searchAttributesCheck(temporal);
    yield await queueCheck(temporal);
    yield await stuckRunsCheck(temporal);
    if (httpUrl !== undefined) yield await httpCheck(httpUrl, temporal);
  } finally {
    await temporal.close();
  }
}

function* withoutNamespace(why: string): Generator<CheckResult, void, undefined> {
  yield skipped('searchAttributes', why);
  yield skipped('worker', why);
  yield skipped('stuckRuns', why);
}

async function namespaceCheck(temporal: TemporalConnection): Promise<CheckResult> {
  const { namespace } = temporal;
  try {
    await temporal.call(() => temporal.client.workflowService.describeNamespace({ namespace }));
    return passed('namespace', `"${namespace}" is there`);
  } catch (error) {
    const create = `temporal operator namespace create --namespace ${namespace}`;
    return failed(
      'namespace',
      error,
      `Create it (${create}), or set TEMPORAL_NAMESPACE to one that this client may use`,
    );
  }
}

async function searchAttributesCheck(temporal: TemporalConnection): Promise<CheckResult> {
  try {
    const lack = await searchAttributesLack(temporal);
    if (lack !== null) return failed('searchAttributes', lack.message, lack.remedy);
    return passed('searchAttributes', 'all four are there');
  } catch (error) {
    return failed('searchAttributes', error, temporalRemedy(error));
  }
}

async function queueCheck(temporal: TemporalConnection): Promise<CheckResult> {
  const { taskQueue } = temporal;
  try {
    const [workflows, activities] = await Promise.all([
      pollersOf(temporal, taskQueue, 'workflows'),
      pollersOf(temporal, taskQueue, 'activities'),
    ]);
    return workerCheck({ taskQueue, workflows, activities }, Date.now(), version);
  } catch (error) {
    return failed('worker', error, temporalRemedy(error));
  }
}

async function stuckRunsCheck(temporal: TemporalConnection): Promise<CheckResult> {
  try {
    return stuckCheck(await stuckRuns(temporal), temporal.namespace);
  } catch (error) {
    return failed('stuckRuns', error, temporalRemedy(error));
  }
}

function temporalRemedy(error: unknown): string {
  if (error instanceof InvalidInputError) return 'Correct that variable or file';
  if (error instanceof TemporalUnreachableError)
    return 'Start it (for a local one: temporal server start-dev), or set TEMPORAL_ADDRESS, and TEMPORAL_API_KEY or TEMPORAL_TLS_* where it demands them';
  return 'Set TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_API_KEY to what belongs together';
}

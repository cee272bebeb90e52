import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { NativeConnection } from '@temporalio/worker';
import type pino from 'pino';
import { formatDuration, SECOND_MS } from '../domain/contract/duration';
import { missingSearchAttributes, SEARCH_ATTRIBUTE_NAMES } from '../domain/contract/names';
import type { TemporalSettings } from '../temporal/settings';
import { nativeConnectionOptions, placeOf } from '../temporal/settings';
import { StartError } from './startError';

const BETWEEN_ATTEMPTS_MS = SECOND_MS;
const BETWEEN_REPORTS_MS = 5 * SECOND_MS;
const CALL_TIMEOUT_MS = 10 * SECOND_MS;
/** Within the time that a readiness probe usually waits. */
const PROBE_TIMEOUT_MS = 900;

interface ConnectOptions {
  timeoutMs: number;
  log: pino.Logger;
  /** Runs before every attempt: a failed one takes the SDK's runtime with it. */
  prepare: () => Promise<void>;
}

/**
 * Connects to Temporal, trying until the time is up and saying so on the way: worker and server are
 * often started together.
 *
 * @throws StartError when the time is up, or at once where trying again could not help.
 */
export async function connect(
  temporal: TemporalSettings,
  { timeoutMs, log, prepare }: ConnectOptions,
): Promise<NativeConnection> {
  const giveUpAtMs = Date.now() + timeoutMs;
  let reason = 'no answer';
  let reportedAtMs = -Infinity;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = giveUpAtMs - Date.now()) {
    await prepare();
    const attempt = await attemptWithin(leftMs, temporal);
    if (attempt.connection !== null) return attempt.connection;
    reason = attempt.reason ?? reason;
    if (Date.now() - reportedAtMs >= BETWEEN_REPORTS_MS) {
      log.warn(
        { address: placeOf(temporal), reason },
        `no connection to Temporal yet, trying for another ${formatDuration(giveUpAtMs - Date.now())}`,
      );
      reportedAtMs = Date.now();
    }
    await sleep(Math.min(BETWEEN_ATTEMPTS_MS, Math.max(0, giveUpAtMs - Date.now())));
  }
  throw new StartError(
    `Cannot reach Temporal at ${placeOf(temporal)} within ${formatDuration(timeoutMs)} (${reason}). ` +
      'Start it (for a local one: temporal server start-dev), or set TEMPORAL_ADDRESS, and TEMPORAL_API_KEY or TEMPORAL_TLS_* where it asks for them',
  );
}

type Attempt = { connection: NativeConnection } | { connection: null; reason: string | null };

async function attemptWithin(leftMs: number, temporal: TemporalSettings): Promise<Attempt> {
  const connecting: Promise<Attempt> = NativeConnection.connect(nativeConnectionOptions(temporal)).then(
    (connection) => ({ connection }),
    (error: unknown) => ({ connection: null, reason: reasonOf(error) }),
  );
  return await Promise.race([connecting, sleep(leftMs, { connection: null, reason: null } as const, { ref: false })]);
}

/** gRPC's numbers; the enum itself is in a package that is not ours to depend on. */
const NOT_FOUND = 5;
/**
 * Permission denied, unimplemented, unauthenticated: the server keeps the list to its own
 * operators, as Temporal Cloud does.
 */
const NO_LOOK: readonly (number | null)[] = [7, 12, 16];
const KEYWORD = encodeSearchAttributeIndexedValueType('KEYWORD');

/**
 * Looks whether the search attributes are there: a run that writes one which is not would never
 * come to its first request.
 *
 * @throws StartError naming what is missing, or of another type, and how to register it.
 */
export async function checkSearchAttributes(
  connection: NativeConnection,
  temporal: TemporalSettings,
  log: pino.Logger,
): Promise<void> {
  const { namespace } = temporal;
  let registered;
  try {
    registered = (
      await connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        connection.operatorService.listSearchAttributes({ namespace }),
      )
    ).customAttributes;
  } catch (error) {
    const code: number | null = isGrpcServiceError(error) ? error.code : null;
    if (code === NOT_FOUND) throw namespaceMissing(namespace, temporal.address);
    if (!NO_LOOK.includes(code))
      throw new StartError(`Cannot list the search attributes at ${placeOf(temporal)}: ${reasonOf(error)}`);
    log.warn(
      { namespace, reason: reasonOf(error) },
      `cannot look whether the search attributes ${SEARCH_ATTRIBUTE_NAMES.join(', ')} (Keyword) are registered; without them no cancellation starts`,
    );
    return;
  }
  const missing = missingSearchAttributes(Object.keys(registered));
  if (missing.length > 0)
    throw new StartError(
      `Search attributes are missing in namespace ${namespace}: ${missing.join(', ')}. Register them with: vmc-cancel setup`,
    );
  const mistyped = SEARCH_ATTRIBUTE_NAMES.filter((name) => registered[name] !== KEYWORD);
  if (mistyped.length > 0)
    throw new StartError(
      `Search attributes in namespace ${namespace} are not of type Keyword: ${mistyped.join(', ')}. ` +
        'Remove them (temporal operator search-attribute remove), then register them with: vmc-cancel setup',
    );
}

/** Whether Temporal answers for the namespace now. */
export async function answers(connection: NativeConnection, namespace: string): Promise<boolean> {
  const answered = connection.workflowService.describeNamespace({ namespace }).then(
    () => true,
    () => false,
  );
  // A deadline of the connection's own would bound each of the SDK's attempts, and not all of them.
  return await Promise.race([answered, sleep(PROBE_TIMEOUT_MS, false, { ref: false })]);
}

function namespaceMissing(namespace: string, address: string): StartError {
  return new StartError(
    `Namespace ${namespace} does not exist at ${address}. ` +
      `Create it (temporal operator namespace create --namespace ${namespace}), or set TEMPORAL_NAMESPACE to one that does`,
  );
}

/**
 * What went wrong in the end, out of the nested form in which the SDK's native part writes errors.
 */
export function reasonOf(error: unknown): string {
  // After its first line, the native part adds a stack of its own.
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const message = line.replace(/^.*ConnectError\(/, '');
  const told = isGrpcServiceError(error) ? error.details : /(?:message|error): "([^"]+)"/.exec(message)?.[1];
  return told === undefined || told === '' ? message : told;
}

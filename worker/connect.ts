import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type pino from 'pino';
import { formatDuration, SECOND_MS } from '../domain/contract/duration';
import { SEARCH_ATTRIBUTE_NAMES } from '../domain/contract/names';
import { cancellationError, isUnreachable, meansCredentialsRefused, meansOperatorsOnly } from '../temporal/grpcStatus';
import { lackIn } from '../temporal/searchAttributes';
import type { TemporalSettings } from '../temporal/settings';
import { nativeConnectionOptions, placeOf } from '../temporal/settings';
import { tlsHint } from '../temporal/tlsHint';
import { StartError } from './startError';

const BETWEEN_ATTEMPTS_MS = SECOND_MS;
const BETWEEN_REPORTS_MS = 5 * SECOND_MS;
/** The SDK's native part, which says no more of a call that has failed. */
const OF_THE_NATIVE_PART = 'TransportError';
const CALL_TIMEOUT_MS = 10 * SECOND_MS;

/** For how long a start waits for Temporal. */
export interface Patience {
  giveUpAtMs: number;
  log: pino.Logger;
}

interface ConnectOptions extends Patience {
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
  { giveUpAtMs, log, prepare }: ConnectOptions,
): Promise<NativeConnection> {
  const timeoutMs = giveUpAtMs - Date.now();
  let reason = 'no answer';
  let reportedAtMs = -Infinity;
  for (let leftMs = timeoutMs; leftMs > 0; leftMs = giveUpAtMs - Date.now()) {
    await prepare();
    const attempt = await connectWithin(leftMs, temporal);
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
  const hint = await tlsHint(temporal);
  throw new StartError(
    `Cannot reach Temporal at ${placeOf(temporal)} within ${formatDuration(timeoutMs)}` +
      (hint === null
        ? ` (${reason}). Start it (for a local one: temporal server start-dev), or set TEMPORAL_ADDRESS, and TEMPORAL_API_KEY or TEMPORAL_TLS_* where it asks for them`
        : `: ${hint}`),
  );
}

type Attempt = { connection: NativeConnection } | { connection: null; reason: string | null };

export async function connectWithin(timeoutMs: number, temporal: TemporalSettings): Promise<Attempt> {
  let isLate = false;
  const connecting = NativeConnection.connect(nativeConnectionOptions(temporal)).then(
    async (connection): Promise<Attempt> => {
      if (isLate) await connection.close();
      return { connection };
    },
    (error: unknown): Attempt => ({ connection: null, reason: reasonOf(error) }),
  );
  const late = sleep(timeoutMs, { connection: null, reason: null } as const, { ref: false }).then((attempt) => {
    isLate = true;
    return attempt;
  });
  return await Promise.race([connecting, late]);
}

/**
 * One step of a start after the connection, again for as long as Temporal is away: an outage
 * between two steps is no other than one before the first.
 *
 * @throws what the step throws, once the time is up, or at once where Temporal has answered
 */
export async function throughOutages<T>(step: () => Promise<T>, { giveUpAtMs, log }: Patience): Promise<T> {
  let reportedAtMs = -Infinity;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!isOutage(error) || Date.now() >= giveUpAtMs) throw error;
      if (Date.now() - reportedAtMs >= BETWEEN_REPORTS_MS) {
        log.warn({ reason: reasonOf(error) }, 'Temporal does not answer any more, trying again');
        reportedAtMs = Date.now();
      }
      await sleep(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function isOutage(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof Error && error.name === OF_THE_NATIVE_PART);
}

/**
 * Checks that the search attributes are registered: a run that writes a missing one would never
 * come to its first request. A server that keeps its list to itself, as Temporal Cloud does, gets a
 * warning.
 *
 * @throws StartError naming what is missing, or of another type, and how to register it.
 */
export async function checkSearchAttributes(
  connection: NativeConnection,
  temporal: TemporalSettings,
  patience: Patience,
): Promise<void> {
  const { namespace } = temporal;
  const { log } = patience;
  let registered;
  try {
    registered = await throughOutages(
      () =>
        connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
          connection.operatorService.listSearchAttributes({ namespace }),
        ),
      patience,
    );
  } catch (error) {
    if (!meansOperatorsOnly(error))
      throw new StartError(reasonOf(cancellationError(error, { address: placeOf(temporal), namespace })));
    log.warn(
      { namespace, reason: reasonOf(error) },
      `cannot check that the search attributes ${SEARCH_ATTRIBUTE_NAMES.join(', ')} (Keyword) are registered; without them no cancellation starts`,
    );
    return;
  }
  const lack = lackIn(registered.customAttributes, namespace);
  if (lack !== null) throw new StartError(`${lack.message}. ${lack.remedy}`);
}

/** Why Temporal has not answered for the namespace. */
export interface Silence {
  /** It refuses the credentials. */
  isRefusal: boolean;
  reason: string;
}

/**
 * HTTP's own refusals, as the SDK's native part words them where a proxy answers in HTML. nginx
 * answers 400 to a client certificate that it does not know.
 */
const REFUSED_BY_PROXY = /response with status: 40[013]\b/;

const NO_ANSWER: Silence = { isRefusal: false, reason: 'no answer in time' };

/** Asks Temporal for the namespace: null if it answers in time. */
export async function silenceOf(
  connection: NativeConnection,
  namespace: string,
  timeoutMs: number,
): Promise<Silence | null> {
  const answered = connection.workflowService.describeNamespace({ namespace }).then(
    () => null,
    (error: unknown) => {
      const reason = reasonOf(error);
      return { isRefusal: meansCredentialsRefused(error) || REFUSED_BY_PROXY.test(reason), reason };
    },
  );
  // A deadline of the connection's own would bound each of the SDK's attempts, and not all of them.
  return await Promise.race([answered, sleep(timeoutMs, NO_ANSWER, { ref: false })]);
}

/**
 * What went wrong in the end, out of the nested form in which the SDK's native part writes errors.
 */
export function reasonOf(error: unknown): string {
  // After its first line, the native part adds a stack of its own.
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  const message = line.replace(/^.*ConnectError\(/, '');
  const reason = isGrpcServiceError(error) ? error.details : /(?:message|error): "([^"]+)"/.exec(message)?.[1];
  return reason === undefined || reason === '' ? message : reason;
}

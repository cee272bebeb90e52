import { setMaxListeners } from 'node:events';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { SECOND_MS } from '../domain/contract/duration';
import { cleanEnvironment } from '../domain/settings/environment';
import type { Parsed } from '../domain/contract/input';
import type { TemporalSettings } from './settings';
import {
  API_KEY_FILE,
  BETWEEN_REREADS_MS,
  connectionOptions,
  placeOf,
  readTemporalSettings,
  rereadCredentials,
} from './settings';
import { InvalidInputError, TemporalUnreachableError } from './errors';
import { cancellationError } from './grpcStatus';
import { tlsHint } from './tlsHint';

const CONNECT_TIME_LIMIT_MS = 6 * SECOND_MS;
/** For calls that Temporal answers by itself, without a worker. */
const CALL_TIME_LIMIT_MS = 10 * SECOND_MS;
/** Of the SDK's own retries of a call that did not get through. */
const LONGEST_BACKOFF_MS = SECOND_MS;

export interface ConnectOptions {
  /** `host:port`; without it the `TEMPORAL_*` variables and Temporal's profile file decide. */
  address?: string | undefined;
  namespace?: string | undefined;
  taskQueue?: string | undefined;
  /** Where the variables are read from: the process's own, if not given. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

export interface CallOptions {
  timeLimitMs?: number;
  signal?: AbortSignal | undefined;
  workflowId?: string;
}

/**
 * A way to one namespace of one Temporal, on which every call has an end and every failure a type.
 */
export class TemporalConnection {
  private readonly pending = new Map<Promise<unknown>, AbortController>();

  /**
   * @param place where messages say that Temporal is
   * @param closing ends the retries; null for a connection that the caller opened and closes
   */
  constructor(
    readonly client: Client,
    readonly address: string,
    private readonly place: string,
    readonly taskQueue: string,
    private readonly closing: AbortController | null,
  ) {}

  /** @throws InvalidInputError for settings that are wrong */
  static async open(settings: Parsed<TemporalSettings>): Promise<TemporalConnection> {
    if (!settings.ok) throw new InvalidInputError(settings.problems);
    const { address, namespace, taskQueue } = settings.value;
    const place = placeOf(settings.value);
    const closing = new AbortController();
    try {
      const connection = await Connection.connect({
        ...connectionOptions(settings.value),
        connectTimeout: CONNECT_TIME_LIMIT_MS,
        interceptors: [retriesUntil(closing.signal)],
      });
      followApiKey(connection, settings.value, closing.signal);
      return new TemporalConnection(new Client({ connection, namespace }), address, place, taskQueue, closing);
    } catch (error) {
      const known = cancellationError(error, { address: place, namespace });
      // grpc-js throws a bare Error when nothing listens at the address.
      if (known !== error && !(known instanceof TemporalUnreachableError)) throw known;
      throw new TemporalUnreachableError(place, error, await tlsHint(settings.value));
    }
  }

  get namespace(): string {
    return this.client.options.namespace;
  }

  async call<T>(made: () => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { timeLimitMs = CALL_TIME_LIMIT_MS, signal, workflowId } = options;
    signal?.throwIfAborted();
    // A signal of its own, because the SDK never takes its listener off again.
    const own = new AbortController();
    // The SDK adds a listener for every long poll of one call, and Node would warn of a leak.
    setMaxListeners(0, own.signal);
    const leave = () => {
      own.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    const answer = this.client.withAbortSignal(own.signal, () =>
      this.client.withDeadline(Date.now() + timeLimitMs, made),
    );
    this.pending.set(answer, own);
    const settled = () => this.pending.delete(answer);
    answer.then(settled, settled);
    try {
      // The SDK does not hear the signal between two tries of a call.
      return await Promise.race([answer, rejection(own.signal)]);
    } catch (error) {
      own.signal.throwIfAborted();
      const { place: address, namespace } = this;
      throw cancellationError(error, { address, namespace, ...(workflowId === undefined ? {} : { workflowId }) });
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /**
   * Ends what is still under way first: a retry on a closed channel would throw where nobody could
   * catch it.
   */
  async close(): Promise<void> {
    if (this.closing === null) return;
    this.closing.abort();
    for (const call of this.pending.values()) call.abort();
    await Promise.allSettled(this.pending.keys());
    await this.client.connection.close();
  }
}

/** A caller that waits for days outlives a key: one in a file is renewed. */
function followApiKey(connection: Connection, settings: TemporalSettings, closing: AbortSignal): void {
  if (!(API_KEY_FILE in settings.credentialVariables)) return;
  const reread = async () => {
    const read = await rereadCredentials(settings);
    if (read.ok && read.value.apiKey !== null) connection.setApiKey(read.value.apiKey);
  };
  const timer = setInterval(() => void reread(), BETWEEN_REREADS_MS).unref();
  closing.addEventListener('abort', () => {
    clearInterval(timer);
  });
}

function retriesUntil(closing: AbortSignal) {
  const { delayFunction, retryableDecider } = defaultGrpcRetryOptions();
  return makeGrpcRetryInterceptor({
    delayFunction: (attempt, status) => Math.min(delayFunction(attempt, status), LONGEST_BACKOFF_MS),
    retryableDecider: (attempt, status) => !closing.aborted && retryableDecider(attempt, status),
  });
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    });
  });
}

/** What a caller's options and the variables say together. */
export async function settingsOf({ env = process.env, ...given }: ConnectOptions): Promise<Parsed<TemporalSettings>> {
  return await readTemporalSettings(cleanEnvironment(env), given);
}

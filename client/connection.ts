import { setMaxListeners } from 'node:events';
import { Client, Connection, defaultGrpcRetryOptions, makeGrpcRetryInterceptor } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { DEFAULT_TASK_QUEUE, TASK_QUEUE_VARIABLE } from '../domain/names';
import { SECOND_MS } from '../domain/duration';
import { cancellationError, InvalidInputError, TemporalUnreachableError } from './errors';

/** Temporal's own default, said here because a message has to name it. */
const DEFAULT_ADDRESS = 'localhost:7233';
const DEFAULT_NAMESPACE = 'default';
const CONNECT_TIME_LIMIT_MS = 6 * SECOND_MS;
/** For calls that Temporal answers by itself, without a worker. */
const CALL_TIME_LIMIT_MS = 10 * SECOND_MS;
/** Of the SDK's own retries of a call that did not get through. */
const LONGEST_BACKOFF_MS = SECOND_MS;

/** Temporal's own rule, where nothing else is said of TLS. */
const TLS_BY_KEY = ' (An API key implies TLS; for a server without, set TEMPORAL_TLS=false.)';

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

/** A way to one namespace of one Temporal, on which every call has an end and every failure a type. */
export class TemporalConnection {
  private readonly pending = new Map<Promise<unknown>, AbortController>();

  /** @param closing ends the retries; null for a connection that somebody else opened, and closes */
  constructor(
    readonly client: Client,
    readonly address: string,
    readonly taskQueue: string,
    private readonly closing: AbortController | null,
  ) {}

  static async open(options: ConnectOptions): Promise<TemporalConnection> {
    const env = definedOnly(options.env ?? process.env);
    const { connectionOptions, namespace: configuredNamespace } = readConfiguration(env);
    const address = options.address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
    const namespace = options.namespace ?? configuredNamespace ?? DEFAULT_NAMESPACE;
    const closing = new AbortController();
    try {
      const connection = await Connection.connect({
        ...connectionOptions,
        address,
        connectTimeout: CONNECT_TIME_LIMIT_MS,
        interceptors: [retriesUntil(closing.signal)],
      });
      const client = new Client({ connection, namespace });
      return new TemporalConnection(client, address, options.taskQueue ?? taskQueueOf(env), closing);
    } catch (error) {
      const known = cancellationError(error, { address, namespace });
      // What grpc-js throws when nobody listens is a bare Error.
      if (known !== error && !(known instanceof TemporalUnreachableError)) throw known;
      throw new TemporalUnreachableError(address, error, connectionOptions.tls === true ? TLS_BY_KEY : '');
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
      const { address, namespace } = this;
      throw cancellationError(error, { address, namespace, ...(workflowId === undefined ? {} : { workflowId }) });
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  /** Ends what is still under way first: a retry on a closed channel would throw where nobody could catch it. */
  async close(): Promise<void> {
    if (this.closing === null) return;
    this.closing.abort();
    for (const call of this.pending.values()) call.abort();
    await Promise.allSettled(this.pending.keys());
    await this.client.connection.close();
  }
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

export function taskQueueOf(env: Readonly<Record<string, string | undefined>>): string {
  const configured = env[TASK_QUEUE_VARIABLE] ?? '';
  return configured === '' ? DEFAULT_TASK_QUEUE : configured;
}

function readConfiguration(env: Record<string, string>): ReturnType<typeof loadClientConnectConfig> {
  try {
    return loadClientConnectConfig({ overrideEnvVars: env });
  } catch (error) {
    // Beyond its first line, a complaint about the profile file quotes the file, keys and all.
    const message = (error instanceof Error ? error.message : String(error)).split('\n', 1).join();
    throw new InvalidInputError([
      `Temporal's configuration (TEMPORAL_* and its profile file) cannot be read: ${message}`,
    ]);
  }
}

function definedOnly(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

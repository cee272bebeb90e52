import { Client, Connection } from '@temporalio/client';
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
  constructor(
    readonly client: Client,
    readonly address: string,
    readonly taskQueue: string,
    private readonly owned: boolean,
  ) {}

  static async open(options: ConnectOptions): Promise<TemporalConnection> {
    const env = definedOnly(options.env ?? process.env);
    const { connectionOptions, namespace: configuredNamespace } = readConfiguration(env);
    const address = options.address ?? connectionOptions.address ?? DEFAULT_ADDRESS;
    const namespace = options.namespace ?? configuredNamespace ?? DEFAULT_NAMESPACE;
    try {
      const connection = await Connection.connect({
        ...connectionOptions,
        address,
        connectTimeout: CONNECT_TIME_LIMIT_MS,
      });
      const client = new Client({ connection, namespace });
      return new TemporalConnection(client, address, options.taskQueue ?? taskQueueOf(env), true);
    } catch (error) {
      const known = cancellationError(error, { address, namespace });
      // What grpc-js throws when nobody listens is a bare Error.
      throw known === error ? new TemporalUnreachableError(address, error) : known;
    }
  }

  get namespace(): string {
    return this.client.options.namespace;
  }

  async call<T>(made: () => Promise<T>, options: CallOptions = {}): Promise<T> {
    const { timeLimitMs = CALL_TIME_LIMIT_MS, signal, workflowId } = options;
    signal?.throwIfAborted();
    // The SDK never takes its listener off a signal again: each call gets a signal of its own.
    const own = new AbortController();
    const abort = () => {
      own.abort();
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await this.client.withAbortSignal(own.signal, () =>
        this.client.withDeadline(Date.now() + timeLimitMs, made),
      );
    } catch (error) {
      signal?.throwIfAborted();
      const { address, namespace } = this;
      throw cancellationError(error, { address, namespace, ...(workflowId === undefined ? {} : { workflowId }) });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    if (this.owned) await this.client.connection.close();
  }
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

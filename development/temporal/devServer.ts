import type { ChildProcessByStdio } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { lastLines } from '../run';
import { temporalExecutable } from './temporalExecutables';

export interface DevServerOptions {
  ui: boolean;
  /** Free ones where not given. */
  port?: number;
  uiPort?: number;
  /** Of the HTTP API; 0: a free one. Not given: not reported. */
  httpPort?: number;
  /** SQLite; in memory where not given. */
  dbFile?: string;
  /** Of its connection, by name. */
  sqlitePragmas?: Record<string, string>;
  searchAttributes?: Record<string, 'Keyword'>;
  dynamicConfig?: Record<string, unknown>;
  namespace?: string;
  /** Gives the start up, a download included. A server that is ready is not touched by it. */
  signal?: AbortSignal;
}

export interface DevServer {
  address: string;
  uiUrl: string | null;
  httpUrl: string | null;
  namespace: string;
  pid: number;
  /** Ends it, and resolves when it has ended. May be called again. */
  stop(): Promise<void>;
}

type ServerProcess = ChildProcessByStdio<null, Readable, Readable>;

interface Place {
  port: number;
  /** null: without the UI */
  uiPort: number | null;
  httpPort: number | null;
}

const HOST = '127.0.0.1';
const START_ATTEMPTS = 3;
const START_TIME_LIMIT_MS = 60_000;
const STOP_TIME_LIMIT_MS = 10_000;
const PROBE_INTERVAL_MS = 50;
const PROBE_TIME_LIMIT_MS = 2_000;
const OUTPUT_CHARACTERS = 10_000;
const OUTPUT_LINES = 10;

/**
 * Starts a Temporal server with its database, reachable on loopback only, and waits until workflows
 * can start and the search attributes are usable.
 *
 * @throws Error with the last lines of its output if it ends early or is not ready in time
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const executable = await temporalExecutable('temporal', { signal: options.signal });
  for (let attempt = 1; ; attempt++) {
    const place = await freePlace(options);
    const started = await start(executable, place, options);
    if (started.kind === 'ready') return started.server;
    // Between asking for a free port and its use, anybody may have taken it.
    const worthAnotherTry = started.output.includes('address already in use') && attempt < START_ATTEMPTS;
    if (!worthAnotherTry) throw new Error(`${started.problem}:\n${lastLines(started.output, OUTPUT_LINES)}`);
  }
}

type Started = { kind: 'ready'; server: DevServer } | { kind: 'failed'; problem: string; output: string };

async function start(executable: string, place: Place, options: DevServerOptions): Promise<Started> {
  const namespace = options.namespace ?? 'default';
  const address = `${HOST}:${place.port}`;
  // A process group of its own: Ctrl-C reaches only the owner, who stops the server at the end.
  const server = spawn(executable, commandLine(place, namespace, options), {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = recentOutput(server);
  await once(server, 'spawn');
  const killWithOwner = () => server.kill('SIGKILL');
  process.once('exit', killWithOwner);
  server.once('exit', () => process.off('exit', killWithOwner));

  const problem = await problemAtStart(server, address, namespace, options);
  if (problem !== null) {
    await stop(server);
    return { kind: 'failed', problem, output: output() };
  }
  const urlOf = (port: number | null) => (port === null ? null : `http://${HOST}:${port}`);
  const urls = { uiUrl: urlOf(place.uiPort), httpUrl: urlOf(place.httpPort) };
  return { kind: 'ready', server: { address, ...urls, namespace, pid: server.pid ?? 0, stop: () => stop(server) } };
}

function commandLine(place: Place, namespace: string, options: DevServerOptions): string[] {
  const ui = place.uiPort === null ? ['--headless'] : ['--ui-port', String(place.uiPort)];
  const database = options.dbFile === undefined ? [] : ['--db-filename', options.dbFile];
  const pragmas = Object.entries(options.sqlitePragmas ?? {}).flatMap(([name, value]) => [
    '--sqlite-pragma',
    `${name}=${value}`,
  ]);
  const attributes = Object.entries(options.searchAttributes ?? {}).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const configuration = Object.entries(options.dynamicConfig ?? {}).flatMap(([key, value]) => [
    '--dynamic-config-value',
    `${key}=${JSON.stringify(value)}`,
  ]);
  const http = place.httpPort === null ? [] : ['--http-port', String(place.httpPort)];
  const listening = ['--ip', HOST, '--port', String(place.port), ...ui, ...http];
  const logging = ['--log-level', 'warn'];
  return [
    'server',
    'start-dev',
    ...listening,
    ...logging,
    '--namespace',
    namespace,
    ...database,
    ...pragmas,
    ...attributes,
    ...configuration,
  ];
}

/** Why the server is not ready, or null as soon as it is. */
async function problemAtStart(
  server: ServerProcess,
  address: string,
  namespace: string,
  { searchAttributes = {}, signal }: DevServerOptions,
): Promise<string | null> {
  const connection = Connection.lazy({
    address,
    interceptors: [],
    channelArgs: {
      'grpc.initial_reconnect_backoff_ms': PROBE_INTERVAL_MS,
      'grpc.max_reconnect_backoff_ms': PROBE_INTERVAL_MS,
    },
  });
  // Counting needs the namespace and visibility, and is refused for an unusable attribute.
  const query = Object.keys(searchAttributes)
    .map((name) => `${name} = ''`)
    .join(' AND ');
  const count = () => connection.workflowService.countWorkflowExecutions({ namespace, query });
  let refusal: unknown;
  try {
    const giveUpAtMs = Date.now() + START_TIME_LIMIT_MS;
    while (Date.now() < giveUpAtMs) {
      if (signal?.aborted) return 'the start was given up';
      if (hasEnded(server)) return 'the Temporal dev server ended at once';
      try {
        await connection.withDeadline(Date.now() + PROBE_TIME_LIMIT_MS, count);
        return null;
      } catch (error) {
        refusal = error;
      }
      await setTimeout(PROBE_INTERVAL_MS);
    }
    return `the Temporal dev server was not ready within ${START_TIME_LIMIT_MS / 1_000} s (${String(refusal)})`;
  } finally {
    await connection.close();
  }
}

async function stop(server: ServerProcess): Promise<void> {
  if (hasEnded(server)) return;
  const ended = once(server, 'exit');
  const timer = new AbortController();
  server.kill('SIGTERM');
  const outlasted = setTimeout(STOP_TIME_LIMIT_MS, null, { signal: timer.signal }).then(
    () => server.kill('SIGKILL'),
    () => false,
  );
  await ended;
  timer.abort();
  await outlasted;
}

function hasEnded(server: ServerProcess): boolean {
  return server.exitCode !== null || server.signalCode !== null;
}

/** Reads on for as long as the server lives: a full pipe would stop it. */
function recentOutput(server: ServerProcess): () => string {
  let recent = '';
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      recent = (recent + chunk).slice(-OUTPUT_CHARACTERS);
    });
  }
  return () => recent;
}

/**
 * A requested port that is taken is an error at once: its owner might answer instead of the server.
 */
async function freePlace(options: DevServerOptions): Promise<Place> {
  const [port, uiPort, httpPort] = await Promise.all([
    freePort(options.port),
    options.ui ? freePort(options.uiPort) : null,
    options.httpPort === undefined ? null : freePort(options.httpPort),
  ]);
  return { port, uiPort, httpPort };
}

async function freePort(wanted = 0): Promise<number> {
  const listener = createServer().listen(wanted, HOST);
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

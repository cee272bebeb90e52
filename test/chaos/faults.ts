import { closeSync, openSync, writeSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../../bench/kit/random';
import { seededRandom } from '../../bench/kit/random';
import { SECOND_MS } from '../../domain/contract/duration';
import type { Operation } from '../../simulator/calls';
import type { Cluster } from './cluster';
import { clockFile, diskOf, USUAL_TOKEN_SECONDS } from './cluster';
import { oneOf } from './draw';
import { persistently } from './persistently';
import type { FaultKind, PlannedFault } from './plan';
import { CLOCK_WORKER, DISK_WORKER } from './plan';
import type { ManagedProcess } from './processes';
import type { Disturbance } from './proxy';

type End = () => Promise<void>;
type Inject = (cluster: Cluster, fault: PlannedFault) => Promise<End>;

export const API: readonly Operation[] = ['cancelTask', 'getTask', 'listTasks'];
export const SIGN_IN: readonly Operation[] = ['authorize'];

export const LONGEST_RETRY_AFTER_SECONDS = 4;
/** Longer than any of our calls waits for its answer. */
const BEYOND_LIMIT_MS = 15 * SECOND_MS;
const CLOCK_STEPS = ['+90s', '-90s', '+3600s', '-3600s'];

/** How each fault begins; what it gives ends it. */
export const FAULTS: Record<FaultKind, Inject> = {
  workerKilled: (cluster, fault) => restarted(workerOf(cluster, fault), 'SIGKILL'),
  workerReplaced: (cluster, fault) => restarted(workerOf(cluster, fault), 'SIGTERM'),
  workerStopped: (cluster, fault) => {
    const worker = workerOf(cluster, fault);
    const stopped = worker.stop();
    return ending(() => {
      if (stopped !== null) worker.resume(stopped);
    });
  },
  clockStepped: async ({ folder }, { seed }) => {
    await writeFile(clockFile(folder), oneOf(seededRandom(seed), CLOCK_STEPS));
    return () => writeFile(clockFile(folder), '+0s');
  },
  logDiskFull: ({ folder }) => {
    const filler = path.join(diskOf(folder), 'filler');
    fill(filler);
    return Promise.resolve(() => rm(filler));
  },
  logUnread: ({ workers }, { worker }) => {
    const process = workers[worker === DISK_WORKER ? CLOCK_WORKER : worker];
    process?.stopReading();
    return ending(() => process?.readOn());
  },

  temporalKilled: async ({ temporal }) => {
    await temporal.kill();
    // A busy machine may not have it ready in time.
    return () => persistently(() => temporal.start());
  },
  databaseKilled: async ({ temporal: { database } }) => {
    if (database === null) throw new Error('its Temporal has no database apart from itself');
    await database.kill();
    return () => database.start();
  },
  simulatorKilled: ({ simulator }) => restarted(simulator, 'SIGKILL'),

  shortTokens: async ({ controls }, { seed }) => {
    const accessTokenTtlSeconds = 2 + Math.floor(3 * seededRandom(seed)());
    await persistently(() => controls.changeSettings({ accessTokenTtlSeconds }));
    return () => persistently(() => controls.changeSettings({ accessTokenTtlSeconds: USUAL_TOKEN_SECONDS }));
  },
  credentialsRevoked: async (cluster) => {
    await cluster.revokeToken();
    return () => cluster.writeToken();
  },
  signInUnavailable: (cluster, fault) =>
    disturbed(cluster, { ...fault, share: 1 }, SIGN_IN, (random) =>
      oneOf(random, [gateway(503), html(200), { kind: 'hang', isSent: false }, { kind: 'reset', isSent: true }]),
    ),

  tooMany: (cluster, fault) => disturbed(cluster, fault, API, () => gateway(429)),
  tooManyWithRetryAfter: (cluster, fault) =>
    disturbed(cluster, fault, API, (random) => {
      const seconds = 1 + Math.floor(LONGEST_RETRY_AFTER_SECONDS * random());
      return gateway(429, { 'retry-after': String(seconds) });
    }),
  serverErrors: (cluster, fault) =>
    disturbed(cluster, fault, API, (random) => gateway(oneOf(random, [500, 502, 503, 504]))),
  htmlPages: (cluster, fault) => disturbed(cluster, fault, API, (random) => html(oneOf(random, [200, 502, 503]))),
  unauthorized: (cluster, fault) => disturbed(cluster, fault, API, () => gateway(401)),
  forbidden: (cluster, fault) => disturbed(cluster, fault, API, () => gateway(403)),
  truncated: (cluster, fault) => disturbed(cluster, fault, API, () => ({ kind: 'truncate' })),
  slow: (cluster, fault) =>
    disturbed(cluster, fault, API, (random) => ({ kind: 'slow', forMs: BEYOND_LIMIT_MS * random() })),
  reset: (cluster, fault) => disturbed(cluster, fault, API, (random) => ({ kind: 'reset', isSent: random() < 0.5 })),
  halfOpen: (cluster, fault) => disturbed(cluster, fault, API, (random) => ({ kind: 'hang', isSent: random() < 0.5 })),

  delayed: (cluster, fault) => disturbed(cluster, fault, API, () => ({ kind: 'delay', mostMs: BEYOND_LIMIT_MS })),
  cut: (cluster, fault) => disturbed(cluster, fault, API, (random) => ({ kind: 'cut', isSent: random() < 0.7 })),
  duplicated: (cluster, fault) => disturbed(cluster, fault, API, () => ({ kind: 'duplicate' })),
  reordered: (cluster, fault) => disturbed(cluster, fault, API, () => ({ kind: 'hold', mostMs: 3 * SECOND_MS })),
};

function ending(end: () => void): Promise<End> {
  return Promise.resolve(() => {
    end();
    return Promise.resolve();
  });
}

async function restarted(process: ManagedProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<End> {
  await process.end(signal);
  return () => process.start();
}

function workerOf({ workers }: Cluster, { worker }: PlannedFault): ManagedProcess {
  const found = workers[worker];
  if (found === undefined) throw new Error(`there is no worker ${worker}`);
  return found;
}

function disturbed(
  { proxies }: Cluster,
  { share, seed }: PlannedFault,
  operations: readonly Operation[],
  draw: (random: Random) => Disturbance,
): Promise<End> {
  const random = seededRandom(seed);
  const ends = proxies.map((proxy) => proxy.disturb({ operations, share, random, disturbance: () => draw(random) }));
  return ending(() => {
    for (const end of ends) end();
  });
}

/** As the gateway in front of the API answers. */
export function gateway(status: number, headers: Readonly<Record<string, string>> = {}): Disturbance {
  const body = JSON.stringify({ error: `status ${status}` });
  return { kind: 'answer', status, headers: { 'content-type': 'application/json', ...headers }, body };
}

export function html(status: number): Disturbance {
  const body = '<!doctype html><title>Maintenance</title><p>We will be back soon.</p>';
  return { kind: 'answer', status, headers: { 'content-type': 'text/html' }, body };
}

/** To the last byte. */
function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (const size of [65_536, 1_024, 1]) writeUntilFull(handle, Buffer.alloc(size));
  } finally {
    closeSync(handle);
  }
}

function writeUntilFull(handle: number, piece: Buffer): void {
  try {
    while (writeSync(handle, piece) === piece.length);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

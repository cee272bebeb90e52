import { parseArgs } from 'node:util';
import { parseDurationMs, SECOND_MS } from '../../domain/contract/duration';
import { seededRandom } from '../kit/random';

const SCENARIOS = ['cancel', 'monitors', 'soak'] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** Where it is not said. */
const SHARED: Record<Scenario, string> = { cancel: 'both', monitors: 'off', soak: 'on' };

/**
 * Passes to a worker's process the options that `bench/changedWorker.ts` puts over the shipped
 * ones.
 */
export const WORKER_OPTIONS_VARIABLE = 'VMC_CANCEL_BENCH_WORKER_OPTIONS';

/** As the worker's setting has it: how long a read may be held; 0 switches sharing off. */
export type SharedWithin = string;

export interface LoadOptions {
  scenario: Scenario;
  cancellations: number;
  organizations: number;
  /** Of the mix's durations. */
  scale: number;
  poll: { min: string; max: string };
  /** One run for each, in turn. */
  sharedWithin: SharedWithin[];
  inFlight: number;
  startsPerSecond: number;
  pollsPerSecond: number;
  probes: number;
  /** Of a soak. */
  lastsMs: number;
  maxCachedWorkflows: string | null;
  /** The limit of the worker's container, such as 512m; null: the local build, without one. */
  containerMemory: string | null;
  /** JSON, over those that the worker sets. */
  workerOptions: string | null;
  serverPids: number[];
  random: () => number;
}

const USAGE = `npm run bench:load -- [cancel | monitors | soak] [options]

cancel     tasks of a mix are cancelled, and watched to their verdicts
monitors   tasks that do not end are watched, while the starts of others are timed
soak       cancellations come and go for a long time, as many at once as read that often: what grows is a leak

  --cancellations N      how many are cancelled, or watched (2000)
  --organizations N      whose tasks they are (20)
  --scale F              of the mix's durations: 60 % 30 s, 25 % 10 min, 15 % 1 h (0.05)
  --poll-min D           the least and the longest wait between two reads (1s, 15s)
  --poll-max D
  --shared on|off|both   whether reads of an organization share a list (both; monitors: off; soak: on)
  --shared-within D      how long a read may be held for that, as the worker's setting (2s)
  --in-flight N          starts that are sent at once (20)
  --starts-per-second N  no more than this (no bound; monitors: the next)
  --polls-per-second N   monitors, soak: of all together (20)
  --lasts D              soak: how long (1h)
  --probes N             monitors: starts that are timed, before and while they are watched (200)
  --cached N             the worker's VMC_CANCEL_MAX_CACHED_WORKFLOWS (its default)
  --container-memory M   the worker runs in the image (docker build -t vmc-cancel:VERSION .), with a limit such as 512m
  --worker-options JSON  options of the SDK's worker, over the shipped ones, such as '{"maxConcurrentWorkflowTaskExecutions": 10}';
                         it runs through tsx then: compare with '{}'
  --server-pid N         a process of the Temporal server that TEMPORAL_ADDRESS names, for its CPU; repeatable
  --seed N               of the durations (1)`;

/** @throws Error with the usage */
export function loadOptions(args: readonly string[]): LoadOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      cancellations: { type: 'string', default: '2000' },
      organizations: { type: 'string', default: '20' },
      scale: { type: 'string', default: '0.05' },
      'poll-min': { type: 'string', default: '1s' },
      'poll-max': { type: 'string', default: '15s' },
      shared: { type: 'string' },
      'shared-within': { type: 'string', default: '2s' },
      'in-flight': { type: 'string', default: '20' },
      'starts-per-second': { type: 'string' },
      'polls-per-second': { type: 'string', default: '20' },
      probes: { type: 'string', default: '200' },
      lasts: { type: 'string', default: '1h' },
      cached: { type: 'string' },
      'container-memory': { type: 'string' },
      'worker-options': { type: 'string' },
      'server-pid': { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
    },
  });
  if (values['container-memory'] !== undefined && values['worker-options'] !== undefined)
    throw new Error(`--worker-options needs the local build, not a container\n\n${USAGE}`);
  const scenario = SCENARIOS.find((known) => known === (positionals[0] ?? 'cancel'));
  const { shared = SHARED[scenario ?? 'cancel'] } = values;
  const sharedWithin = { on: [values['shared-within']], off: ['0'], both: ['0', values['shared-within']] }[shared];
  const lastsMs = parseDurationMs(values.lasts);
  if (lastsMs === null) throw new Error(`${values.lasts} must be a duration such as 1h\n\n${USAGE}`);
  if (scenario === undefined || positionals.length > 1 || sharedWithin === undefined) throw new Error(USAGE);
  return {
    scenario,
    cancellations: positive(values.cancellations),
    organizations: positive(values.organizations),
    scale: positive(values.scale),
    poll: { min: values['poll-min'], max: values['poll-max'] },
    sharedWithin,
    inFlight: positive(values['in-flight']),
    // Monitors that are started as they are to poll poll evenly.
    startsPerSecond: positive(
      values['starts-per-second'] ?? (scenario === 'monitors' ? values['polls-per-second'] : '1000000'),
    ),
    pollsPerSecond: positive(values['polls-per-second']),
    probes: positive(values.probes),
    lastsMs,
    maxCachedWorkflows: values.cached ?? null,
    containerMemory: values['container-memory'] ?? null,
    workerOptions: values['worker-options'] ?? null,
    serverPids: values['server-pid'].map(Number),
    random: seededRandom(Number(values.seed)),
  };
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${text} must be a number above 0\n\n${USAGE}`);
  return number;
}

/** Human-readable. */
export function sharingName(within: SharedWithin): string {
  return parseDurationMs(within) === null
    ? 'single reads'
    : `shared within ${(parseDurationMs(within) ?? 0) / SECOND_MS} s`;
}

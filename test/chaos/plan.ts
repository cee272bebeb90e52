import fc from 'fast-check';
import type { Random } from '../../bench/kit/random';
import { seededRandom } from '../../bench/kit/random';
import { SECOND_MS } from '../../domain/contract/duration';
import type { CancelTaskInput } from '../../domain/contract/input';
import { parseCancelTaskInput } from '../../domain/contract/input';
import type { NewTask } from '../../development/simulatorControls';
import { hostileInput } from '../hostile';
import { oneOf, shuffled, weighted } from './draw';

/** All that a campaign does, from its seed alone. Two runs of one seed differ only in timing. */
export interface Plan {
  seed: number;
  /** Starts and faults begin within it. */
  lastsMs: number;
  cancellations: readonly PlannedCancellation[];
  operations: readonly PlannedOperation[];
  poison: readonly PlannedPoison[];
  faults: readonly PlannedFault[];
}

export interface PlannedCancellation {
  kind: string;
  orgId: string;
  taskId: string;
  startAtMs: number;
  /** Starts with the same id, sent at once. */
  copies: number;
  /** Null: the API never had the task. */
  script: NonNullable<NewTask['script']> | null;
  input: Required<Pick<CancelTaskInput, 'deadline' | 'onDeclined' | 'maxCancelRequests'>> &
    Pick<CancelTaskInput, 'poll'>;
}

export const OPERATIONS = [
  'pollNow',
  'reissueCancel',
  'extendDeadline',
  'stopMonitoring',
  'cancelWorkflow',
  'reset',
  'pause',
] as const;

export interface PlannedOperation {
  kind: (typeof OPERATIONS)[number];
  /** Of the cancellation that it is about. */
  index: number;
  atMs: number;
  /** By so much the deadline is extended, or so long the run is paused. */
  byMs: number;
}

/** An input that the contract refuses. */
export interface PlannedPoison {
  atMs: number;
  input: unknown;
}

export interface PlannedFault {
  kind: FaultKind;
  atMs: number;
  lastsMs: number;
  worker: number;
  /** Of the calls that it can concern. */
  share: number;
  /** For what the fault draws itself. */
  seed: number;
}

export const WORKERS = 3;
/** What one of them alone is set up for. */
export const CLOCK_WORKER = 0;
export const DISK_WORKER = 1;

/** How long each lasts, in seconds. */
const FAULT_SECONDS = {
  workerKilled: [1, 5],
  /** Longer than an activity may take: its late answers are those of a zombie. */
  workerStopped: [13, 22],
  workerReplaced: [1, 3],
  clockStepped: [5, 12],
  logDiskFull: [5, 12],
  logUnread: [5, 12],
  temporalKilled: [1, 6],
  simulatorKilled: [1, 6],
  shortTokens: [5, 12],
  credentialsRevoked: [2, 6],
  signInUnavailable: [4, 12],
  tooMany: [2, 5],
  tooManyWithRetryAfter: [2, 5],
  serverErrors: [3, 8],
  htmlPages: [3, 8],
  unauthorized: [1, 3],
  forbidden: [1, 3],
  truncated: [3, 8],
  slow: [3, 8],
  reset: [3, 8],
  halfOpen: [3, 8],
  delayed: [5, 12],
  cut: [4, 10],
  duplicated: [5, 12],
  reordered: [5, 12],
  /** Only where Temporal has one apart from itself. */
  databaseKilled: [2, 8],
} as const;
export type FaultKind = keyof typeof FAULT_SECONDS;
const ALL_KINDS = Object.keys(FAULT_SECONDS) as FaultKind[];
/** All kinds come once before one comes twice. */
const BETWEEN_FAULTS_MS = 3_500;

const ORGANIZATIONS = 4;
const LONG_SECONDS = 120;
const FIRST_FAULT_MS = 3 * SECOND_MS;
const LEAST_LASTS_MS = 45 * SECOND_MS;
const A_CANCELLATION_MS = 350;
const OPERATIONS_SHARE = 0.5;
const POISON_SHARE = 0.05;
const COPIES_SHARE = 0.2;

export function faultKinds({ hasDatabase }: { hasDatabase: boolean }): FaultKind[] {
  return ALL_KINDS.filter((kind) => kind !== 'databaseKilled' || hasDatabase);
}

interface Options {
  seed: number;
  cancellations: number;
  /** Null: by the number of cancellations. */
  lastsMs: number | null;
  /** Whether Temporal has one that can be killed apart from it. */
  hasDatabase: boolean;
}

export function planned(options: Options): Plan {
  const { seed, cancellations: count } = options;
  const random = seededRandom(seed);
  const lastsMs = options.lastsMs ?? Math.max(LEAST_LASTS_MS, count * A_CANCELLATION_MS);
  const cancellations = Array.from({ length: count }, (_, index) => drawCancellation(random, seed, index, lastsMs));
  return {
    seed,
    lastsMs,
    cancellations,
    operations: Array.from({ length: Math.round(count * OPERATIONS_SHARE) }, () =>
      drawOperation(random, cancellations),
    ),
    poison: drawPoison(random, seed, Math.ceil(count * POISON_SHARE), lastsMs),
    faults: drawFaults(random, lastsMs, faultKinds(options)),
  };
}

type Draw = Pick<PlannedCancellation, 'script'> & {
  onDeclined?: PlannedCancellation['input']['onDeclined'];
  /** In seconds; drawn where not given. */
  deadlineSeconds?: number;
};

/** Tasks live for seconds, or end with their deadline. */
const SCRIPTS = {
  canceled: { weight: 40, draw: (random: Random): Draw => ({ script: { settlesAfterMs: lifeMs(random, 60) } }) },
  endsOtherwise: {
    weight: 10,
    draw: (random) => ({
      script: { settlesAs: oneOf(random, ['FINISHED', 'FAILED']), settlesAfterMs: lifeMs(random, 40) },
    }),
  },
  overBefore: {
    weight: 6,
    draw: (random) => ({ script: { endsAs: oneOf(random, ['FINISHED', 'FAILED']), endsAfterMs: 1 } }),
  },
  declined: { weight: 8, draw: () => ({ script: { onCancel: 'decline' }, deadlineSeconds: 150 }) },
  declinedAndMonitored: {
    weight: 5,
    draw: (random) => ({ script: { onCancel: 'decline', endsAfterMs: lifeMs(random, 40) }, onDeclined: 'monitor' }),
  },
  declinedAtFirst: {
    weight: 6,
    draw: (random) => ({
      script: { cancelableAfterMs: lifeMs(random, 25), settlesAfterMs: lifeMs(random, 10) },
      onDeclined: 'retry',
    }),
  },
  ignored: {
    weight: 5,
    draw: (random) => ({ script: { onCancel: 'ignore', endsAfterMs: lifeMs(random, 60) } }),
  },
  endless: {
    weight: 6,
    draw: (random) => ({ script: { settlesAfterMs: 10_000_000 }, deadlineSeconds: 10 + Math.round(35 * random()) }),
  },
  vanishing: {
    weight: 4,
    draw: (random) => ({
      script: { settlesAfterMs: 10_000_000, vanishesAfterMs: lifeMs(random, 20) },
      deadlineSeconds: 160,
    }),
  },
  missing: { weight: 4, draw: () => ({ script: null }) },
} satisfies Record<string, { weight: number; draw: (random: Random) => Draw }>;
type ScriptKind = keyof typeof SCRIPTS;

const PACES: readonly PlannedCancellation['input']['poll'][] = [
  {},
  { min: '500ms', max: '3s' },
  { min: '1s', max: '5s' },
  { min: '2s', max: '10s', ratio: 0.2 },
];

function drawCancellation(random: Random, seed: number, index: number, lastsMs: number): PlannedCancellation {
  const kind = drawKind(random);
  const drawn: Draw = SCRIPTS[kind].draw(random);
  const { script, onDeclined = 'return', deadlineSeconds = 80 + Math.round(40 * random()) } = drawn;
  // The longest ones begin early: nothing is left to see of the others while they last.
  const isLong = deadlineSeconds > LONG_SECONDS;
  const estimate = oneOf(random, ['good', 'none', 'stuck', 'wild'] as const);
  return {
    kind,
    orgId: `org-${1 + Math.floor(ORGANIZATIONS * random())}`,
    taskId: `${kind}-${seed}-${index}`,
    startAtMs: Math.round((isLong ? 0.5 : 1) * lastsMs * random()),
    copies: random() < COPIES_SHARE ? 2 + Math.floor(2 * random()) : 1,
    script: script && { ...script, estimate },
    input: {
      deadline: `${deadlineSeconds}s`,
      onDeclined,
      maxCancelRequests: 1 + Math.floor(5 * random()),
      poll: oneOf(random, PACES),
    },
  };
}

function drawKind(random: Random): ScriptKind {
  return weighted(random, Object.keys(SCRIPTS) as ScriptKind[], (kind) => SCRIPTS[kind].weight);
}

/** Short lives are as frequent as long ones. */
function lifeMs(random: Random, mostSeconds: number): number {
  return Math.round(SECOND_MS * mostSeconds ** random());
}

const OPERATION_WEIGHTS: Record<PlannedOperation['kind'], number> = {
  pollNow: 6,
  reissueCancel: 4,
  extendDeadline: 4,
  stopMonitoring: 2,
  cancelWorkflow: 1,
  reset: 2,
  pause: 2,
};

function drawOperation(random: Random, cancellations: readonly PlannedCancellation[]): PlannedOperation {
  const index = Math.floor(cancellations.length * random());
  const startAtMs = cancellations[index]?.startAtMs ?? 0;
  return {
    kind: weighted(random, OPERATIONS, (kind) => OPERATION_WEIGHTS[kind]),
    index,
    atMs: startAtMs + lifeMs(random, 30),
    byMs: SECOND_MS + Math.round(9 * SECOND_MS * random()),
  };
}

function drawPoison(random: Random, seed: number, count: number, lastsMs: number): PlannedPoison[] {
  const refused = hostileInput({ orgId: 'org-1', taskId: 'poison' }).filter((input) => !parseCancelTaskInput(input).ok);
  return fc.sample(refused, { seed, numRuns: count }).map((input) => ({ atMs: Math.round(lastsMs * random()), input }));
}

function drawFaults(random: Random, lastsMs: number, kindsOnce: readonly FaultKind[]): PlannedFault[] {
  const rounds = Math.max(1, Math.round(lastsMs / (BETWEEN_FAULTS_MS * kindsOnce.length)));
  const kinds = Array.from({ length: rounds }, () => shuffled(random, kindsOnce)).flat();
  const spacingMs = (lastsMs - FIRST_FAULT_MS) / kinds.length;
  return kinds.map((kind, index) => {
    const [least, most] = FAULT_SECONDS[kind];
    return {
      kind,
      atMs: Math.round(FIRST_FAULT_MS + spacingMs * (index + random())),
      lastsMs: Math.round(SECOND_MS * (least + (most - least) * random())),
      worker: Math.floor(WORKERS * random()),
      share: 0.3 + 0.6 * random(),
      seed: Math.floor(2 ** 32 * random()),
    };
  });
}

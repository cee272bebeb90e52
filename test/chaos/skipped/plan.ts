import type { Random } from '../../../bench/kit/random';
import { seededRandom } from '../../../bench/kit/random';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../domain/contract/duration';
import { MAX_DEADLINE_MS } from '../../../domain/contract/limits';
import { oneOf, shuffled, weighted } from '../draw';
import type { PlannedCancellation, PlannedOperation } from '../plan';

/** All that a campaign in skipped time does, from its seed alone. */
export interface SkippedPlan {
  seed: number;
  /** Each has a Temporal, and with it a time, of its own. */
  shards: readonly ShardPlan[];
}

/** Instants count from the beginning. */
export interface ShardPlan {
  cancellations: readonly PlannedCancellation[];
  operations: readonly PlannedOperation[];
  faults: readonly SkippedFault[];
  /**
   * Whether the worker keeps runs in its memory. This server takes no run back from a worker that
   * has gone: only one that keeps none, and replays them for every task, is replaced.
   */
  keepsRuns: boolean;
  /** When a new worker comes in its place. */
  replacementsAtMs: readonly number[];
}

export interface SkippedFault {
  kind: SkippedFaultKind;
  atMs: number;
  lastsMs: number;
  /** Null: of all of them. */
  orgId: string | null;
  /** Of the calls that it can concern. */
  share: number;
  /** For what the fault draws itself. */
  seed: number;
}

/** As many as keep two cores busy. Where every task is a replay, fewer take as long. */
const SHARDS = [
  { share: 0.31, keepsRuns: true },
  { share: 0.31, keepsRuns: true },
  { share: 0.31, keepsRuns: true },
  { share: 0.07, keepsRuns: false },
];

/**
 * How long each lasts, and whether one organization alone has it: every run that it concerns calls
 * once a minute all that time, unless a Retry-After has it wait longer.
 */
const FAULTS = {
  serverErrors: { lastsMs: [MINUTE_MS, 4 * HOUR_MS], ofOne: true },
  serverErrorsWithRetryAfter: { lastsMs: [10 * MINUTE_MS, 12 * HOUR_MS], ofOne: false },
  tooMany: { lastsMs: [MINUTE_MS, 2 * HOUR_MS], ofOne: true },
  tooManyWithRetryAfter: { lastsMs: [10 * MINUTE_MS, 12 * HOUR_MS], ofOne: false },
  noConnection: { lastsMs: [MINUTE_MS, 3 * HOUR_MS], ofOne: true },
  lostAnswers: { lastsMs: [5 * MINUTE_MS, 2 * HOUR_MS], ofOne: false },
  htmlPages: { lastsMs: [MINUTE_MS, 3 * HOUR_MS], ofOne: true },
  truncated: { lastsMs: [5 * MINUTE_MS, HOUR_MS], ofOne: false },
  hanging: { lastsMs: [MINUTE_MS, 10 * MINUTE_MS], ofOne: true },
  duplicated: { lastsMs: [10 * MINUTE_MS, 2 * HOUR_MS], ofOne: false },
  unauthorized: { lastsMs: [MINUTE_MS, HOUR_MS], ofOne: true },
  forbidden: { lastsMs: [MINUTE_MS, HOUR_MS], ofOne: true },
  echoes: { lastsMs: [10 * MINUTE_MS, 2 * HOUR_MS], ofOne: false },
  prematureLists: { lastsMs: [4 * HOUR_MS, 24 * HOUR_MS], ofOne: false },
  signInAway: { lastsMs: [30 * MINUTE_MS, 3 * HOUR_MS], ofOne: false },
  signInRefuses: { lastsMs: [20 * MINUTE_MS, 90 * MINUTE_MS], ofOne: false },
} as const satisfies Record<string, { lastsMs: readonly [number, number]; ofOne: boolean }>;
export type SkippedFaultKind = keyof typeof FAULTS;
export const SKIPPED_FAULT_KINDS = Object.keys(FAULTS) as SkippedFaultKind[];

const BETWEEN_STARTS_MS = 4 * MINUTE_MS;
const BETWEEN_FAULTS_MS = 30 * MINUTE_MS;
const BETWEEN_REPLACEMENTS_MS = 10 * MINUTE_MS;
/** Faults, too, after the last start. */
const AFTERWARDS_MS = 6 * HOUR_MS;

const ORGANIZATIONS = 10;
/** So many of so many are a crowd. */
const CROWD = 5;
const CROWD_EVERY = 60;
const OPERATIONS_AT_REPLACEMENT = 4;
const COPIES_SHARE = 0.1;
const OPERATED_SHARE = 0.35;
const MOST_OPERATIONS_AT_ONCE = 3;

export function skippedPlan({ seed, cancellations }: { seed: number; cancellations: number }): SkippedPlan {
  let left = cancellations;
  const shards = SHARDS.map(({ share, keepsRuns }, shard) => {
    const isLast = shard === SHARDS.length - 1;
    const count = isLast ? left : Math.floor(share * cancellations);
    left -= count;
    return shardPlan(seededRandom(seed * SHARDS.length + shard), { shard, count, keepsRuns });
  });
  return { seed, shards };
}

interface Outline {
  shard: number;
  count: number;
  keepsRuns: boolean;
}

function shardPlan(random: Random, outline: Outline): ShardPlan {
  const { shard, count, keepsRuns } = outline;
  const startsMs = count * BETWEEN_STARTS_MS;
  const cancellations = drawCancellations(random, outline);
  const replacements = keepsRuns ? 0 : Math.ceil(startsMs / BETWEEN_REPLACEMENTS_MS);
  const replacementsAtMs = Array.from({ length: replacements }, () => Math.round(startsMs * random()));
  return {
    cancellations,
    operations: [
      ...cancellations.flatMap((one, index) => drawOperations(random, one, index)),
      ...replacementsAtMs.flatMap((atMs) => operationsAt(atMs, cancellations)),
    ],
    faults: drawFaults(random, shard, startsMs + AFTERWARDS_MS),
    keepsRuns,
    replacementsAtMs,
  };
}

interface Draw {
  script: PlannedCancellation['script'];
  onDeclined?: PlannedCancellation['input']['onDeclined'];
  deadlineMs?: number;
  poll?: PlannedCancellation['input']['poll'];
}

/** Once a day, or an hour, is often enough for a task of days. */
const PATIENT = { min: '20m', max: '1h', ratio: 2 };

const SCRIPTS = {
  canceled: {
    weight: 34,
    draw: (random: Random): Draw => {
      const settlesAfterMs = lengthMs(random, 20 * SECOND_MS, 12 * HOUR_MS);
      return { script: { settlesAfterMs }, poll: paceOf(random, settlesAfterMs) };
    },
  },
  canceledAfterDays: {
    weight: 4,
    draw: (random) => ({
      script: { settlesAfterMs: lengthMs(random, DAY_MS, 8 * DAY_MS) },
      poll: PATIENT,
      deadlineMs: lengthMs(random, 2 * DAY_MS, MAX_DEADLINE_MS),
    }),
  },
  brief: {
    weight: 8,
    draw: (random) => ({
      script: {
        settlesAs: oneOf(random, ['CANCELED', 'CANCELED', 'FAILED']),
        settlesAfterMs: lengthMs(random, 5 * SECOND_MS, 10 * MINUTE_MS),
      },
    }),
  },
  endsOtherwise: {
    weight: 10,
    draw: (random) => ({
      script: {
        settlesAs: oneOf(random, ['FINISHED', 'FAILED']),
        settlesAfterMs: lengthMs(random, MINUTE_MS, 3 * HOUR_MS),
      },
    }),
  },
  /** Over, or nearly over, when the cancel comes: or else while a lost one is in doubt. */
  overBefore: {
    weight: 7,
    draw: (random) => ({
      script: { endsAs: oneOf(random, ['FINISHED', 'FAILED']), endsAfterMs: lengthMs(random, 1, MINUTE_MS) },
    }),
  },
  /** A cancel whose answer is lost has ended the task when it is sent again. */
  canceledAtOnce: { weight: 6, draw: (random) => ({ script: { settlesAfterMs: lengthMs(random, 1, 2 * SECOND_MS) } }) },
  declined: { weight: 8, draw: () => ({ script: { onCancel: 'decline' } }) },
  declinedAndMonitored: {
    weight: 5,
    draw: (random) => ({
      script: { onCancel: 'decline', endsAfterMs: lengthMs(random, MINUTE_MS, 12 * HOUR_MS) },
      onDeclined: 'monitor',
    }),
  },
  declinedAtFirst: {
    weight: 6,
    draw: (random) => ({
      script: {
        cancelableAfterMs: lengthMs(random, MINUTE_MS, 2 * HOUR_MS),
        settlesAfterMs: lengthMs(random, MINUTE_MS, HOUR_MS),
      },
      onDeclined: 'retry',
      // One that has used up its cancels is read to its deadline.
      deadlineMs: 4 * HOUR_MS,
    }),
  },
  ignored: {
    weight: 6,
    draw: (random) => ({ script: { onCancel: 'ignore', endsAfterMs: lengthMs(random, MINUTE_MS, 12 * HOUR_MS) } }),
  },
  endless: {
    weight: 5,
    draw: (random) => {
      const deadlineMs = lengthMs(random, 10 * MINUTE_MS, MAX_DEADLINE_MS);
      return { script: { settlesAfterMs: 2 * MAX_DEADLINE_MS }, deadlineMs, poll: paceOf(random, deadlineMs) };
    },
  },
  /** Its only read comes when the deadline does, and the task has ended shortly before. */
  endsByDeadline: {
    weight: 4,
    draw: (random) => {
      const deadlineMs = lengthMs(random, 20 * MINUTE_MS, 50 * MINUTE_MS);
      const settlesAfterMs = deadlineMs - lengthMs(random, 20 * SECOND_MS, 4 * MINUTE_MS);
      return { script: { settlesAfterMs }, deadlineMs, poll: { min: '1h', max: '1h' } };
    },
  },
  vanishing: {
    weight: 3,
    draw: (random) => ({
      script: {
        settlesAfterMs: 2 * MAX_DEADLINE_MS,
        vanishesAfterMs: lengthMs(random, MINUTE_MS, 6 * HOUR_MS),
      },
      deadlineMs: DAY_MS,
    }),
  },
  missing: { weight: 3, draw: () => ({ script: null }) },
  /** Enough reads to continue as new. */
  dense: {
    weight: 2,
    draw: (random) => ({
      script: { settlesAfterMs: lengthMs(random, 7 * MINUTE_MS, 13 * MINUTE_MS) },
      poll: { min: '1s', max: '1s' },
    }),
  },
} satisfies Record<string, { weight: number; draw: (random: Random) => Draw }>;
type Kind = keyof typeof SCRIPTS;

/** Several of one organization begin in one instant and read in step. */
function drawCrowded(random: Random): Draw {
  return {
    script: { settlesAfterMs: lengthMs(random, 40 * SECOND_MS, 5 * MINUTE_MS) },
    poll: { min: '30s', max: '30s' },
  };
}
const KINDS = Object.keys(SCRIPTS) as Kind[];
/** The others have long histories: replays of them would take the most of the time. */
const BRIEF_KINDS: readonly Kind[] = ['brief', 'overBefore', 'canceledAtOnce', 'declined', 'endsByDeadline', 'missing'];

/** A read a second all day would be nothing but reads. */
function paceOf(random: Random, lastsMs: number): PlannedCancellation['input']['poll'] {
  if (lastsMs > DAY_MS) return PATIENT;
  return oneOf(
    random,
    lastsMs > 10 * MINUTE_MS
      ? [{}, { min: '1m', max: '1h', ratio: 1 }]
      : [{}, { min: '2s', max: '10s', ratio: 0.2 }, { max: '1m' }],
  );
}

/** Short ones are as frequent as long ones. */
function lengthMs(random: Random, leastMs: number, mostMs: number): number {
  return Math.round(leastMs * (mostMs / leastMs) ** random());
}

function drawCancellations(random: Random, outline: Outline): PlannedCancellation[] {
  const drawn = Array.from({ length: outline.count }, (_, index) => drawCancellation(random, index, outline));
  return drawn.map((one, index) => {
    const leader = drawn[index - (index % CROWD_EVERY)];
    if (!isCrowded(index) || leader === undefined) return one;
    return { ...one, orgId: `${CROWD_ORG}-${leader.taskId}`, startAtMs: leader.startAtMs };
  });
}

function isCrowded(index: number): boolean {
  return index % CROWD_EVERY < CROWD;
}

/** Begins the ids of organizations whose reads share lists. */
export const CROWD_ORG = 'crowd';

function drawCancellation(random: Random, index: number, { shard, count, keepsRuns }: Outline): PlannedCancellation {
  const kinds = keepsRuns ? KINDS : BRIEF_KINDS;
  const kind = isCrowded(index) ? 'crowd' : weighted(random, kinds, (one) => SCRIPTS[one].weight);
  const drawn: Draw = kind === 'crowd' ? drawCrowded(random) : SCRIPTS[kind].draw(random);
  const { script, onDeclined = 'return', poll = {} } = drawn;
  const { deadlineMs = oneOf(random, [DAY_MS, 3 * DAY_MS, 7 * DAY_MS]) } = drawn;
  const estimate = oneOf(random, ['good', 'none', 'stuck', 'wild'] as const);
  return {
    kind,
    orgId: organization(random, shard),
    taskId: `${kind}-${shard}-${index}`,
    startAtMs: Math.round(count * BETWEEN_STARTS_MS * random()),
    copies: random() < COPIES_SHARE ? 2 : 1,
    script: script && { ...script, estimate },
    input: {
      deadline: `${Math.round(deadlineMs / SECOND_MS)}s`,
      onDeclined,
      maxCancelRequests: 1 + Math.floor(5 * random()),
      poll,
    },
  };
}

function organization(random: Random, shard: number): string {
  return `org-${shard}-${1 + Math.floor(ORGANIZATIONS * random())}`;
}

/** The server has neither pauses nor resets. */
const OPERATIONS = { pollNow: 6, reissueCancel: 4, extendDeadline: 4, stopMonitoring: 1, cancelWorkflow: 1 } as const;

/** Some come several in one instant. */
function drawOperations(random: Random, one: PlannedCancellation, index: number): PlannedOperation[] {
  if (random() >= OPERATED_SHARE) return [];
  const atMs = one.startAtMs + lengthMs(random, 500, 8 * HOUR_MS);
  return Array.from({ length: 1 + Math.floor(MOST_OPERATIONS_AT_ONCE * random() ** 2) }, () => ({
    kind: weighted(random, Object.keys(OPERATIONS) as (keyof typeof OPERATIONS)[], (kind) => OPERATIONS[kind]),
    index,
    atMs,
    byMs: lengthMs(random, MINUTE_MS, 2 * DAY_MS),
  }));
}

/** Calls that are under way when the worker goes: of the cancellations that began last. */
function operationsAt(atMs: number, cancellations: readonly PlannedCancellation[]): PlannedOperation[] {
  return cancellations
    .map(({ startAtMs }, index) => ({ startAtMs, index }))
    .filter(({ startAtMs }) => startAtMs < atMs)
    .toSorted((one, other) => other.startAtMs - one.startAtMs)
    .slice(0, OPERATIONS_AT_REPLACEMENT)
    .map(({ index }) => ({ kind: index % 2 === 0 ? 'pollNow' : 'reissueCancel', index, atMs, byMs: 0 }));
}

function drawFaults(random: Random, shard: number, withinMs: number): SkippedFault[] {
  const rounds = Math.max(1, Math.round(withinMs / (BETWEEN_FAULTS_MS * SKIPPED_FAULT_KINDS.length)));
  const kinds = Array.from({ length: rounds }, () => shuffled(random, SKIPPED_FAULT_KINDS)).flat();
  return kinds.map((kind, index) => {
    const { lastsMs, ofOne } = FAULTS[kind];
    return {
      kind,
      atMs: Math.round((withinMs * (index + random())) / kinds.length),
      lastsMs: lengthMs(random, ...lastsMs),
      orgId: ofOne ? organization(random, shard) : null,
      share: 0.3 + 0.7 * random(),
      seed: Math.floor(2 ** 32 * random()),
    };
  });
}

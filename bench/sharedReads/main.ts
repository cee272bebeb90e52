import { markdownTable } from '../kit/markdownTable';
import { SECOND_MS } from '../../domain/contract/duration';
import type { PollPace } from '../../domain/schedule/pollSchedule';
import { DEFAULT_POLL_PACE } from '../../domain/schedule/pollSchedule';
import { readWorkerConfiguration } from '../../worker/configuration';
import type { PlayedTask } from '../kit/mixes';
import { drawTasks, MIXES } from '../kit/mixes';
import { seededRandom } from '../kit/random';
import type { ListKind, Measured, ReadsKind } from './monitors';
import { measure } from './monitors';

/**
 * What it costs to watch many tasks of one organization, and how soon their ends are known: reads
 * that share lists beside reads that do not. The states, the poll schedule, the worker's shared
 * reads and its budget are the shipped ones; the API is in memory and time is made.
 */
/** An hour becomes six minutes. */
const MINUTES = 0.1;

interface Scene {
  title: string;
  count: number;
  scale?: number;
  paceScale?: number;
  estimates?: boolean;
  /** Of so many organizations' worth of tasks each, to tell a difference from chance. */
  rounds: number;
  lists: readonly ListKind[];
}

const DEGRADED: readonly ListKind[] = ['refused', 'slow', 'empty', 'half', 'still'];
const SCENES: readonly Scene[] = [
  { title: '1,000 tasks', count: 1_000, rounds: 3, lists: ['good', ...DEGRADED] },
  { title: '1,000 tasks, with estimates', count: 1_000, rounds: 3, estimates: true, lists: ['good', ...DEGRADED] },
  {
    title: '1,000 tasks, scaled to minutes with the pace',
    count: 1_000,
    rounds: 3,
    scale: MINUTES,
    paceScale: MINUTES,
    lists: ['good'],
  },
  {
    title: '1,000 tasks, scaled to minutes, the pace as it is',
    count: 1_000,
    rounds: 3,
    scale: MINUTES,
    lists: ['good'],
  },
  { title: '2,000 tasks', count: 2_000, rounds: 1, lists: ['good'] },
  { title: '100 tasks', count: 100, rounds: 20, lists: ['good'] },
  { title: '10 tasks', count: 10, rounds: 100, lists: ['good'] },
];

function tasksOf({ count, scale = 1, estimates = false }: Scene, round: number): PlayedTask[] {
  return drawTasks(MIXES.B, count, round).map(({ settlesAfterSeconds, estimateFactor }) => ({
    settlesAfterSeconds: settlesAfterSeconds * scale,
    estimateFactor: estimates ? estimateFactor : null,
  }));
}

async function measured(scene: Scene, reads: ReadsKind, list: ListKind): Promise<Measured[]> {
  const { rounds, paceScale = 1 } = scene;
  const { minMs, maxMs, ratio } = DEFAULT_POLL_PACE;
  const pollPace: PollPace = { minMs: minMs * paceScale, maxMs: maxMs * paceScale, ratio };
  const all: Measured[] = [];
  for (let round = 1; round <= rounds; round += 1)
    all.push(await measure(tasksOf(scene, round), { reads, list, pollPace, random: seededRandom(round) }));
  return all;
}

interface Row {
  name: string;
  calls: number;
  cells: (string | number)[];
  lagMs: number;
}

function rowOf(name: string, all: readonly Measured[], count: number): Row {
  const cancellations = all.length * count;
  const perCancellation = (of: (one: Measured) => number) => all.reduce((sum, one) => sum + of(one), 0) / cancellations;
  const most = (of: (one: Measured) => number) => Math.max(...all.map(of));
  const lagsMs = all.flatMap(({ lagsMs }) => lagsMs).sort((one, other) => one - other);
  const lagMs = lagsMs.reduce((sum, ms) => sum + ms, 0) / lagsMs.length;
  const [singles, lists] = [
    perCancellation(({ readsSent }) => readsSent),
    perCancellation(({ listsSent }) => listsSent),
  ];
  const fromSingles = perCancellation(({ verdictsFromSingles }) => verdictsFromSingles);
  if (fromSingles !== 1) throw new Error(`${name}: a verdict without an individual read that returned it`);
  return {
    name,
    calls: singles + lists,
    lagMs,
    cells: [
      (singles + lists).toFixed(2),
      singles.toFixed(2),
      lists.toFixed(2),
      perCancellation(({ polls }) => polls).toFixed(1),
      seconds(lagMs),
      seconds(lagsMs[Math.floor(0.95 * lagsMs.length)] ?? NaN),
      most(({ busiest }) => busiest),
      most(({ busiestOfPolls }) => busiestOfPolls),
      seconds(most(({ longestReadMs }) => longestReadMs)),
      most(({ mostInHand }) => mostInHand),
      perCancellation(({ troubles }) => troubles).toFixed(2),
      seconds(most(({ longestUncheckedMs }) => longestUncheckedMs)),
    ],
  };
}

function seconds(ms: number): string {
  return (ms / SECOND_MS).toFixed(1);
}

const COLUMNS = [
  'calls',
  'singles',
  'lists',
  'polls',
  'lag s',
  'p95 s',
  'calls/s',
  'polls/s',
  'read s',
  'in hand',
  'put off',
  'unchecked s',
];

async function show(scene: Scene, withinMs: number): Promise<void> {
  const bare = rowOf('bare client', await measured(scene, 'bare', 'good'), scene.count);
  const single = rowOf('single', await measured(scene, { withinMs: 0 }, 'good'), scene.count);
  const rows = [bare, single];
  for (const list of scene.lists) {
    const name = list === 'good' ? 'shared' : `list ${list}`;
    rows.push(rowOf(name, await measured(scene, { withinMs }, list), scene.count));
  }
  const head = ['', ...COLUMNS, 'calls ×', 'lag × bare', 'lag × single'];
  const lines = rows.map(({ name, calls, cells, lagMs }) => [
    name,
    ...cells.map(String),
    (calls / bare.calls).toFixed(3),
    (lagMs / bare.lagMs).toFixed(2),
    (lagMs / single.lagMs).toFixed(2),
  ]);
  console.log(`\n${scene.title}, ${scene.rounds} times\n${markdownTable(head, lines)}`);
}

async function main(): Promise<void> {
  const configuration = await readWorkerConfiguration({ VMC_API_TOKEN: 'bench' });
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const { sharedReadsWithinMs } = configuration.value;
  console.log(
    [
      `Mix B, all tasks of one organization cancelled in one instant; held for ${seconds(sharedReadsWithinMs)} s at the most.`,
      'bare client: single reads without the budget of the worker. single: with it, sharing off. list …: what its list does.',
      'calls, singles, lists, polls, put off: a cancellation. calls/s, polls/s: the busiest second. read: the longest from its start to its answer. in hand: reads at a time.',
    ].join('\n'),
  );
  for (const scene of SCENES) await show(scene, sharedReadsWithinMs);
}

void main();

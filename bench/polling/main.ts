import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { markdownTable } from '../kit/markdownTable';
import type { EstimateAt } from '../kit/estimates';
import { estimateOf } from '../kit/estimates';
import type { MixName, PlayedTask } from '../kit/mixes';
import { drawTasks, MIX_NAMES, MIXES } from '../kit/mixes';
import { BAD_ESTIMATES } from './badEstimates';
import type { FrontierPoint } from './frontier';
import { frontierCalls, frontierOf } from './frontier';
import { HERD_SIZE, herdMaxima, HERDS } from './herds';
import type { Measured } from './measure';
import { measured } from './measure';
import { PEERS, peerReadsSeconds } from './peers';
import type { Panel, PlottedPoint } from './plot';
import { plotted } from './plot';
import { BadLine, schedulesOf } from './scheduleLines';
import { shippedReadsSeconds } from './shippedReads';
import { seededRandom, seedOf } from '../kit/random';

/**
 * The shipped poll schedule beside the schedules of other clients: calls and lag over two mixes of
 * tasks, and how far each is from the best fixed schedule. Nothing waits and nothing is called:
 * tasks are played.
 */
const TASKS = 20_000;
const TASKS_OF_BAD_ESTIMATES = 5_000;
const HERD_SEEDS = Array.from({ length: 24 }, (_, n) => n + 1);
const SEED = 1;
const PLOT = path.join(__dirname, '..', '..', 'docs', 'images', 'polling.svg');
const MIX_TITLES: Record<MixName, string> = {
  A: 'Mix A: median 10 min',
  B: 'Mix B: 60 % about 30 s, 25 % about 10 min, 15 % about 1 h',
};

interface Row extends Measured {
  name: string;
  ours: boolean;
}

const noEstimate: EstimateAt = () => null;

function shipped(tasks: readonly PlayedTask[], estimates: (task: PlayedTask) => EstimateAt): Measured {
  return measured(tasks, (task, index) =>
    shippedReadsSeconds(task.settlesAfterSeconds, estimates(task), seededRandom(seedOf(`task ${index}`))),
  );
}

function rowsOf(mix: MixName): Row[] {
  const tasks = drawTasks(MIXES[mix], TASKS, SEED);
  return [
    ...PEERS.map((peer) => ({
      name: peer.name,
      ours: false,
      ...measured(tasks, ({ settlesAfterSeconds }) => peerReadsSeconds(peer, settlesAfterSeconds)),
    })),
    { name: 'vmc-cancel', ours: true, ...shipped(tasks, () => noEstimate) },
    { name: 'vmc-cancel, estimates', ours: true, ...shipped(tasks, estimateOf) },
  ];
}

function printTable(head: string[], rows: string[][]): void {
  console.log(`${markdownTable(head, rows)}
`);
}

function printMix(mix: MixName, rows: readonly Row[], frontier: readonly FrontierPoint[]): void {
  console.log(`${MIX_TITLES[mix]}; ${TASKS} tasks`);
  printTable(
    ['', 'calls', 'mean lag', '95 % lag', 'lag / time taken', 'calls / best at that lag'],
    rows.map((row) => [
      row.name,
      row.calls.toFixed(1),
      `${row.lagSeconds.toFixed(1)} s`,
      `${row.lag95Seconds.toFixed(0)} s`,
      row.relativeLag.toFixed(2),
      (row.calls / frontierCalls(frontier, row.lagSeconds)).toFixed(2),
    ]),
  );
}

function printBadEstimates(): void {
  console.log('What a bad estimate costs, if every task has it: times the calls and the lag without one');
  const perMix = MIX_NAMES.map((mix) => {
    const tasks = drawTasks(MIXES[mix], TASKS_OF_BAD_ESTIMATES, SEED);
    const without = shipped(tasks, () => noEstimate);
    return BAD_ESTIMATES.map((bad) => {
      const withIt = shipped(tasks, bad.estimateOf);
      return [(withIt.calls / without.calls).toFixed(2), (withIt.lagSeconds / without.lagSeconds).toFixed(2)];
    });
  });
  printTable(
    ['', ...MIX_NAMES.flatMap((mix) => [`${mix}: calls`, `${mix}: lag`])],
    BAD_ESTIMATES.map(({ name }, n) => [name, ...perMix.flatMap((rows) => rows[n] ?? [])]),
  );
}

function printHerds(): void {
  console.log(
    `The most reads in a second of ${HERD_SIZE} cancellations started at once, over ${HERD_SEEDS.length} seeds`,
  );
  printTable(
    ['', 'median', 'most'],
    HERDS.map((herd) => {
      const maxima = herdMaxima(herd, HERD_SEEDS).sort((a, b) => a - b);
      return [herd.name, String(maxima[maxima.length >> 1]), String(maxima.at(-1))];
    }),
  );
}

/** Where a name has room. */
function labelAt({ name, lagSeconds }: Row): PlottedPoint['labelAt'] {
  if (name.endsWith('estimates')) return 'bottom';
  return lagSeconds > 50 ? 'left' : 'right';
}

async function compare(): Promise<void> {
  const panels = MIX_NAMES.map((mix): Panel => {
    const frontier = frontierOf(MIXES[mix]);
    const rows = rowsOf(mix);
    printMix(mix, rows, frontier);
    return {
      mix,
      title: MIX_TITLES[mix],
      frontier,
      points: rows.map((row) => ({ ...row, labelAt: labelAt(row) })),
    };
  });
  printBadEstimates();
  printHerds();
  await writeFile(PLOT, plotted(panels));
}

async function printSchedules(): Promise<void> {
  try {
    process.stdout.write(`${schedulesOf(await text(process.stdin)).join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof BadLine)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}

async function main(): Promise<void> {
  const { values: flags } = parseArgs({ options: { schedule: { type: 'boolean', default: false } } });
  await (flags.schedule ? printSchedules() : compare());
}

void main();

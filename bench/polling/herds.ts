import { mostInASecond } from '../kit/busiestSecond';
import type { EstimateAt } from '../kit/estimates';
import { estimateOf } from '../kit/estimates';
import { drawTasks, MIXES } from '../kit/mixes';
import { seededRandom, seedOf } from '../kit/random';
import { shippedReadsSeconds } from './shippedReads';

export const HERD_SIZE = 1_000;
/**
 * The reads of a herd are thickest in its beginning and at its common end; none is followed longer
 * than this.
 */
const FOLLOWED_SECONDS = 1_800;

export interface Herd {
  name: string;
  task: (index: number, seed: number) => { settlesAfterSeconds: number; estimateAt: EstimateAt };
}

const none: EstimateAt = () => null;

function together(name: string, settlesAfterSeconds: number, estimateAt?: EstimateAt): Herd {
  const estimate = estimateAt ?? estimateOf({ settlesAfterSeconds, estimateFactor: 1 });
  return { name, task: () => ({ settlesAfterSeconds, estimateAt: estimate }) };
}

/** A thousand that were started in one instant: the worst that their tasks could do together. */
export const HERDS: readonly Herd[] = [
  together('no end, no estimate', FOLLOWED_SECONDS, none),
  together('all end at 2 min, true estimates', 120),
  together('all end at 5 min, true estimates', 300),
  together('all end at 10 min, true estimates', 600),
  together('all end at 30 min, true estimates', 1_800),
  together('no end, all say 5 min for ever', FOLLOWED_SECONDS, () => 5),
  together('no end, all say 1 min for ever', FOLLOWED_SECONDS, () => 1),
  together('no end, all count down to 10 min', FOLLOWED_SECONDS, (at) => Math.max(1, Math.ceil((600 - at) / 60))),
  {
    name: 'mix B, estimates as above',
    task: (index, seed) => {
      const [task] = drawTasks(MIXES.B, 1, seed + index);
      if (task === undefined) throw new Error('one task was drawn');
      return { settlesAfterSeconds: task.settlesAfterSeconds, estimateAt: estimateOf(task) };
    },
  },
];

/** The most reads in a second that the herd makes, for each of the seeds. */
export function herdMaxima(herd: Herd, seeds: readonly number[]): number[] {
  return seeds.map((seed) => {
    const reads = Array.from({ length: HERD_SIZE }, (_, index) => {
      const { settlesAfterSeconds, estimateAt } = herd.task(index, seed * HERD_SIZE);
      return shippedReadsSeconds(settlesAfterSeconds, estimateAt, seededRandom(seedOf(`${seed} ${index}`)));
    });
    return mostInASecond(reads.flat());
  });
}

import type { EstimateAt } from '../kit/estimates';
import { estimateOf } from '../kit/estimates';
import type { PlayedTask } from '../kit/mixes';

/** Estimates that are worth nothing, or worse, each for every task. */
export const BAD_ESTIMATES: readonly { name: string; estimateOf: (task: PlayedTask) => EstimateAt }[] = [
  { name: 'stuck at 10 min', estimateOf: () => () => 10 },
  { name: 'stuck at 1 min', estimateOf: () => () => 1 },
  { name: 'always 0', estimateOf: () => () => 0 },
  { name: 'always a million', estimateOf: () => () => 1_000_000 },
  { name: '100 times the truth', estimateOf: (task) => estimateOf({ ...task, estimateFactor: 100 }) },
  { name: 'a hundredth of the truth', estimateOf: (task) => estimateOf({ ...task, estimateFactor: 0.01 }) },
  {
    name: 'true, but of an end an hour later',
    estimateOf: ({ settlesAfterSeconds }) =>
      estimateOf({ settlesAfterSeconds: settlesAfterSeconds + 3_600, estimateFactor: 1 }),
  },
];

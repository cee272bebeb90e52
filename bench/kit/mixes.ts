import type { Random } from './random';
import { lognormal, seededRandom } from './random';

/** Lognormal parts of the time from the cancel to the end. */
interface Part {
  share: number;
  medianSeconds: number;
  sigma: number;
}

export type Mix = readonly Part[];

export const MIXES = {
  A: [{ share: 1, medianSeconds: 600, sigma: 1 }],
  B: [
    { share: 0.6, medianSeconds: 30, sigma: 0.7 },
    { share: 0.25, medianSeconds: 600, sigma: 0.6 },
    { share: 0.15, medianSeconds: 3600, sigma: 0.5 },
  ],
} as const satisfies Record<string, Mix>;

export type MixName = keyof typeof MIXES;
export const MIX_NAMES = ['A', 'B'] as const satisfies readonly MixName[];

/** One task as a bench plays it. */
export interface PlayedTask {
  settlesAfterSeconds: number;
  /** What the server's estimate is off by, or null where the server has none. */
  estimateFactor: number | null;
}

const ESTIMATE_KNOWN_SHARE = 0.6;
const ESTIMATE_SIGMA = 0.4;

/** Tasks of a mix; a share of them has an estimate, off by a factor that stays the same. */
export function drawTasks(mix: Mix, count: number, seed: number): PlayedTask[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => {
    const { medianSeconds, sigma } = drawPart(mix, random());
    const settlesAfterSeconds = lognormal(random, medianSeconds, sigma);
    return { settlesAfterSeconds, estimateFactor: estimateFactor(random) };
  });
}

/** How far a task's estimate is off; null: it has none. */
export function estimateFactor(random: Random): number | null {
  const isKnown = random() < ESTIMATE_KNOWN_SHARE;
  const factor = lognormal(random, 1, ESTIMATE_SIGMA);
  return isKnown ? factor : null;
}

function drawPart(mix: Mix, at: number): Part {
  let below = 0;
  const found = mix.find(({ share }) => (below += share) > at) ?? mix.at(-1);
  if (found === undefined) throw new Error('a mix has at least one part');
  return found;
}

/** The share of tasks that have ended by then. */
export function endedShare(mix: Mix, seconds: number): number {
  if (seconds <= 0) return 0;
  return mix.reduce(
    (sum, { share, medianSeconds, sigma }) => sum + share * normalShare(Math.log(seconds / medianSeconds) / sigma),
    0,
  );
}

/** The standard normal distribution, by Abramowitz and Stegun 7.1.26: right to seven digits. */
function normalShare(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const tail =
    t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)))) *
    Math.exp(-z * z);
  return x < 0 ? tail / 2 : 1 - tail / 2;
}

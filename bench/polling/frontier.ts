import type { Mix } from '../kit/mixes';
import { endedShare } from '../kit/mixes';

/** What the best fixed schedule that knows the mix needs, for one price of a second of lag. */
export interface FrontierPoint {
  calls: number;
  lagSeconds: number;
}

const FINEST_STEP_SECONDS = 0.5;
const STEP_SHARE = 1 / 400;
const HORIZON_SECONDS = 120_000;
/**
 * The cost of a gap falls and then rises with its length: after so many steps that are no better,
 * none will be.
 */
const STEPS_PAST_THE_BEST = 60;

/** Calls a second of lag is worth, from dear to cheap. */
const LAG_PRICES = Array.from({ length: 36 }, (_, n) => 40 * 0.8 ** n);

/**
 * Dynamic programming over the instants of a grid: the least of calls + price × lag, over all fixed
 * schedules, from the end of time back to the cancel. Less lag first.
 */
export function frontierOf(mix: Mix): FrontierPoint[] {
  const atSeconds = gridSeconds();
  const ended = atSeconds.map((seconds) => endedShare(mix, seconds));
  const endedArea = cumulativeArea(atSeconds, ended);
  /** Seconds of lag, over all tasks, of those that end between two reads next to each other. */
  const lagBetween = (from: number, to: number) =>
    at(endedArea, to) - at(endedArea, from) - at(ended, from) * (at(atSeconds, to) - at(atSeconds, from));
  return LAG_PRICES.map((price) => {
    const costs = new Float64Array(atSeconds.length);
    const calls = new Float64Array(atSeconds.length);
    const lags = new Float64Array(atSeconds.length);
    for (let from = atSeconds.length - 2; from >= 0; from -= 1) {
      const running = 1 - at(ended, from);
      let best = { cost: Infinity, to: from + 1 };
      for (let to = from + 1; to < atSeconds.length && to - best.to <= STEPS_PAST_THE_BEST; to += 1) {
        const cost = running + price * lagBetween(from, to) + at(costs, to);
        if (cost < best.cost) best = { cost, to };
      }
      costs[from] = best.cost;
      calls[from] = running + at(calls, best.to);
      lags[from] = lagBetween(from, best.to) + at(lags, best.to);
    }
    return { calls: at(calls, 0), lagSeconds: at(lags, 0) };
  });
}

/**
 * The calls that the best fixed schedule makes at this mean lag: between two points, a straight
 * line on logarithmic axes.
 */
export function frontierCalls(frontier: readonly FrontierPoint[], lagSeconds: number): number {
  const next = frontier.findIndex((point) => point.lagSeconds >= lagSeconds);
  const [before, after] = [frontier[next - 1], frontier[next]];
  if (before === undefined || after === undefined) return NaN;
  const share = Math.log(lagSeconds / before.lagSeconds) / Math.log(after.lagSeconds / before.lagSeconds);
  return before.calls * (after.calls / before.calls) ** share;
}

function gridSeconds(): number[] {
  const grid = [0];
  for (let seconds = 0; seconds < HORIZON_SECONDS;) {
    seconds += Math.max(FINEST_STEP_SECONDS, seconds * STEP_SHARE);
    grid.push(seconds);
  }
  return grid;
}

function cumulativeArea(x: readonly number[], y: readonly number[]): number[] {
  let area = 0;
  return x.map((right, n) => {
    if (n > 0) area += ((at(y, n - 1) + at(y, n)) / 2) * (right - at(x, n - 1));
    return area;
  });
}

function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? 0;
}

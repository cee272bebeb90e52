import { makeCalls, sourceProcess } from './answers/campaign';
import { Calls } from './answers/calls';
import { InputStage } from './inputs/campaign';
import type { Memory } from './memory';
import { growthProblem, liveBytes } from './memory';
import type { Part } from './report';
import { Tally } from './tally';

const MEBI = 1024 * 1024;

/** What is taken once, such as compiled code and caches that fill, is no growth. */
const WARM_UP_SHARE = 0.25;

/**
 * Of this process, nothing in flight: 75,000 answers that leave 50 bytes each would pass it. A
 * listener, a timer or a promise that is kept takes more.
 */
const MAX_CLIENT_GROWTH_BYTES = 4 * MEBI;

/**
 * Of the whole worker. It is no live memory: the SDK's threads, their heaps and a cache of hundreds
 * of runs take and return it as they like, within about a hundred mebibytes. 15,000 inputs that
 * leave 15 kB each would pass it: one run that is not evicted takes more.
 */
const MAX_WORKER_GROWTH_BYTES = 200 * MEBI;

function noted(memory: Memory, tally: Tally): Memory {
  const problem = growthProblem(memory);
  if (problem !== null) tally.find(null, problem);
  return memory;
}

export async function answersPart(seed: number, count: number): Promise<Part> {
  const beganAtMs = Date.now();
  const tally = new Tally();
  const source = await sourceProcess(seed);
  const calls = new Calls(source.url);
  const warm = Math.floor(WARM_UP_SHARE * count);
  await makeCalls(calls, seed, { from: 0, to: warm }, tally);
  calls.close();
  const beforeBytes = await liveBytes();
  await makeCalls(calls, seed, { from: warm, to: count }, tally);
  calls.close();
  const afterBytes = await liveBytes();
  await source.stop();
  const memory = noted(
    { what: 'live, of the client', beforeBytes, afterBytes, maxGrowthBytes: MAX_CLIENT_GROWTH_BYTES },
    tally,
  );
  return { name: 'answers', count, tally, memory, tookMs: Date.now() - beganAtMs };
}

export async function inputsPart(seed: number, count: number): Promise<Part> {
  const beganAtMs = Date.now();
  const tally = new Tally();
  const stage = await InputStage.begin();
  const warm = Math.floor(WARM_UP_SHARE * count);
  await stage.sendFixed(seed, tally);
  await stage.sendDrawn(seed, { from: 0, to: warm }, tally);
  const beforeBytes = await stage.residentBytes();
  await stage.sendDrawn(seed, { from: warm, to: count }, tally);
  const afterBytes = await stage.residentBytes();
  await stage.end(tally);
  const memory = noted(
    { what: 'resident, of the worker', beforeBytes, afterBytes, maxGrowthBytes: MAX_WORKER_GROWTH_BYTES },
    tally,
  );
  return { name: 'inputs', count, tally, memory, tookMs: Date.now() - beganAtMs };
}

/** @param only a17 of the answers, i17 of the inputs, or f3 of the inputs that are not drawn */
export async function onlyPart(seed: number, only: string): Promise<Part> {
  const beganAtMs = Date.now();
  const tally = new Tally();
  if (only.startsWith('a')) {
    const source = await sourceProcess(seed);
    const calls = new Calls(source.url);
    const index = Number(only.slice(1));
    await makeCalls(calls, seed, { from: index, to: index + 1 }, tally);
    calls.close();
    await source.stop();
  } else {
    const stage = await InputStage.begin();
    await stage.sendOne(seed, only, tally);
    await stage.end(tally);
  }
  return { name: only, count: 1, tally, memory: null, tookMs: Date.now() - beganAtMs };
}

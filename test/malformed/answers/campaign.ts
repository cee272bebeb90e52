import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { atMost } from '../../../bench/kit/atMost';
import type { Tally } from '../tally';
import type { Calls, Observed } from './calls';
import { drawnAnswer, operationOf } from './draw';
import { expectedOf } from './expected';
import { isDisturbed, outcomeOf, problemsOf } from './judge';
import { HostileServer } from './server';

const IN_FLIGHT = 32;
/** On a connection of its own an answer comes through, unless the machine has too much to do. */
const MAX_ATTEMPTS = 3;

/** Where the answers come from. */
export interface Source {
  url: string;
  stop: () => Promise<void>;
}

/** In a process of its own, so that this one's memory is the client's. */
export async function sourceProcess(seed: number): Promise<Source> {
  const child = fork(path.join(__dirname, 'serverProcess.ts'), { execArgv: ['--import', 'tsx'] });
  child.send(seed);
  const [url] = (await once(child, 'message')) as [string];
  return {
    url,
    stop: async () => {
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

export async function sourceHere(seed: number): Promise<Source> {
  const server = await HostileServer.start(seed);
  return { url: server.url, stop: () => server.stop() };
}

/** Makes the calls of these numbers, and notes what each came to. */
export async function makeCalls(
  calls: Calls,
  seed: number,
  { from, to }: { from: number; to: number },
  tally: Tally,
): Promise<void> {
  const stray = (error: unknown) => {
    tally.find(
      null,
      `an error that nobody has caught: ${error instanceof Error ? String(error.stack) : String(error)}`,
    );
  };
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.on(event, stray);
  const indexes = Array.from({ length: to - from }, (_, offset) => from + offset);
  const expected = (index: number) => expectedOf(drawnAnswer(seed, index), operationOf(index));
  const note = (index: number, observed: Observed) => {
    tally.note(`${observed.operation} ${outcomeOf(observed)}`, observed.tookMs);
    for (const problem of problemsOf(observed, expected(index))) tally.find(`a${index}`, problem);
  };
  const disturbed: number[] = [];
  await atMost(IN_FLIGHT, indexes, async (index) => {
    const observed = await calls.make(index);
    if (isDisturbed(observed, expected(index))) disturbed.push(index);
    else note(index, observed);
  });
  tally.disturbed += disturbed.length;
  for (const index of disturbed) {
    let observed = await calls.alone(index);
    for (let attempt = 1; attempt < MAX_ATTEMPTS && isDisturbed(observed, expected(index)); attempt += 1)
      observed = await calls.alone(index);
    note(index, observed);
  }
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) process.off(event, stray);
}

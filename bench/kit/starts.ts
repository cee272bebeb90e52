import { setTimeout as sleep } from 'node:timers/promises';
import { CancellationClient } from '../../client';
import { SECOND_MS } from '../../domain/contract/duration';
import type { CancelTaskInput } from '../../domain/contract/input';
import { atMost } from './atMost';
import type { TemporalStage } from '../temporal/stage';

export interface Starts {
  /** When each was asked for, by workflow id. */
  atMs: ReadonlyMap<string, number>;
  tookMs: number;
}

/**
 * Starts cancellations as our own client does, so many at once, and no more than so many a second.
 */
export async function startAll(
  { temporal }: TemporalStage,
  taskQueue: string,
  inputs: readonly CancelTaskInput[],
  { inFlight, startsPerSecond }: { inFlight: number; startsPerSecond: number },
): Promise<Starts> {
  const client = CancellationClient.using(temporal.client, { taskQueue });
  const atMs = new Map<string, number>();
  const beganAtMs = Date.now();
  await atMost(inFlight, inputs, async (input, index) => {
    await sleep(beganAtMs + (index / startsPerSecond) * SECOND_MS - Date.now());
    const startedAtMs = Date.now();
    const { workflowId } = await client.start(input);
    atMs.set(workflowId, startedAtMs);
  });
  return { atMs, tookMs: Date.now() - beganAtMs };
}

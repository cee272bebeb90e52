import type { PlannedCancellation, PlannedOperation } from '../plan';
import type { ShardPlan, SkippedFault } from './plan';

/** All that is done in one instant: while it is done, no time is skipped. */
export interface Moment {
  atMs: number;
  starts: PlannedCancellation[];
  operations: PlannedOperation[];
  begins: SkippedFault[];
  over: SkippedFault[];
  replacesWorker: boolean;
}

/** In the order of time. */
export function momentsOf({ cancellations, operations, faults, replacementsAtMs }: ShardPlan): Moment[] {
  const moments = new Map<number, Moment>();
  const at = (atMs: number): Moment => {
    const moment = moments.get(atMs) ?? {
      atMs,
      starts: [],
      operations: [],
      begins: [],
      over: [],
      replacesWorker: false,
    };
    moments.set(atMs, moment);
    return moment;
  };
  for (const one of cancellations) at(one.startAtMs).starts.push(one);
  for (const one of operations) at(one.atMs).operations.push(one);
  for (const one of faults) {
    at(one.atMs).begins.push(one);
    at(one.atMs + one.lastsMs).over.push(one);
  }
  for (const atMs of replacementsAtMs) at(atMs).replacesWorker = true;
  return [...moments.values()].toSorted((one, other) => one.atMs - other.atMs);
}

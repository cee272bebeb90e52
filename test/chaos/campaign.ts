import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as elapse } from 'node:timers/promises';
import { MINUTE_MS, SECOND_MS } from '../../domain/contract/duration';
import { workflowId } from '../../domain/contract/names';
import { judge } from '../model/judge';
import type { Findings } from '../model/evidence';
import type { Cluster } from './cluster';
import { FAULTS, LONGEST_RETRY_AFTER_SECONDS } from './faults';
import type { Gathered, Sources } from './gather';
import { gather } from './gather';
import { operate } from './operators';
import type { FaultKind, Plan, PlannedFault, PlannedOperation } from './plan';
import { start, startPoison } from './starters';
import { intersection, union } from './spans';

export interface Outcome extends Gathered {
  findings: Findings;
  faults: ReadonlyMap<FaultKind, number>;
  operations: Record<'done' | 'spoiled' | 'refused', number>;
  /** Processes that ended though nobody had ended them. */
  endedByThemselves: readonly string[];
}

/** After the last start: the longest deadline, its extensions, and what faults add. */
const DRAIN_LIMIT_MS = 6 * MINUTE_MS;
const BETWEEN_LOOKS_MS = SECOND_MS;

/** Carries the plan out, and holds what came of it against the truth. */
export async function campaign(cluster: Cluster, plan: Plan): Promise<Outcome> {
  const beganAtMs = Date.now();
  const faults = new Map<FaultKind, number>();
  const operations = { done: 0, spoiled: 0, refused: 0 };
  const dueAt = (atMs: number) => elapse(Math.max(beganAtMs + atMs - Date.now(), 0));
  const note = (text: string) => {
    const atSeconds = ((Date.now() - beganAtMs) / SECOND_MS).toFixed(1);
    appendFileSync(path.join(cluster.folder, 'schedule.log'), `${atSeconds.padStart(6)} s  ${text}\n`);
  };
  await Promise.all([
    ...plan.cancellations.map(async (planned) => {
      await dueAt(planned.startAtMs);
      await start(cluster, planned);
    }),
    ...plan.poison.map(async (poison, index) => {
      await dueAt(poison.atMs);
      await startPoison(cluster, poison, index);
    }),
    ...plan.operations.map(async (operation) => {
      await dueAt(operation.atMs);
      operations[await operated(cluster, plan, operation, note)] += 1;
    }),
    ...plan.faults.map(async (fault) => {
      if (cluster.skipped.has(fault.kind)) return;
      await dueAt(fault.atMs);
      await injected(cluster, fault, note);
      faults.set(fault.kind, (faults.get(fault.kind) ?? 0) + 1);
    }),
  ]);
  note('all is started, and the faults are over');
  await untilAllAreOver(cluster);
  note('nothing runs any more, or it has had its time');
  const gathered = await gather(sourcesOf(cluster), plan);
  const endedByThemselves = cluster.processes.flatMap(({ endedByItself }) => endedByItself);
  return { ...gathered, findings: judged(gathered), faults, operations, endedByThemselves };
}

async function injected(cluster: Cluster, fault: PlannedFault, note: (text: string) => void): Promise<void> {
  const { kind, worker, share, lastsMs } = fault;
  note(`${kind} begins (worker ${worker}, share ${share.toFixed(2)}, for ${lastsMs} ms)`);
  const end = await FAULTS[kind](cluster, fault);
  await elapse(lastsMs);
  await end();
  note(`${kind} has ended`);
}

async function operated(
  cluster: Cluster,
  { cancellations }: Plan,
  operation: PlannedOperation,
  note: (text: string) => void,
): Promise<'done' | 'spoiled' | 'refused'> {
  const ids = cancellations[operation.index];
  if (ids === undefined) throw new Error(`there is no cancellation ${operation.index}`);
  try {
    const came = await operate(cluster, workflowId(ids), operation);
    note(`${operation.kind} of ${ids.taskId}: ${came}`);
    return came;
  } catch (error) {
    note(`${operation.kind} of ${ids.taskId}: ${error instanceof Error ? error.message : String(error)}`);
    return 'refused';
  }
}

function sourcesOf({ client, controls, proxies, temporal, workers }: Cluster): Sources {
  // When no worker was in working order, or Temporal was not.
  const outages = union([...temporal.uptime.downs, ...intersection(workers.map(({ uptime }) => uptime.downs))]);
  const longestRetryAfterMs = LONGEST_RETRY_AFTER_SECONDS * SECOND_MS;
  return { client, controls, proxies, outages, now: Date.now, longestRetryAfterMs };
}

async function untilAllAreOver({ client }: Cluster): Promise<void> {
  const giveUpAtMs = Date.now() + DRAIN_LIMIT_MS;
  while (Date.now() < giveUpAtMs) {
    const counted = await client.workflow.count(`ExecutionStatus = 'Running'`).catch(() => null);
    if (counted?.count === 0) return;
    await elapse(BETWEEN_LOOKS_MS);
  }
}

/**
 * What seems late or lost is looked at once more beside the times at which that one alone could not
 * go on.
 */
export function judged({ evidence, standstills }: Gathered): Findings {
  const findings = judge(evidence);
  const isExcused = (id: string): boolean => {
    const own = standstills.get(id) ?? [];
    const alone = evidence.cancellations.filter(({ workflowId }) => workflowId === id);
    const outages = union([...evidence.outages, ...own]);
    return own.length > 0 && judge({ ...evidence, cancellations: alone, outages }).right === 1;
  };
  const left = (found: Findings['late']) => found.filter(({ workflowId }) => !isExcused(workflowId));
  const [late, lost] = [left(findings.late), left(findings.lost)];
  const excused = findings.late.length + findings.lost.length - late.length - lost.length;
  return { ...findings, late, lost, right: findings.right + excused };
}

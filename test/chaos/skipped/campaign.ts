import type { WorkflowBundleOption } from '@temporalio/worker';
import { HOUR_MS } from '../../../domain/contract/duration';
import { MAX_DEADLINE_MS } from '../../../domain/contract/limits';
import { workflowId } from '../../../domain/contract/names';
import type { Findings } from '../../model/evidence';
import { judged } from '../campaign';
import type { Gathered } from '../gather';
import { gather, saveHistories } from '../gather';
import { operate } from '../operators';
import type { PlannedCancellation, PlannedOperation } from '../plan';
import { suspects } from '../report';
import { start } from '../starters';
import { heldBack, LONGEST_RETRY_AFTER_MS, ruleOf } from './faults';
import { momentsOf } from './moments';
import type { ShardPlan, SkippedFault, SkippedPlan } from './plan';
import { Shard } from './shard';

export interface SkippedOutcome extends Gathered {
  findings: Findings;
  faults: ReadonlyMap<string, number>;
  operations: { done: number; refused: number };
  /** The longest of the shards' times. */
  skippedMs: number;
  /** How often a worker was replaced. */
  replacements: number;
}

/** Carries the plan out, all its shards at once, and holds what came of it against the truth. */
export async function skippedCampaign(
  plan: SkippedPlan,
  workflowBundle: WorkflowBundleOption,
  historiesFolder: string,
): Promise<SkippedOutcome> {
  const shards = await Promise.all(
    plan.shards.map((shardPlan) => new ShardCampaign(shardPlan).run(workflowBundle, historiesFolder)),
  );
  const [first, ...others] = shards;
  if (first === undefined) throw new Error('a plan without shards');
  return others.reduce(joined, first);
}

/** Of a deadline that was extended as far as it can be. */
const LONGEST_RUN_MS = MAX_DEADLINE_MS + HOUR_MS;

class ShardCampaign {
  private readonly faults = new Map<string, number>();
  private readonly operations = { done: 0, refused: 0 };

  constructor(private readonly plan: ShardPlan) {}

  async run(workflowBundle: WorkflowBundleOption, historiesFolder: string): Promise<SkippedOutcome> {
    const shard = await Shard.start(workflowBundle, this.plan);
    const ends = new Map<SkippedFault, () => void>();
    for (const { atMs, starts, operations, begins, over, replacesWorker } of momentsOf(this.plan)) {
      await shard.skipTo(shard.beganAtMs + atMs);
      for (const fault of over) ends.get(fault)?.();
      for (const fault of begins) ends.set(fault, this.begin(shard, fault));
      if (replacesWorker) await shard.replaceWorker();
      await Promise.all([
        ...starts.map((planned) => start(shard, planned)),
        ...operations.map((operation) => this.operate(shard, operation)),
      ]);
    }
    await this.untilAllAreOver(shard);
    const sources = { ...{ client: shard.client, controls: shard.controls, proxies: [shard.proxy], outages: [] } };
    const gathered = await gather(
      { ...sources, now: () => shard.now(), longestRetryAfterMs: LONGEST_RETRY_AFTER_MS },
      { cancellations: this.plan.cancellations, poison: [] },
    );
    const standstills = this.standstills(gathered, shard.beganAtMs);
    const findings = judged({ ...gathered, standstills });
    const ids = [...suspects(findings), ...findings.late].map((found) => found.workflowId);
    await saveHistories(sources, [...new Set(ids)], historiesFolder);
    const skippedMs = shard.now() - shard.beganAtMs;
    await shard.close();
    const { faults, operations, plan } = this;
    return {
      ...gathered,
      standstills,
      findings,
      faults,
      operations,
      skippedMs,
      replacements: plan.replacementsAtMs.length,
    };
  }

  /** With the times at which its organization may have been held back. */
  private standstills(gathered: Gathered, beganAtMs: number): Gathered['standstills'] {
    const { faults } = this.plan;
    return new Map(
      gathered.evidence.cancellations.map(({ workflowId: id, orgId }) => {
        const held = heldBack(faults, orgId).map(({ fromMs, toMs }) => ({
          fromMs: beganAtMs + fromMs,
          toMs: beganAtMs + toMs,
        }));
        return [id, [...(gathered.standstills.get(id) ?? []), ...held]];
      }),
    );
  }

  private begin(shard: Shard, fault: SkippedFault): () => void {
    this.faults.set(fault.kind, (this.faults.get(fault.kind) ?? 0) + 1);
    return shard.proxy.disturb(ruleOf(fault));
  }

  private async operate(shard: Shard, operation: PlannedOperation): Promise<void> {
    const ids = this.plan.cancellations[operation.index];
    if (ids === undefined) throw new Error(`there is no cancellation ${operation.index}`);
    try {
      await operate(shard, workflowId(ids), operation);
      this.operations.done += 1;
    } catch {
      this.operations.refused += 1;
    }
  }

  private async untilAllAreOver(shard: Shard): Promise<void> {
    const lastStartAtMs = Math.max(...this.plan.cancellations.map(({ startAtMs }) => startAtMs));
    const giveUpAtMs = shard.beganAtMs + lastStartAtMs + LONGEST_RUN_MS;
    let open: readonly PlannedCancellation[] = this.plan.cancellations;
    for (let stepMs = HOUR_MS; open.length > 0 && shard.now() < giveUpAtMs; stepMs *= 1.5) {
      await shard.skipTo(Math.min(shard.now() + stepMs, giveUpAtMs));
      const running = await Promise.all(open.map((ids) => isRunning(shard, workflowId(ids))));
      open = open.filter((_, index) => running[index]);
    }
  }
}

async function isRunning({ client }: Shard, id: string): Promise<boolean> {
  const { status } = await client.workflow.getHandle(id).describe();
  return status.name === 'RUNNING';
}

/** Of two shards, which have no organization in common. */
function joined(one: SkippedOutcome, other: SkippedOutcome): SkippedOutcome {
  const evidence = {
    ...one.evidence,
    cancellations: [...one.evidence.cancellations, ...other.evidence.cancellations],
    calls: [...one.evidence.calls, ...other.evidence.calls],
    tasks: [...one.evidence.tasks, ...other.evidence.tasks],
    takenAtMs: Math.max(one.evidence.takenAtMs, other.evidence.takenAtMs),
  };
  const gathered: Gathered = {
    evidence,
    standstills: new Map([...one.standstills, ...other.standstills]),
    turns: {
      continued: one.turns.continued + other.turns.continued,
      resets: one.turns.resets + other.turns.resets,
      pauses: one.turns.pauses + other.turns.pauses,
    },
    swallowed: [],
  };
  return {
    ...gathered,
    findings: judged(gathered),
    faults: new Map(
      [...new Set([...one.faults.keys(), ...other.faults.keys()])].map((kind) => [
        kind,
        (one.faults.get(kind) ?? 0) + (other.faults.get(kind) ?? 0),
      ]),
    ),
    operations: {
      done: one.operations.done + other.operations.done,
      refused: one.operations.refused + other.operations.refused,
    },
    skippedMs: Math.max(one.skippedMs, other.skippedMs),
    replacements: one.replacements + other.replacements,
  };
}

import { describe, expect, it } from '@jest/globals';
import { DAY_MS } from '../../../domain/contract/duration';
import { parseCancelTaskInput } from '../../../domain/contract/input';
import { momentsOf } from './moments';
import type { ShardPlan } from './plan';
import { SKIPPED_FAULT_KINDS, skippedPlan } from './plan';

const SHORT = { seed: 1, cancellations: 40 };

function all<Item>(of: (shard: ShardPlan) => readonly Item[], options = SHORT): Item[] {
  return skippedPlan(options).shards.flatMap(of);
}

describe('the plan of a campaign in skipped time', () => {
  it('follows from the seed alone', () => {
    expect(skippedPlan(SHORT)).toEqual(skippedPlan(SHORT));
    expect(skippedPlan({ ...SHORT, seed: 2 })).not.toEqual(skippedPlan(SHORT));
  });

  it('has as many cancellations as were asked for, each of a task of its own, with inputs that the contract accepts', () => {
    const cancellations = all((shard) => shard.cancellations, { seed: 3, cancellations: 501 });
    expect(cancellations).toHaveLength(501);
    expect(new Set(cancellations.map(({ taskId }) => taskId)).size).toBe(501);
    const problems = cancellations.flatMap(({ orgId, taskId, input }) => {
      const parsed = parseCancelTaskInput({ orgId, taskId, ...input });
      return parsed.ok ? [] : parsed.problems;
    });
    expect(problems).toEqual([]);
  });

  it('has no organization in two shards: each judges the lists of its own', () => {
    const { shards } = skippedPlan({ seed: 1, cancellations: 300 });
    const organizations = shards.flatMap(({ cancellations }) => [...new Set(cancellations.map(({ orgId }) => orgId))]);
    expect(organizations.length).toBeGreaterThan(20);
    expect(new Set(organizations).size).toBe(organizations.length);
  });

  it('has deadlines of seconds and of weeks', () => {
    const deadlinesMs = all((shard) => shard.cancellations, { seed: 1, cancellations: 500 }).map(
      ({ input }) => parseFloat(String(input.deadline)) * 1_000,
    );
    expect(Math.min(...deadlinesMs)).toBeLessThan(DAY_MS / 24);
    expect(Math.max(...deadlinesMs)).toBeGreaterThan(14 * DAY_MS);
  });

  it('has every kind of fault in every shard, also where it is short', () => {
    for (const { faults } of skippedPlan(SHORT).shards)
      expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(SKIPPED_FAULT_KINDS));
  });

  it('has all that happens in the order of time, each fault with its end', () => {
    const shard = skippedPlan({ seed: 1, cancellations: 300 }).shards.at(-1);
    if (shard === undefined) throw new Error('a plan without shards');
    const moments = momentsOf(shard);
    const instants = moments.map(({ atMs }) => atMs);
    expect(instants).toEqual([...new Set(instants)].toSorted((one, other) => one - other));
    expect(moments.flatMap(({ starts }) => starts)).toHaveLength(shard.cancellations.length);
    expect(moments.flatMap(({ operations }) => operations)).toHaveLength(shard.operations.length);
    expect(shard.replacementsAtMs.length).toBeGreaterThan(0);
    expect(moments.filter(({ replacesWorker }) => replacesWorker).map(({ atMs }) => atMs)).toEqual(
      shard.replacementsAtMs.toSorted((one, other) => one - other),
    );
    for (const fault of shard.faults) {
      const [from, to] = [
        moments.find(({ begins }) => begins.includes(fault)),
        moments.find(({ over }) => over.includes(fault)),
      ];
      expect((to?.atMs ?? NaN) - (from?.atMs ?? NaN)).toBe(fault.lastsMs);
    }
  });
});

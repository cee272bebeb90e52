import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseCancelTaskInput } from '../../domain/contract/input';
import { faultKinds, planned } from './plan';

const SHORT = { seed: 1, cancellations: 60, lastsMs: null, hasDatabase: false };

describe('the plan of a campaign', () => {
  it('follows from the seed alone', () => {
    expect(planned(SHORT)).toEqual(planned(SHORT));
    expect(planned({ ...SHORT, seed: 2 })).not.toEqual(planned(SHORT));
  });

  it.each([false, true])('has every kind of fault, also where it is short (a database: %s)', (hasDatabase) => {
    const kinds = new Set(planned({ ...SHORT, hasDatabase }).faults.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(faultKinds({ hasDatabase })));
    expect(kinds.has('databaseKilled')).toBe(hasDatabase);
  });

  it('differs in nothing but its faults where there is a database', () => {
    const [without, withOne] = [false, true].map((hasDatabase) => planned({ ...SHORT, hasDatabase }));
    expect({ ...withOne, faults: [] }).toEqual({ ...without, faults: [] });
  });

  it('stays the one of a published seed', () => {
    // Without the poison, which the library draws.
    const plan = { ...planned({ ...SHORT, cancellations: 500 }), poison: [] };
    expect(createHash('sha256').update(JSON.stringify(plan)).digest('hex')).toBe(
      'ef0559f321610c50bd9f8d8e4b9c4c40daae26a9beb795d3c9a17b6e5be26deb',
    );
  });

  it('cancels each task once, with an input that the contract accepts, and poisons with others', () => {
    const { cancellations, poison } = planned({ ...SHORT, cancellations: 500 });
    expect(new Set(cancellations.map(({ taskId }) => taskId)).size).toBe(500);
    const accepted = (input: unknown) => parseCancelTaskInput(input).ok;
    expect(cancellations.every(({ orgId, taskId, input }) => accepted({ orgId, taskId, ...input }))).toBe(true);
    expect(poison.length).toBeGreaterThan(0);
    expect(poison.some(({ input }) => accepted(input))).toBe(false);
  });

  it('begins everything but operations within its time', () => {
    const { cancellations, faults, poison, lastsMs } = planned(SHORT);
    const begins = [
      ...cancellations.map(({ startAtMs }) => startAtMs),
      ...[...faults, ...poison].map((one) => one.atMs),
    ];
    expect(Math.max(...begins)).toBeLessThanOrEqual(lastsMs);
  });
});

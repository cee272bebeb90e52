import { describe, expect, it } from '@jest/globals';
import { heldBack, LONGEST_RETRY_AFTER_MS, ruleOf } from './faults';
import type { SkippedFault } from './plan';
import { SKIPPED_FAULT_KINDS } from './plan';

const FAULT: SkippedFault = { kind: 'tooMany', atMs: 1_000, lastsMs: 500, orgId: null, share: 0.5, seed: 1 };

describe('a fault in skipped time', () => {
  it.each(SKIPPED_FAULT_KINDS)('%s meets calls as its seed says, of its organization where it has one', (kind) => {
    const drawn = () => {
      const { disturbance } = ruleOf({ ...FAULT, kind });
      return Array.from({ length: 20 }, () => disturbance());
    };
    expect(drawn()).toEqual(drawn());
    expect(ruleOf({ ...FAULT, kind })).not.toHaveProperty('orgId');
    expect(ruleOf({ ...FAULT, kind, orgId: 'org-1' })).toMatchObject({ orgId: 'org-1', share: 0.5 });
  });

  it('asks for no longer Retry-After than the judge allows for', () => {
    const { disturbance } = ruleOf({ ...FAULT, kind: 'tooManyWithRetryAfter' });
    const delaysMs = Array.from({ length: 500 }, () => {
      const met = disturbance();
      return met.kind === 'answer' ? Number(met.headers['retry-after']) * 1_000 : NaN;
    });
    expect(Math.min(...delaysMs)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...delaysMs)).toBeLessThanOrEqual(LONGEST_RETRY_AFTER_MS);
  });

  it('may hold an organization back, or all of them, and for a Retry-After longer', () => {
    const faults: SkippedFault[] = [
      FAULT,
      { ...FAULT, orgId: 'org-2' },
      { ...FAULT, orgId: 'org-1', atMs: 9_000 },
      { ...FAULT, kind: 'forbidden' },
    ];
    expect(heldBack(faults, 'org-1')).toEqual([
      { fromMs: 1_000, toMs: 1_500 + LONGEST_RETRY_AFTER_MS },
      { fromMs: 9_000, toMs: 9_500 + LONGEST_RETRY_AFTER_MS },
    ]);
  });
});

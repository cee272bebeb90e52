import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils';
import { billableActions, statusReads } from '../../bench/kit/actions';
import { seededRandom } from '../../bench/kit/random';
import { mixedDurationsMs } from '../../bench/kit/taskMix';
import { MINUTE_MS } from '../../domain/contract/duration';

function recordedEvents(name: string) {
  const text = readFileSync(path.join(__dirname, '..', 'histories', name), 'utf8');
  return historyFromJSON(JSON.parse(text)).events ?? [];
}

describe('what the benches count', () => {
  it('a cancellation has 14 events and 5 billable actions, and each status read 11 and 2 more', () => {
    const events = recordedEvents('canceled.json');
    const reads = statusReads(events);
    expect(reads).toBeGreaterThan(1);
    expect(events).toHaveLength(14 + 11 * reads);
    expect(billableActions(events)).toBe(5 + 2 * reads);
  });

  it('a mix has its shares exactly, and is the same for the same seed', () => {
    const durationsMs = mixedDurationsMs(1_000, seededRandom(1));
    expect(durationsMs).toHaveLength(1_000);
    expect(mixedDurationsMs(1_000, seededRandom(1))).toEqual(durationsMs);
    expect(durationsMs.filter((durationMs) => durationMs > 2 * MINUTE_MS).length).toBeGreaterThan(380);
  });
});

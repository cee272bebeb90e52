import { DAY_MS, SECOND_MS } from '../../../domain/contract/duration';
import { counted, judgement } from '../report';
import type { SkippedOutcome } from './campaign';

/** One screen. */
export function skippedReport(seed: number, outcome: SkippedOutcome, tookMs: number): string {
  const { findings, evidence, faults, operations, turns, replacements, skippedMs } = outcome;
  const tookSeconds = tookMs / SECOND_MS;
  const rate = findings.started / tookSeconds;
  return [
    `seed ${seed}: ${findings.started} cancellations within ${(skippedMs / DAY_MS).toFixed(1)} days of skipped time, ` +
      `over after ${tookSeconds.toFixed(1)} s (${rate.toFixed(2)} a second)`,
    `faults     ${counted(faults)}`,
    `workers    ${replacements} replaced`,
    `operators  ${operations.done} done, ${operations.refused} refused`,
    `runs       ${turns.continued} continued as new`,
    '',
    ...judgement(findings, evidence),
  ].join('\n');
}

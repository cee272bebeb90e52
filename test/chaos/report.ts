import { SECOND_MS } from '../../domain/contract/duration';
import type { Evidence, Finding, Findings } from '../model/evidence';
import type { Outcome } from './campaign';
import type { Cluster } from './cluster';
import type { Plan } from './plan';

const MOST_FINDINGS = 8;

/** Whether a campaign has failed. A late verdict is a right one. */
export function hasFailed({ findings, swallowed, endedByThemselves }: Outcome): boolean {
  return suspects(findings).length + findings.open + swallowed.length + endedByThemselves.length > 0;
}

/** What fails a campaign. */
export function suspects({ wrong, lost, overBudget, leaked }: Findings): Finding[] {
  return [...wrong, ...lost, ...overBudget, ...leaked];
}

/** Kinds with how often each. */
export function counted(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([kind, count]) => (count === 1 ? kind : `${kind} ×${count}`)).join(', ');
}

/** One screen. */
export function report(plan: Plan, outcome: Outcome, { skipped, temporal }: Cluster, tookMs: number): string {
  const { findings, faults, operations, turns, swallowed, endedByThemselves } = outcome;
  return [
    `seed ${plan.seed}: ${plan.cancellations.length} cancellations within ${seconds(plan.lastsMs)}, over after ${seconds(tookMs)}`,
    `temporal   ${temporal.name}`,
    `faults     ${counted(faults)}`,
    ...[...skipped].map(([kind, why]) => `skipped    ${kind}: ${why}`),
    `operators  ${operations.done + operations.spoiled} done, ${operations.refused} refused or unanswered`,
    ...(temporal.endedByItself > 0
      ? [`temporal   ended by itself ×${temporal.endedByItself}, and was started again`]
      : []),
    ...(operations.spoiled > 0
      ? [`temporal   ${operations.spoiled} pauses left a history that no worker replays; those runs were reset`]
      : []),
    `runs       ${turns.continued} continued as new, ${turns.resets} reset, ${turns.pauses} paused`,
    `poison     ${plan.poison.length} started, ${swallowed.length} of them not refused`,
    '',
    ...judgement(findings, outcome.evidence),
    ...swallowed.slice(0, MOST_FINDINGS).map((text) => `poison     ${text}`),
    ...endedByThemselves.map((text) => `process    ${text}`),
  ].join('\n');
}

/** What the judge found. */
export function judgement(findings: Findings, evidence: Evidence): string[] {
  const { started, right, open, wrong, lost, late, overBudget, leaked, calls } = findings;
  return [
    `started ${started}   right ${right}   wrong ${wrong.length}   lost ${lost.length}   late ${late.length}   over budget ${overBudget.length}   leaked ${leaked.length}   open ${open}`,
    `outcomes   ${outcomesOf(evidence)}`,
    `calls      ${calls.aCancellation.toFixed(1)} a cancellation (${calls.cancels} cancels, ${calls.reads} reads, ${calls.lists} lists)`,
    `lag        ${lagText(findings.lagMs)}`,
    ...found('wrong', wrong),
    ...found('lost', lost),
    ...found('over budget', overBudget),
    ...found('leaked', leaked),
    ...found('late', late),
  ];
}

function found(what: string, findings: readonly Finding[]): string[] {
  const shown = findings.slice(0, MOST_FINDINGS).map(({ workflowId, because }) => {
    return `${what.padEnd(11)}${workflowId}: ${because}`;
  });
  const rest = findings.length - shown.length;
  return rest > 0 ? [...shown, `${what.padEnd(11)}and ${rest} more`] : shown;
}

function outcomesOf(evidence: Evidence): string {
  const counts = new Map<string, number>();
  for (const { ending } of evidence.cancellations) {
    const name =
      ending.kind === 'result' ? ending.result.outcome : ending.kind === 'failed' ? ending.type : ending.kind;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => `${name} ${count}`).join(', ');
}

function lagText(lagMs: Findings['lagMs']): string {
  if (lagMs === null) return 'none';
  const { mean, median, p95, most } = lagMs;
  return `mean ${seconds(mean)}, median ${seconds(median)}, 95 % ${seconds(p95)}, most ${seconds(most)}`;
}

function seconds(ms: number): string {
  return `${(ms / SECOND_MS).toFixed(1)} s`;
}

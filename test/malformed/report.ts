import type { Memory } from './memory';
import { mebibytes } from './memory';
import type { Finding, Tally } from './tally';

const MOST_KINDS = 10;
const KIND_CHARACTERS = 60;
const MAX_PROBLEM_CHARACTERS = 240;
const COLUMNS = 110;

/** One part of a run: the answers, or the inputs. */
export interface Part {
  name: string;
  count: number;
  tally: Tally;
  memory: Memory | null;
  tookMs: number;
}

/** One screen. */
export function report(seed: number, parts: readonly Part[]): string {
  return parts.flatMap((part) => partLines(seed, part)).join('\n');
}

function partLines(seed: number, { name, count, tally, memory, tookMs }: Part): string[] {
  const { outcomes, findings, findingCount, worstMs, disturbed } = tally;
  const counts = [...outcomes].toSorted(([one], [other]) => one.localeCompare(other));
  const kinds = new Map<string, Finding[]>();
  for (const finding of findings) {
    const kind = kindOf(finding.problem);
    kinds.set(kind, [...(kinds.get(kind) ?? []), finding]);
  }
  return [
    `${name} ${count} of seed ${seed}, in ${seconds(tookMs)}, the slowest in ${seconds(worstMs)}`,
    ...wrapped(counts.map(([outcome, times]) => `${outcome} ${times}`)),
    ...(disturbed > 0
      ? [`  ${disturbed} calls were repeated alone: their connection was broken, or the machine had no time`]
      : []),
    ...(memory === null
      ? []
      : [
          `  memory: ${memory.what} ${mebibytes(memory.beforeBytes)} after the warm-up, ${mebibytes(memory.afterBytes)} at the end` +
            ` (may grow by ${mebibytes(memory.maxGrowthBytes)})`,
        ]),
    `  findings: ${findingCount}`,
    ...[...kinds.values()].slice(0, MOST_KINDS).map(kindLine),
    ...(kinds.size > MOST_KINDS ? [`  and ${kinds.size - MOST_KINDS} other kinds`] : []),
    '',
  ];
}

/** Of one fault, found in many cases. */
function kindOf(problem: string): string {
  return problem.replaceAll(/\d+/g, 'N').slice(0, KIND_CHARACTERS);
}

function kindLine(alike: readonly Finding[]): string {
  const { only = null, problem = '' } = alike[0] ?? {};
  const text = JSON.stringify(problem).slice(1, -1).slice(0, MAX_PROBLEM_CHARACTERS);
  return `  ${alike.length} like ${only === null ? 'this' : `--only ${only}`}: ${text}`;
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= COLUMNS) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(`  ${word}`);
  }
  return lines;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

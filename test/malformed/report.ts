import type { Memory } from './memory';
import { mebibytes } from './memory';
import type { Tally } from './tally';

const MOST_FINDINGS = 8;
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
  const shown = findings.slice(0, MOST_FINDINGS);
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
    ...shown.map(({ only, problem }) => `  ${only === null ? '-' : `--only ${only}`}: ${oneLine(problem)}`),
    ...(findingCount > shown.length ? [`  and ${findingCount - shown.length} more`] : []),
    '',
  ];
}

function oneLine(text: string): string {
  return JSON.stringify(text).slice(1, -1).slice(0, MAX_PROBLEM_CHARACTERS);
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

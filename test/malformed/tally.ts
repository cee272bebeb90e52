/** So many are kept: a rule that is broken is broken thousands of times. */
const MOST_FINDINGS = 1_000;

export interface Finding {
  /** What repeats it, with the seed; null: it belongs to no one case. */
  only: string | null;
  problem: string;
}

/** What a run came to, in memory that does not grow with it. */
export class Tally {
  readonly outcomes = new Map<string, number>();
  readonly findings: Finding[] = [];
  findingCount = 0;
  worstMs = 0;
  /** Calls that were repeated on a connection of their own. */
  disturbed = 0;

  note(outcome: string, tookMs: number): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    this.worstMs = Math.max(this.worstMs, tookMs);
  }

  find(only: string | null, problem: string): void {
    this.findingCount += 1;
    if (this.findings.length < MOST_FINDINGS) this.findings.push({ only, problem });
  }
}

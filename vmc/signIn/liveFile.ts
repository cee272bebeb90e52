import { SECOND_MS } from '../../domain/contract/duration';
import type { Parsed } from '../../domain/contract/input';
import { timedOut, raceAbort, withinLimits } from '../api/callLimits';
import { FIRST_READ_LIMIT_MS, readFileText } from '../../files/fileText';

/** `hangs`: it may be good, and was not read in time. */
export type FileRead<T> = Parsed<T> & { hangs?: true };

/** How long a read is waited for where there is something else to use. */
const READ_LIMIT_MS = 2 * SECOND_MS;

/**
 * A file that may be rewritten at any time, by a rotation of secrets for instance. It is read at
 * every use, so that no rewrite is missed whatever the file system's clock says; while it is
 * missing, broken or hangs, the last good content stays in force.
 */
export class LiveFile<T> {
  /** At most one at a time: one that hangs cannot be taken back. */
  private reading: Promise<Parsed<T>> | null = null;
  private isStalled = false;
  private latest: { text: string; parsed: Parsed<T> } | null = null;
  private reportedProblem: string | null = null;

  /**
   * @param onProblem called with the problem while the last good content is used; once a fault,
   * not once a read.
   * @param content in use until the first good read; null if there is nothing yet.
   */
  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => Parsed<T>,
    private readonly onProblem: (problem: string) => void,
    private content: T | null = null,
  ) {}

  /**
   * The content in use, or what is wrong with a file that was never good.
   * Rejects with the reason of the caller's own abort.
   */
  async read(signal: AbortSignal): Promise<FileRead<T>> {
    const isLate = timedOut(signal);
    const reading = (this.reading ??= this.readNow());
    if (this.isStalled && this.content !== null) return { ok: true, value: this.content };
    const timeLimitMs = this.content === null ? FIRST_READ_LIMIT_MS : READ_LIMIT_MS;
    const limits = { signal, timeLimitMs };
    const parsed = isLate ? null : await withinLimits(limits, (limited) => raceAbort(reading, limited));
    if (parsed?.ok === true) return parsed;
    this.isStalled = parsed === null && !timedOut(signal);
    const problems = parsed?.problems ?? ['cannot be read (no answer in time)'];
    if (this.content === null) return { ok: false, problems, ...(parsed === null && { hangs: true }) };
    this.report(problems.join('; '));
    return { ok: true, value: this.content };
  }

  private async readNow(): Promise<Parsed<T>> {
    const parsed = this.parsed(await readFileText(this.path));
    this.reading = null;
    this.isStalled = false;
    if (parsed.ok) {
      this.content = parsed.value;
      this.reportedProblem = null;
    }
    return parsed;
  }

  private parsed(text: Parsed<string>): Parsed<T> {
    if (!text.ok) return text;
    if (this.latest?.text !== text.value) this.latest = { text: text.value, parsed: this.parse(text.value) };
    return this.latest.parsed;
  }

  private report(problem: string): void {
    if (problem === this.reportedProblem) return;
    this.reportedProblem = problem;
    this.onProblem(`${this.path}: ${problem}. What it held before stays in use.`);
  }
}

import { promises as fs } from 'node:fs';
import type { Parsed } from '../domain/input';

/**
 * A file that may be rewritten at any time, by a rotation of secrets for instance. It is read at every use, so that no rewrite is missed
 * whatever the file system's clock says; while it is missing or broken, the last good content stays in force.
 */
export class LiveFile<T> {
  private latest: { text: string; parsed: Parsed<T> } | null = null;
  private reportedProblem: string | null = null;

  /**
   * @param onProblem told of what is wrong while the last good content stays in use; once a fault, not once a read.
   * @param content what is in use until the first good read; null if there is nothing yet.
   */
  constructor(
    private readonly path: string,
    private readonly parse: (text: string) => Parsed<T>,
    private readonly onProblem: (problem: string) => void,
    private content: T | null = null,
  ) {}

  /** The content in use, or what is wrong with a file that was never good. */
  async read(): Promise<Parsed<T>> {
    const parsed = await this.readNow();
    if (parsed.ok) {
      this.content = parsed.value;
      this.reportedProblem = null;
      return parsed;
    }
    if (this.content === null) return parsed;
    this.report(parsed.problems.join('; '));
    return { ok: true, value: this.content };
  }

  private async readNow(): Promise<Parsed<T>> {
    const text = await readText(this.path);
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

/** The text of a file without a byte order mark, or why it could not be read; never a part of it. */
export async function readText(path: string): Promise<Parsed<string>> {
  try {
    return { ok: true, value: (await fs.readFile(path, 'utf8')).replace(/^\uFEFF/, '') };
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
    return { ok: false, problems: [`cannot be read (${code})`] };
  }
}

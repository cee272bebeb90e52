import { execFile } from 'node:child_process';

export interface Ran {
  /** What it said on stdout, then what it said on stderr. */
  output: string;
  /** The end of its stderr, or why it could not run; null after exit code 0. */
  failure: string | null;
}

/** Enough to hold the sentence that says what went wrong. */
const FAILURE_LINES = 8;

/** Runs a program to its end or its time limit. Failure is a normal result: this never rejects. */
export function run(
  file: string,
  args: readonly string[],
  limits: { env: NodeJS.ProcessEnv; timeLimitMs: number; cwd?: string; signal?: AbortSignal | undefined },
): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { env: limits.env, cwd: limits.cwd, timeout: limits.timeLimitMs, signal: limits.signal, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        resolve({ output: stdout + stderr, failure: error && (lastLines(stderr, FAILURE_LINES) || error.message) });
      },
    );
  });
}

/** The last lines that are not empty, as a person would quote them. */
export function lastLines(text: string, count: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.slice(-count).join('\n');
}

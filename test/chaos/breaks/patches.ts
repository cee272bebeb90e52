import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Deliberate breaks of the product, each of which a campaign or the model must catch. */
const FOLDER = __dirname;

export interface Break {
  name: string;
  file: string;
  /** The first line of the patch. */
  breaks: string;
}

export function allBreaks(): Break[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.patch'))
    .toSorted()
    .map((name) => {
      const file = path.join(FOLDER, name);
      const [first = ''] = readFileSync(file, 'utf8').split('\n');
      return { name: path.basename(name, '.patch'), file, breaks: first.replace(/^# /, '') };
    });
}

/** @returns why the patch does not apply to the sources in a folder; null: it does */
export function whyNotApplicable({ file }: Break, folder: string): string | null {
  try {
    applied(file, folder, '--check');
    return null;
  } catch (error) {
    return String(error instanceof Error && 'stderr' in error ? error.stderr : error);
  }
}

export function apply({ file }: Break, folder: string): void {
  applied(file, folder);
}

export function takeBack({ file }: Break, folder: string): void {
  applied(file, folder, '--reverse');
}

/** As a tool that knows of no repository: of one around the folder it would take the paths. */
function applied(file: string, folder: string, ...options: string[]): void {
  const env = {
    ...process.env,
    GIT_CEILING_DIRECTORIES: path.dirname(folder),
    GIT_DIR: path.join(folder, 'no-repository'),
  };
  execFileSync('git', ['apply', ...options, file], { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
}

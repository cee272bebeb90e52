import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';

const ROOT = path.join(__dirname, '..', '..');

/** Gives a program a terminal, copies what it writes there, and exits as it does. */
const ON_A_TERMINAL =
  'import os, pty, sys; ended = pty.spawn(sys.argv[1:]); sys.exit(os.WEXITSTATUS(ended) if os.WIFEXITED(ended) else 1)';

/** The executable on a terminal, to its end: what it wrote there, stdout and stderr as they came. */
export async function runOnTerminal(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; screen: string }> {
  const env = { PATH: process.env.PATH, HOME: tmpdir(), XDG_CONFIG_HOME: tmpdir(), TERM: 'xterm', ...environment };
  const command = [process.execPath, '--import', 'tsx', path.join(ROOT, 'client', 'cli.ts'), ...args];
  const child = spawn('python3', ['-c', ON_A_TERMINAL, ...command], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (screen += text));
  await once(child, 'close');
  return { code: child.exitCode, screen };
}

import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { built } from '../environment/build';

const ROOT = path.join(__dirname, '..', '..');
const run = promisify(execFile);

const LOOK_INTERVAL_MS = 100;
const WAIT_LIMIT_MS = 45_000;
export const PROMPT = 'ready$ ';

/**
 * A terminal as people have it, on a tmux of its own, with a shell in it that knows `vmc-cancel`.
 */
export class Terminal {
  private static readonly open = new Set<Terminal>();

  private constructor(
    private readonly socket: string,
    private readonly folder: string,
  ) {}

  static async begin(
    environment: Readonly<Record<string, string>>,
    size: { columns: number; rows: number } = { columns: 80, rows: 24 },
  ): Promise<Terminal> {
    const folder = await mkdtemp(path.join(tmpdir(), 'terminal-'));
    const executable = `#!/bin/sh\nexec '${process.execPath}' '${built('cli/main.js')}' "$@"\n`;
    await writeFile(path.join(folder, 'vmc-cancel'), executable, { mode: 0o755 });
    const terminal = new Terminal(`vmc-cancel-test-${randomUUID()}`, folder);
    const env = {
      PATH: `${folder}:${process.env.PATH ?? ''}`,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      TERM: 'xterm-256color',
      PS1: PROMPT,
      // It would be written into the folder while that is removed.
      HISTFILE: '',
      ...environment,
    };
    const shell = ['bash', '--norc', '--noprofile'];
    const place = ['-x', String(size.columns), '-y', String(size.rows)];
    try {
      await terminal.tmux(['-f', '/dev/null', 'new-session', '-d', ...place, ...shell], env);
    } catch (error) {
      await rm(folder, { recursive: true });
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      throw new Error('this test needs tmux on the PATH: apt-get install tmux', { cause: error });
    }
    Terminal.open.add(terminal);
    await terminal.shows((screen) => screen.includes(PROMPT.trim()), 'the prompt');
    return terminal;
  }

  static async endAll(): Promise<void> {
    await Promise.all(
      [...Terminal.open].map(async (terminal) => {
        Terminal.open.delete(terminal);
        await terminal.tmux(['kill-server']);
        await rm(terminal.folder, { recursive: true });
      }),
    );
  }

  async enter(line: string): Promise<void> {
    await this.tmux(['send-keys', '-l', line]);
    await this.press('Enter');
  }

  async press(key: string): Promise<void> {
    await this.tmux(['send-keys', key]);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.tmux(['resize-window', '-x', String(columns), '-y', String(rows)]);
  }

  /** What is to be seen, without the empty lines at the end. */
  async screen(): Promise<string> {
    return (await this.tmux(['capture-pane', '-p'])).trimEnd();
  }

  /** The same with what has scrolled away. */
  async everything(): Promise<string> {
    return (await this.tmux(['capture-pane', '-p', '-S', '-'])).trimEnd();
  }

  async colored(): Promise<string> {
    return await this.tmux(['capture-pane', '-p', '-e']);
  }

  async cursor(): Promise<{ isVisible: boolean; column: number; row: number }> {
    const told = await this.tmux(['display-message', '-p', '#{cursor_flag} #{cursor_x} #{cursor_y}']);
    const [flag, column, row] = told.trim().split(' ').map(Number);
    return { isVisible: flag === 1, column: column ?? NaN, row: row ?? NaN };
  }

  /** The first screen that is as it should be. */
  async shows(isRight: (screen: string) => boolean, what: string): Promise<string> {
    const giveUpAtMs = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      const screen = await this.screen();
      if (isRight(screen)) return screen;
      if (Date.now() > giveUpAtMs) throw new Error(`the terminal does not show ${what}, but:\n${screen}`);
      await sleep(LOOK_INTERVAL_MS);
    }
  }

  private async tmux(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
    const { stdout } = await run('tmux', ['-u', '-L', this.socket, ...args], { env, cwd: ROOT });
    return stdout;
  }
}

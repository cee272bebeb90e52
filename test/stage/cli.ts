import { built } from '../environment/build';
import type { Environment } from './childProcess';
import { ChildProcess } from './childProcess';

/** Runs a command on a pseudo-terminal of its own, and ends as it ends. */
const ON_TERMINAL = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** The compiled executable: one process, so that a signal reaches the command itself. */
export class Cli extends ChildProcess {
  constructor(args: readonly string[], environment: Environment = {}) {
    super(commandLine(args), environment);
  }
}

/** @param redirection of bash, such as `2> /dev/null` */
export function cliOnTerminal(args: readonly string[], environment: Environment, redirection = ''): ChildProcess {
  const command = ['bash', '-c', `"$@" ${redirection}`, 'bash', ...commandLine(args)];
  return new ChildProcess(
    ['python3', '-c', ON_TERMINAL, ...command],
    { ...environment, TERM: 'xterm' },
    { isTyped: true },
  );
}

function commandLine(args: readonly string[]): string[] {
  return [process.execPath, built('cli/main.js'), ...args];
}

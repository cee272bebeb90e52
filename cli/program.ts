import { Command, CommanderError } from 'commander';
import { version } from '../package.json';
import { InvalidInputError } from '../temporal/errors';
import { cancelAllCommand } from './commands/cancelAll';
import { completionCommand } from './commands/completion';
import { doctorCommand } from './commands/doctor';
import { listCommand } from './commands/list';
import { extendCommand, pollCommand, reissueCommand, stopCommand } from './commands/operate';
import { resultCommand } from './commands/result';
import { setupCommand } from './commands/setup';
import { startCommand } from './commands/start';
import { statusCommand } from './commands/status';
import { watchCommand } from './commands/watch';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './exitCodes';
import type { Invocation } from './invocation';
import { sizeOf } from './invocation';
import { outputFor } from './session';
import { UsageError } from './usageError';

/** Commander's own width of help in a file or a pipe. */
const HELP_COLUMNS = 80;

/** Runs the command that the arguments name, and returns its exit code. Never rejects. */
export async function run(args: readonly string[], invocation: Invocation): Promise<number> {
  try {
    await program(invocation).parseAsync(args, { from: 'user' });
    return invocation.exitCode;
  } catch (error) {
    return reported(error, args, invocation);
  }
}

/** Prints an error, unless commander did, and returns the exit code for it. */
export function reported(error: unknown, args: readonly string[], invocation: Invocation): number {
  if (error instanceof CommanderError) return error.exitCode === EXIT_OK ? EXIT_OK : EXIT_USAGE;
  outputFor(invocation, { verbose: args.includes('--verbose') }).error(error);
  return error instanceof UsageError || error instanceof InvalidInputError ? EXIT_USAGE : EXIT_FAILED;
}

function program(invocation: Invocation): Command {
  const { stdout, stderr } = invocation;
  const root = new Command('vmc-cancel')
    .description('Cancel VMware Cloud on AWS tasks, and follow each one until the API reports how it ended')
    .version(version)
    .addHelpText(
      'after',
      '\nThe TEMPORAL_* variables or the profile file say where Temporal is. Options and examples: vmc-cancel <command> --help',
    );
  const commands = [
    startCommand,
    cancelAllCommand,
    watchCommand,
    resultCommand,
    statusCommand,
    listCommand,
    stopCommand,
    extendCommand,
    pollCommand,
    reissueCommand,
    setupCommand,
    doctorCommand,
    completionCommand,
  ].map((create) => create(invocation));
  for (const command of [root, ...commands]) {
    if (command !== root) root.addCommand(command);
    const help = command === root ? 'vmc-cancel --help' : `vmc-cancel ${command.name()} --help`;
    command.exitOverride().configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      getOutHelpWidth: () => (stdout.isTTY === true ? sizeOf(stdout).columns : HELP_COLUMNS),
      outputError: (text, write) => {
        write(`${text.trim().replace(/\.$/, '').replaceAll('\n', ' ')}: see ${help}\n`);
      },
    });
  }
  return root;
}

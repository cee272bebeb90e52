import { CommanderError, Command } from 'commander';
import { version } from '../package.json';
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
import { InvalidInputError } from '../temporal/errors';
import { EXIT_FAILED, EXIT_OK, EXIT_USAGE } from './exitCodes';
import { outputFor } from './session';
import { UsageError } from './usageError';

/** What still holds the process by then is the rest of a call that nobody waits for. */
const LINGER_MS = 300;

function program(): Command {
  const root = new Command('vmc-cancel')
    .description('Cancel VMware Cloud on AWS tasks, and stay with each until the API has said how it ended')
    .version(version)
    .addHelpText(
      'after',
      '\nTemporal is found by the TEMPORAL_* variables or its profile file. vmc-cancel <command> --help tells more.',
    );
  const commands = [
    startCommand(),
    cancelAllCommand(),
    watchCommand(),
    resultCommand(),
    statusCommand(),
    listCommand(),
    stopCommand(),
    extendCommand(),
    pollCommand(),
    reissueCommand(),
    setupCommand(),
    doctorCommand(),
    completionCommand(),
  ];
  for (const command of [root, ...commands]) {
    if (command !== root) root.addCommand(command);
    const help = command === root ? 'vmc-cancel --help' : `vmc-cancel ${command.name()} --help`;
    command.exitOverride().configureOutput({
      outputError: (text, write) => {
        write(`${text.trim().replace(/\.$/, '').replaceAll('\n', ' ')}: see ${help}\n`);
      },
    });
  }
  return root;
}

async function main(): Promise<void> {
  // A reader that has had enough, such as head, is no failure: what was asked for is done all the
  // same, and the exit code tells how it went.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(exitCodeOf(error));
  });
  // Notes are beside the work: where they cannot be written, it is done without them.
  process.stderr.on('error', () => undefined);
  // Node's own report of it would print a stack.
  process.on('uncaughtException', (error) => {
    process.exit(exitCodeOf(error));
  });
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = exitCodeOf(error);
  }
  // A slow reader still gets all that was printed.
  process.stdout.write('', () => {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

function exitCodeOf(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === EXIT_OK ? EXIT_OK : EXIT_USAGE;
  outputFor({ verbose: process.argv.includes('--verbose') }).error(error);
  return error instanceof UsageError || error instanceof InvalidInputError ? EXIT_USAGE : EXIT_FAILED;
}

void main();

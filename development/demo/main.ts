import { Command, CommanderError } from 'commander';
import type { ShowOptions } from './show';
import { show } from './show';

const EXIT_OK = 0;
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

async function main(): Promise<void> {
  // A reader that has had enough, such as head; whatever runs by then goes with this process.
  process.stdout.on('error', () => process.exit(EXIT_FAILED));
  const command = new Command('demo')
    .description(
      'Everything on one machine: Temporal with its UI (or the one that TEMPORAL_ADDRESS names), the simulator, a worker,\n' +
        'and cancellations of every kind with their verdicts. On a terminal it then stays up until Enter or Ctrl-C.',
    )
    .option('--keep', 'stay up until Ctrl-C or SIGTERM, on a terminal or not', false)
    .action(async (options: ShowOptions) => {
      process.exit(await show(options));
    })
    .exitOverride();
  try {
    await command.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === EXIT_OK ? EXIT_OK : EXIT_USAGE;
  }
}

void main();

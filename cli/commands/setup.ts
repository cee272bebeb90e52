import type { Invocation } from '../invocation';
import type { Command } from 'commander';
import { EXIT_OK } from '../exitCodes';
import type { CommonOptions, Session } from '../session';
import { inSession } from '../session';
import { command, examples } from './common';

export function setupCommand(invocation: Invocation): Command {
  return command('setup', 'register the search attributes that the worker writes; may be run again')
    .addHelpText('after', examples('setup', 'setup --json'))
    .addHelpText(
      'after',
      '\nExit codes:\n  0 all are there and can be used   1 not permitted, or Temporal is unreachable   2 usage',
    )
    .action((options: CommonOptions) => inSession(invocation, [], options, setup));
}

async function setup({ client, output }: Session): Promise<number> {
  const { registered, present } = await client.setup();
  output.print({ namespace: client.namespace, registered, present }, (colors) =>
    [
      ...registered.map((name) => `${colors.green('Registered')}  ${name} (Keyword)`),
      ...present.map((name) => `${colors.dim('Was there')}   ${name} (Keyword)`),
    ].join('\n'),
  );
  return EXIT_OK;
}

import { invocationIn } from './invocation';
import { reported, run } from './program';

/** What still holds the process by then is the rest of a call that nobody waits for. */
const LINGER_MS = 300;

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const { env, stdin, stdout, stderr } = process;
  const invocation = invocationIn({ env, stdin, stdout, stderr, signals: process });
  // A reader that has had enough, such as head, is no failure: what was asked for is done all the
  // same, and the exit code tells how it went.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(reported(error, args, invocation));
  });
  // Notes are beside the work: where they cannot be written, it is done without them.
  stderr.on('error', () => undefined);
  // Node's own report of it would print a stack.
  process.on('uncaughtException', (error) => {
    process.exit(reported(error, args, invocation));
  });
  process.exitCode = await run(args, invocation);
  // A slow reader still gets all that was printed.
  stdout.write('', () => {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

void main();

import { invocationIn } from './invocation';
import { reported, run } from './program';

/** After this only calls that nothing waits for can keep the process alive. */
const LINGER_MS = 300;

async function main(): Promise<void> {
  // Node's warnings are for the developers of what it runs.
  process.removeAllListeners('warning');
  const args = process.argv.slice(2);
  const { env, stdin, stdout, stderr } = process;
  const invocation = await invocationIn({ env, stdin, stdout, stderr, signals: process });
  // A closed pipe, as of head, is no failure: the command completes, and its exit code says how it
  // ended.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') process.exit(reported(error, args, invocation));
  });
  // Notes that cannot be written do not stop the command.
  stderr.on('error', () => undefined);
  // Node's own report of it would print a stack.
  process.on('uncaughtException', (error) => {
    process.exit(reported(error, args, invocation));
  });
  process.exitCode = await run(args, invocation);
  // A slow reader still gets the whole output.
  stdout.write('', () => {
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}

void main();

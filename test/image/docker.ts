import { run } from '../../development/run';

/** A build downloads packages. */
const TIME_LIMIT_MS = 15 * 60_000;

/**
 * One command of Docker's.
 *
 * @throws Error with its last lines
 */
export async function docker(...args: readonly string[]): Promise<string> {
  const { output, failure } = await tried(...args);
  if (failure !== null) throw new Error(`docker ${args.join(' ')}: ${failure}`);
  return output.trim();
}

export async function succeeds(...args: readonly string[]): Promise<boolean> {
  return (await tried(...args)).failure === null;
}

async function tried(...args: readonly string[]) {
  return await run('docker', args, { env: process.env, timeLimitMs: TIME_LIMIT_MS });
}

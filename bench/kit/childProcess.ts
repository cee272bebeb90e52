import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ChildProcess {
  pid: number;
  /** The first line on its standard output that matched. */
  line: RegExpExecArray;
  /** How much it has written to its standard output so far. */
  outputBytes: () => number;
  stop: () => Promise<void>;
}

/**
 * Starts a program (Node's, where no other is named) in a process of its own and waits until it
 * says that it is ready. It ends with this process.
 *
 * @throws Error when it ends before; later, its end stops the bench, for it could only measure
 *   nonsense from then on.
 */
export async function startChildProcess(
  args: readonly string[],
  { program = process.execPath, env, ready }: { program?: string; env?: Record<string, string>; ready: RegExp },
): Promise<ChildProcess> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  let isEnding = false;
  const ended = once(child, 'exit').then(() => {
    process.off('exit', kill);
    if (!isEnding) throw new Error(`${args.join(' ')} has ended (${child.signalCode ?? child.exitCode ?? '?'})`);
  });
  let outputBytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    outputBytes += chunk.length;
  });
  const lines = createInterface({ input: child.stdout });
  const said = new Promise<RegExpExecArray>((resolve) => {
    lines.on('line', (line) => {
      const found = ready.exec(line);
      if (found !== null) resolve(found);
    });
  });
  const line = await Promise.race([said, ended.then(() => said)]);
  const stop = async () => {
    isEnding = true;
    child.kill('SIGTERM');
    await ended;
  };
  return { pid: child.pid ?? 0, line, outputBytes: () => outputBytes, stop };
}

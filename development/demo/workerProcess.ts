import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WorkerProcess {
  pid: number;
  /** Resolves when its log says that it polls; rejects if it ends before. */
  polling: Promise<void>;
  /** SIGKILL, as in a crash. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerProcessOptions {
  env: NodeJS.ProcessEnv;
  /** Its output is appended to this file. */
  logFile: string;
  /** Called when it ends without `kill` or `stop`. */
  onUnexpectedEnd: (error: Error) => void;
}

const PROJECT_ROOT = path.join(__dirname, '..', '..');
/** From sources or compiled, as the demo itself was started. */
const WORKER = [...process.execArgv, path.join(PROJECT_ROOT, 'worker', `main${path.extname(__filename)}`)];
const STOP_TIME_LIMIT_MS = 4_000;

export function startWorkerProcess({ env, logFile, onUnexpectedEnd }: WorkerProcessOptions): WorkerProcess {
  // Without the tsx command in between, so that a signal meets the worker itself; in a group of its
  // own, so that Ctrl-C does not.
  const child = spawn(process.execPath, WORKER, {
    cwd: PROJECT_ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the worker could not be started');
  const killAtOnce = () => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-pid, 'SIGKILL');
  };
  process.once('exit', killAtOnce);

  let endIsExpected = false;
  const ended = once(child, 'exit').then(() => {
    process.off('exit', killAtOnce);
    const end = new Error(`the worker ended (${child.signalCode ?? `exit code ${child.exitCode ?? '?'}`})`);
    if (!endIsExpected) onUnexpectedEnd(end);
    return end;
  });
  const polled = new Promise<void>((resolve) => {
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        appendFileSync(logFile, `${line}\n`);
        if (line.includes('"msg":"polling"')) resolve();
      });
  });
  const polling = Promise.race([polled, ended.then((end) => Promise.reject(end))]);
  // A rejection that nothing awaits any more must not end the process.
  polling.catch(() => undefined);

  return {
    pid,
    polling,
    async kill() {
      endIsExpected = true;
      killAtOnce();
      await ended;
    },
    async stop() {
      endIsExpected = true;
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_TIME_LIMIT_MS, null, { ref: false })]);
      killAtOnce();
      await ended;
    },
  };
}

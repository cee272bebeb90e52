import { constants } from 'node:os';
import { isatty } from 'node:tty';
import type pino from 'pino';
import { cleanEnvironment } from '../domain/settings/environment';
import { Scrubber } from '../temporal/secrets';
import { readWorkerConfiguration } from './configuration';
import { attemptOn, LineQueue } from './lineQueue';
import type { Interruption } from './lineQueue';
import { createLog } from './log';
import type { RunningWorker } from './run';
import { startWorker } from './run';
import { StartError } from './startError';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

const STDOUT = 1;
const STDERR = 2;

/**
 * Ends the process once its output is flushed, as far as it can be. The first call decides the
 * code.
 */
type Exit = (code: number) => Promise<never>;

async function main(): Promise<void> {
  const configuration = await readWorkerConfiguration(cleanEnvironment(process.env));
  if (!configuration.ok) {
    const problems = configuration.problems.map((problem) => `  - ${problem}\n`).join('');
    const stderr = new LineQueue(attemptOn(STDERR));
    stderr.write(`The worker's configuration is not right:\n${problems}`);
    return await exitAfter(stderr)(1);
  }
  const { logLevel, logFormat, secrets } = configuration.value;
  const stdout = new LineQueue(attemptOn(STDOUT), (interruption) => {
    // An error, so that it is logged at every level.
    log.error(interruption, textOf(interruption));
  });
  const scrubber = new Scrubber(secrets);
  const log = createLog({
    level: logLevel,
    format: logFormat ?? (isatty(STDOUT) ? 'pretty' : 'json'),
    scrub: (line) => scrubber.scrub(line),
    write: (line) => {
      stdout.write(line);
    },
  });
  const exit = exitAfter(stdout);

  // Node's own reports would print an error whole, beside the log, and wait for a reader of stderr.
  process.on('uncaughtException', (error) => {
    void fail(log, error, exit);
  });
  process.removeAllListeners('warning').on('warning', (warning) => {
    log.warn({ err: warning }, 'a warning of Node');
  });
  let worker: RunningWorker | null = null;
  refuseDebugger(log);
  stopOnSignals(log, () => worker, exit);
  try {
    worker = await startWorker(configuration.value, log, (secret) => {
      scrubber.learn(secret);
    });
    await worker.stopped;
  } catch (error) {
    return await fail(log, error, exit);
  }
  log.info('stopped');
  await exit(0);
}

function exitAfter(output: LineQueue): Exit {
  let exiting: Promise<never> | null = null;
  return (code) => (exiting ??= output.flush().then(() => process.exit(code)));
}

function textOf({ droppedLines, code }: Interruption): string {
  const cause = code === null ? 'the reader of the log stalled' : `the log could not be written (${code})`;
  return `${cause} for a while: ${droppedLines} lines were dropped here`;
}

/**
 * Node's default is to listen on loopback, without authentication: everybody on the host, or in the
 * pod, could read the memory. `--inspect` still debugs.
 */
function refuseDebugger(log: pino.Logger): void {
  process.on('SIGUSR1', (signal) => {
    log.warn({ signal }, 'ignored: it would open the debugger');
  });
}

function stopOnSignals(log: pino.Logger, running: () => RunningWorker | null, exit: Exit): void {
  let stopping = false;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const worker = running();
      if (worker === null) {
        log.info({ signal }, 'stopped before it polled');
        void exit(0);
      } else if (stopping) {
        log.warn({ signal }, 'stopped at once: what is in hand is taken up by another worker');
        void exit(128 + constants.signals[signal]);
      } else {
        stopping = true;
        log.info(
          { signal },
          'stopping: no more tasks are taken, those in hand come to an end; a second signal ends it at once',
        );
        worker.stop();
      }
    });
  }
}

function fail(log: pino.Logger, error: unknown, exit: Exit): Promise<never> {
  if (error instanceof StartError) {
    log.fatal(error.message);
    if (error.cause !== undefined) log.debug({ err: error.cause }, 'the error behind it');
  } else log.fatal({ err: error }, 'the worker cannot go on');
  return exit(1);
}

void main();

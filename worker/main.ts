import { constants } from 'node:os';
import pino from 'pino';
import { cleanEnvironment } from '../domain/environment';
import { createScrubber } from '../temporal/secrets';
import { readWorkerConfiguration } from './configuration';
import { createLog } from './log';
import type { RunningWorker } from './run';
import { startWorker } from './run';
import { StartError } from './startError';

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

async function main(): Promise<void> {
  const configuration = await readWorkerConfiguration(cleanEnvironment(process.env));
  if (!configuration.ok) {
    const problems = configuration.problems.map((problem) => `  - ${problem}\n`).join('');
    process.stderr.write(`The worker's configuration is not right:\n${problems}`);
    process.exit(1);
  }
  const { logLevel, logFormat, secrets } = configuration.value;
  const format = logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  // Synchronous, so that nothing is lost on exit; and a reader that goes away does not take the worker with it.
  const stdout = pino.destination({ sync: true });
  const log = createLog({
    level: logLevel,
    format,
    scrub: createScrubber(secrets),
    write: (line) => {
      stdout.write(line);
    },
  });

  // Node's own report of it would print an error whole, and beside the log.
  process.on('uncaughtException', (error) => {
    fail(log, error);
  });
  let worker: RunningWorker | null = null;
  stopOnSignals(log, () => worker);
  try {
    worker = await startWorker(configuration.value, log);
    await worker.stopped;
  } catch (error) {
    fail(log, error);
  }
  log.info('stopped');
  process.exit(0);
}

function stopOnSignals(log: pino.Logger, running: () => RunningWorker | null): void {
  let stopping = false;
  for (const signal of STOP_SIGNALS) {
    process.on(signal, () => {
      const worker = running();
      if (worker === null) {
        log.info({ signal }, 'stopped before it polled');
        process.exit(0);
      }
      if (stopping) {
        log.warn({ signal }, 'stopped at once: what is in hand is taken up by another worker');
        process.exit(128 + constants.signals[signal]);
      }
      stopping = true;
      log.info(
        { signal },
        'stopping: no more tasks are taken, those in hand come to an end; a second signal ends it at once',
      );
      worker.stop();
    });
  }
}

function fail(log: pino.Logger, error: unknown): never {
  if (error instanceof StartError) {
    log.fatal(error.message);
    if (error.cause !== undefined) log.debug({ err: error.cause }, 'the error behind it');
  } else log.fatal({ err: error }, 'the worker cannot go on');
  process.exit(1);
}

void main();

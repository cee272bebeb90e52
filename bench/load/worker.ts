import path from 'node:path';
import { TASK_QUEUE_VARIABLE } from '../../domain/contract/names';
import { startChildProcess } from '../kit/childProcess';
import type { LoadOptions, SharedWithin } from './options';
import { WORKER_OPTIONS_VARIABLE } from './options';
import type { TemporalStage } from '../temporal/stage';

export interface LoadWorker {
  pid: number;
  taskQueue: string;
  /** A metric of its own or of the SDK, summed over its series; NaN where there is none. */
  metric(name: string): Promise<number>;
  stop: () => Promise<void>;
}

/** The worker as it is shipped, on a queue of its own. */
export async function startLoadWorker(
  stage: TemporalStage,
  options: Pick<LoadOptions, 'maxCachedWorkflows' | 'workerOptions'>,
  sharedWithin: SharedWithin,
): Promise<LoadWorker> {
  const taskQueue = `bench-load-${Date.now().toString(36)}`;
  // As it runs in production: compiled, its workflows bundled beforehand. From sources, the
  // bundler's memory would be counted as the worker's.
  const main = path.join(__dirname, '..', '..', 'dist', 'worker', 'main.js');
  const entry = options.workerOptions === null ? [main] : ['--import', 'tsx', require.resolve('../kit/changedWorker')];
  const worker = await startChildProcess(entry, {
    env: {
      ...stage.environment,
      ...(options.workerOptions !== null && { [WORKER_OPTIONS_VARIABLE]: options.workerOptions }),
      [TASK_QUEUE_VARIABLE]: taskQueue,
      VMC_CANCEL_SHARED_READS_WITHIN: sharedWithin,
      VMC_CANCEL_MAX_CACHED_WORKFLOWS: options.maxCachedWorkflows ?? '',
      VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0',
      VMC_CANCEL_LOG_FORMAT: 'json',
    },
    ready: /"health":"([^"]+)".*"msg":"polling"/,
  });
  const [, health = ''] = worker.line;
  return {
    pid: worker.pid,
    taskQueue,
    metric: async (name) => {
      const text = await (await fetch(`http://${health}/metrics`, { headers: { connection: 'close' } })).text();
      const values = text.split('\n').flatMap((line) => {
        const [, found, value] = /^(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
        return found === name ? [Number(value)] : [];
      });
      return values.length === 0 ? NaN : values.reduce((sum, value) => sum + value, 0);
    },
    stop: worker.stop,
  };
}

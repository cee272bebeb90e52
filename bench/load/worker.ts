import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { TASK_QUEUE_VARIABLE } from '../../domain/contract/names';
import { version } from '../../package.json';
import type { ChildProcess } from '../kit/childProcess';
import { startChildProcess } from '../kit/childProcess';
import type { LoadOptions, SharedWithin } from './options';
import { WORKER_OPTIONS_VARIABLE } from './options';
import type { TemporalStage } from '../temporal/stage';

export interface LoadWorker {
  pid: number;
  taskQueue: string;
  /** A metric of its own or of the SDK, summed over its series; NaN where there is none. */
  metric(name: string): Promise<number>;
  /** How much it has logged so far. */
  logBytes: () => number;
  stop: () => Promise<void>;
}

/** The worker as it is shipped, on a queue of its own. */
export async function startLoadWorker(
  stage: TemporalStage,
  options: Pick<LoadOptions, 'containerMemory' | 'maxCachedWorkflows' | 'workerOptions'>,
  sharedWithin: SharedWithin,
): Promise<LoadWorker> {
  const taskQueue = `bench-load-${Date.now().toString(36)}`;
  const env = {
    ...stage.environment,
    [TASK_QUEUE_VARIABLE]: taskQueue,
    VMC_CANCEL_SHARED_READS_WITHIN: sharedWithin,
    VMC_CANCEL_MAX_CACHED_WORKFLOWS: options.maxCachedWorkflows ?? '',
    VMC_CANCEL_HTTP_ADDRESS: '127.0.0.1:0',
    VMC_CANCEL_LOG_FORMAT: 'json',
  };
  const { containerMemory } = options;
  const worker =
    containerMemory === null
      ? await startBuild(env, options.workerOptions)
      : await startContainer(env, containerMemory);
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
    logBytes: worker.outputBytes,
    stop: worker.stop,
  };
}

const READY = /"health":"([^"]+)".*"msg":"polling"/;

/**
 * As it runs in production: compiled, its workflows bundled beforehand. From sources, the bundler's
 * memory would be counted as the worker's.
 */
async function startBuild(env: Record<string, string>, workerOptions: string | null): Promise<ChildProcess> {
  if (workerOptions === null)
    return await startChildProcess([path.join(__dirname, '..', '..', 'dist', 'worker', 'main.js')], {
      env,
      ready: READY,
    });
  const changed = { ...env, [WORKER_OPTIONS_VARIABLE]: workerOptions };
  return await startChildProcess(['--import', 'tsx', require.resolve('../kit/changedWorker')], {
    env: changed,
    ready: READY,
  });
}

/** The image, whose process learns from the limit how large its heap may become. */
async function startContainer(env: Record<string, string>, memory: string): Promise<ChildProcess> {
  const name = env[TASK_QUEUE_VARIABLE] ?? '';
  const limits = ['--memory', memory, '--memory-swap', memory, '--read-only', '--network', 'host'];
  // Their values come from the environment: arguments are for everybody to read.
  const variables = Object.keys(env).flatMap((variable) => ['--env', variable]);
  const args = ['run', '--rm', '--name', name, ...limits, ...variables, `vmc-cancel:${version}`];
  const client = await startChildProcess(args, { program: 'docker', env, ready: READY });
  // The client alone would end with this process.
  process.once('exit', () => spawnSync('docker', ['kill', name], { stdio: 'ignore' }));
  const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Pid}}', name]);
  return { ...client, pid: Number(stdout) };
}

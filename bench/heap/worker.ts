import { createRequire } from 'node:module';
import path from 'node:path';
import type { Worker } from '@temporalio/worker';

/**
 * A worker that reports its heap: `worker.ts PROGRAM ARGUMENT…`. The SDK's debug mode runs the
 * workflows on the main thread, where their heap can be read.
 */
const [, , program = '', ...args] = process.argv;
// The program's own copy of the SDK: another checkout has another one.
const sdk = createRequire(program)('@temporalio/worker') as { Worker: typeof Worker };
const create = sdk.Worker.create.bind(sdk.Worker);
sdk.Worker.create = async (options) => await create({ ...options, debugMode: true });

process.on('message', () => {
  // Twice: finalizers of the first collection free what only the second can collect.
  globalThis.gc?.();
  globalThis.gc?.();
  process.send?.(process.memoryUsage().heapUsed);
});
process.argv.splice(2, Infinity, ...args);
void import(path.resolve(program));

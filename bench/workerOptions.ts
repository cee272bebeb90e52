import type { WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';

/** Imported before the worker's own code: has the shipped worker run with other options of the SDK, to see what they do. */
export const OPTIONS_VARIABLE = 'VMC_CANCEL_BENCH_WORKER_OPTIONS';

const given = process.env[OPTIONS_VARIABLE];
if (given !== undefined) {
  const create = Worker.create.bind(Worker);
  Worker.create = async (options) => await create({ ...options, ...(JSON.parse(given) as Partial<WorkerOptions>) });
}

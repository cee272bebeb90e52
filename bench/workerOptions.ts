import type { WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { WORKER_OPTIONS_VARIABLE } from './loadOptions';

/** Imported before the worker's own code: has the shipped worker run with other options of the SDK, to see what they do. */
const given = process.env[WORKER_OPTIONS_VARIABLE];
if (given !== undefined) {
  const create = Worker.create.bind(Worker);
  Worker.create = async (options) => await create({ ...options, ...(JSON.parse(given) as Partial<WorkerOptions>) });
}

import path from 'node:path';
import type { WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { WORKER_OPTIONS_VARIABLE } from '../load/options';

/** The shipped worker with other options of the SDK, to see what they do. */
const changed = JSON.parse(process.env[WORKER_OPTIONS_VARIABLE] ?? '{}') as Partial<WorkerOptions>;
const create = Worker.create.bind(Worker);
Worker.create = async (options) => await create({ ...options, ...changed });

void import(path.join(__dirname, '..', '..', 'dist', 'worker', 'main.js'));

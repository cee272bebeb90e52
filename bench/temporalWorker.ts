import path from 'node:path';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { BundleOptions } from '@temporalio/worker';
import { createActivities } from '../activities';
import { createVmcClient } from '../vmc/client';
import { PROCESS_CLOCK } from '../vmc/clock';
import { readVmcConfiguration } from '../vmc/configuration';
import { createSharedReads } from '../vmc/sharedReads';
import { createReadUntilOver } from './readUntilOver';
import type { VariantName } from './temporalVariants';
import { VARIANT_NAMES } from './temporalVariants';

/** The worker of one variant, as a process of its own: `temporalWorker.ts VARIANT TASK_QUEUE`. Its settings are those of `worker/run.ts`. */

const SHIPPED = path.join(__dirname, '..', 'workflows');
const shipped = {
  workflowsPath: path.join(SHIPPED, 'index.ts'),
  payloadConverterPath: path.join(SHIPPED, 'payloadConverter.ts'),
  preloadModules: [path.join(SHIPPED, 'preloaded.ts')],
};

/** The worker's default. */
const SHARED_WITHIN_MS = 2_000;

const WORKFLOWS: Record<VariantName, BundleOptions> = {
  cancelTask: shipped,
  sharedReads: shipped,
  localReads: { ...shipped, workflowInterceptorModules: [require.resolve('./localReads')] },
  plainLoop: { workflowsPath: require.resolve('./plainLoop') },
  retriedActivity: { workflowsPath: require.resolve('./retriedActivity') },
};

async function main(): Promise<void> {
  const [, , name, taskQueue = ''] = process.argv;
  const variant = VARIANT_NAMES.find((known) => known === name);
  if (variant === undefined) throw new Error(`the first argument must be one of ${VARIANT_NAMES.join(', ')}`);
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const configuration = await readVmcConfiguration(process.env);
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const vmc = createVmcClient({ configuration: configuration.value });
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  const worker = await Worker.create({
    connection,
    namespace: process.env.TEMPORAL_NAMESPACE ?? 'default',
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ ...WORKFLOWS[variant], logger: new DefaultLogger('WARN') }),
    activities: { ...createActivities({ ...vmc, ...reads(vmc, variant) }), readUntilOver: createReadUntilOver(vmc) },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxConcurrentActivityTaskExecutions: 1_000,
  });
  console.log('polling');
  await worker.run();
  await connection.close();
  vmc.close();
}

/** All tasks of a batch are one organisation's, so sharing is switched off where it is not what is measured. */
function reads(vmc: ReturnType<typeof createVmcClient>, variant: VariantName) {
  const nobody = () => undefined;
  const report = { answered: nobody, listed: nobody, degraded: nobody, restored: nobody, paused: nobody };
  const withinMs = variant === 'sharedReads' ? SHARED_WITHIN_MS : 0;
  return createSharedReads({ vmc, withinMs, clock: PROCESS_CLOCK, report });
}

void main();

import type { BundleOptions } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import { cleanEnvironment } from '../../domain/settings/environment';
import { nativeConnectionOptions } from '../../temporal/settings';
import { createVmcClient } from '../../vmc/api/client';
import { PROCESS_CLOCK } from '../../vmc/reads/clock';
import { createSharedReads } from '../../vmc/reads/batch';
import { BUNDLE_OPTIONS } from '../../worker/bundle';
import { readWorkerConfiguration } from '../../worker/configuration';
import { createReadUntilOver } from './readUntilOver';
import type { VariantName } from './variants';
import { VARIANT_NAMES } from './variants';
import { createMetrics } from '../../worker/metrics';
import { createRunSinks } from '../../worker/runSinks';
import { Troubles } from '../../worker/troubles';

/**
 * The worker of one variant, as a process of its own: `temporalWorker.ts VARIANT TASK_QUEUE`. Its
 * settings are those of `worker/run.ts`.
 */

const WORKFLOWS: Record<VariantName, BundleOptions> = {
  cancelTask: BUNDLE_OPTIONS,
  sharedReads: BUNDLE_OPTIONS,
  localReads: { ...BUNDLE_OPTIONS, workflowInterceptorModules: [require.resolve('./localReads')] },
  plainLoop: { workflowsPath: require.resolve('./plainLoop') },
  retriedActivity: { workflowsPath: require.resolve('./retriedActivity') },
  adaptiveRetry: { workflowsPath: require.resolve('./retriedActivity') },
};

const ignore = () => undefined;
const NO_OBSERVER = { answered: ignore, listed: ignore, opened: ignore, closed: ignore, paused: ignore };

async function main(): Promise<void> {
  const [, , name, taskQueue = ''] = process.argv;
  const variant = VARIANT_NAMES.find((known) => known === name);
  if (variant === undefined) throw new Error(`the first argument must be one of ${VARIANT_NAMES.join(', ')}`);
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } },
  });
  const configuration = await readWorkerConfiguration(cleanEnvironment(process.env));
  if (!configuration.ok) throw new Error(configuration.problems.join('; '));
  const { temporal, vmc: vmcConfiguration, maxConcurrentActivities, sharedReadsWithinMs } = configuration.value;
  const vmc = createVmcClient({ configuration: vmcConfiguration });
  // All tasks of a batch are one organization's, so sharing is switched off where it is not what is
  // measured.
  const withinMs = variant === 'sharedReads' ? sharedReadsWithinMs : 0;
  const reads = createSharedReads({ vmc, withinMs, clock: PROCESS_CLOCK, observer: NO_OBSERVER });
  const connection = await NativeConnection.connect(nativeConnectionOptions(temporal));
  const worker = await Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue,
    workflowBundle: await bundleWorkflowCode({ ...WORKFLOWS[variant], logger: new DefaultLogger('WARN') }),
    sinks: createRunSinks(
      createMetrics(() => new Map()),
      new Troubles(),
    ),
    activities: { ...createActivities({ ...vmc, ...reads }), readUntilOver: createReadUntilOver(vmc) },
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
  });
  console.log('polling');
  await worker.run();
  await connection.close();
  vmc.close();
}

void main();

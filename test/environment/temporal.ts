import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import type { DevServer, DevServerOptions } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { searchAttributesOfType } from './timeSkipping';

export { runSinks, testWorker, timeSkippingEnvironment } from './timeSkipping';

// Before anything connects: the first connection fixes the runtime. jest loads this once for each
// test file.
Runtime.install({
  logger: new DefaultLogger('WARN'),
  // Below this the core warns of every worker on the time-skipping server, which it takes for an
  // old one.
  telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
});

export interface DevServerEnvironment {
  environment: TestWorkflowEnvironment;
  server: DevServer;
  teardown(): Promise<void>;
}

/**
 * A real server, in real time, with our search attributes: for what the time-skipping one lacks
 * (lists, dynamic configuration, a second process).
 */
export async function devServerEnvironment(options: Partial<DevServerOptions> = {}): Promise<DevServerEnvironment> {
  const server = await startDevServer({ ui: false, searchAttributes: searchAttributesOfType('Keyword'), ...options });
  const { address, namespace } = server;
  const environment = await TestWorkflowEnvironment.createFromExistingServer({ address, namespace });
  const teardown = async () => {
    await environment.teardown();
    await server.stop();
  };
  return { environment, server, teardown };
}

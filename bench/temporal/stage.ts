import { CancellationClient } from '../../client';
import { settingsOf, TemporalConnection } from '../../temporal/connection';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { givenTemporalAddress } from '../../development/temporal/temporalExecutables';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import type { SimulatorProcess } from '../kit/simulatorProcess';
import { startSimulatorProcess } from '../kit/simulatorProcess';

/** A Temporal and a VMC API, each in its own process. */
export interface TemporalStage {
  temporal: TemporalConnection;
  simulator: SimulatorProcess;
  /** The Temporal server's processes; none where they cannot be known. */
  serverPids: number[];
  /** Human-readable. */
  serverName: string;
  /** What a worker needs to find both. */
  environment: Record<string, string>;
  end(): Promise<void>;
}

/**
 * The Temporal that the TEMPORAL_* variables name, else a dev server with its database in memory.
 *
 * @param givenServerPids the processes of a server that is named, where they are on this machine
 */
export async function setUpTemporalStage(givenServerPids: readonly number[]): Promise<TemporalStage> {
  const given = givenTemporalAddress(process.env);
  const server = given === null ? await devServer() : null;
  const temporal = await TemporalConnection.open(
    await settingsOf(server === null ? {} : { address: server.address, env: {} }),
  );
  await CancellationClient.using(temporal.client).setup();
  const simulator = await startSimulatorProcess();
  const passedOn = Object.entries(process.env).filter(([name]) => server === null && name.startsWith('TEMPORAL_'));
  return {
    temporal,
    simulator,
    serverPids: server === null ? [...givenServerPids] : [server.pid],
    serverName: server === null ? `the server at ${temporal.address}` : 'dev server, SQLite in memory',
    environment: {
      ...Object.fromEntries(passedOn.map(([name, value]) => [name, value ?? ''])),
      ...simulator.environment,
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: temporal.namespace,
    },
    end: async () => {
      await temporal.close();
      await simulator.stop();
      await server?.stop();
    },
  };
}

async function devServer(): Promise<DevServer> {
  const searchAttributes = Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const]));
  return await startDevServer({ ui: false, searchAttributes });
}

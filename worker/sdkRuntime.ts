import { once } from 'node:events';
import { createServer } from 'node:net';
import { Runtime } from '@temporalio/worker';
import type pino from 'pino';
import type { LogLevel } from './log';
import { sdkLevelOf, sdkLogger } from './log';

const LOOPBACK = '127.0.0.1';
const MAX_PORTS_TRIED = 5;

export interface RuntimeSettings {
  log: pino.Logger;
  logLevel: LogLevel;
  /** Whether the SDK shall offer its metrics. */
  metrics: boolean;
}

/**
 * Installs the SDK's runtime, once per connection: the runtime ends with its last connection, even
 * a failed one.
 *
 * The SDK cannot report the port of its metrics, so this picks a free one. Another process may take
 * it first; then the installation fails, and the next port is tried.
 *
 * @returns where the SDK serves its metrics, or null if it does not.
 */
export async function installRuntime({ log, logLevel, metrics }: RuntimeSettings): Promise<URL | null> {
  const install = (bindAddress: string | null) => {
    Runtime.install({
      logger: sdkLogger(log, logLevel),
      telemetryOptions: {
        logging: { filter: { core: sdkLevelOf(logLevel), other: 'ERROR' }, forward: {} },
        ...(bindAddress !== null && {
          metrics: {
            prometheus: { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true },
          },
        }),
      },
      // The process decides what a signal means.
      shutdownSignals: [],
    });
  };
  if (!metrics) {
    install(null);
    return null;
  }
  for (let tried = 1; ; tried += 1) {
    const bindAddress = `${LOOPBACK}:${await freePort()}`;
    try {
      install(bindAddress);
      return new URL(`http://${bindAddress}/metrics`);
    } catch (error) {
      if (tried === MAX_PORTS_TRIED) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, LOOPBACK);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A listening TCP server has no port');
  return address.port;
}

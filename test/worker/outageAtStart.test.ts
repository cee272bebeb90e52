import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import pino from 'pino';
import type { DevServer } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';
import { MINUTE_MS } from '../../domain/contract/duration';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { parseHostAndPort } from '../../domain/settings/hostAndPort';
import { settingsOf } from '../../temporal/connection';
import type { TemporalSettings } from '../../temporal/settings';
import { checkSearchAttributes, throughOutages } from '../../worker/connect';
import { EXECUTION_TIMEOUT } from '../../worker/executionTimeout';
import { built } from '../environment/build';
import { until } from '../stage/until';

let folder: string;
let server: DevServer;
let connection: NativeConnection;
let warnings: string[];
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'outage-'));
  server = await startServer();
  connection = await NativeConnection.connect({ address: server.address });
});
beforeEach(() => {
  warnings = [];
});
afterAll(async () => {
  await connection.close();
  await Runtime.instance().shutdown();
  await server.stop();
  rmSync(folder, { recursive: true });
});

async function startServer(port?: number): Promise<DevServer> {
  return await startDevServer({
    ui: false,
    ...(port !== undefined && { port }),
    dbFile: path.join(folder, 'temporal.db'),
    searchAttributes: Object.fromEntries(SEARCH_ATTRIBUTE_NAMES.map((name) => [name, 'Keyword' as const])),
  });
}

function patience(forMs: number) {
  const log = pino({ level: 'warn' }, { write: (line) => void warnings.push(line) });
  return { giveUpAtMs: Date.now() + forMs, log };
}

async function settings(): Promise<TemporalSettings> {
  const parsed = await settingsOf({ address: server.address, env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.join('; '));
  return parsed.value;
}

const worker = () =>
  Worker.create({
    ...EXECUTION_TIMEOUT,
    connection,
    taskQueue: 'outage',
    workflowBundle: { codePath: built('worker/workflow-bundle.js') },
  });

describe('Temporal that goes away while a worker starts', () => {
  it('is waited for by every step, and no longer than it may take', async () => {
    const here = await settings();
    const { port } = parseHostAndPort(server.address) ?? {};
    await server.stop();
    const steps = [
      checkSearchAttributes(connection, here, patience(MINUTE_MS)),
      throughOutages(worker, patience(MINUTE_MS)),
    ] as const;
    await expect(checkSearchAttributes(connection, here, patience(0))).rejects.toThrow('cannot be reached');
    await until(() => warnings.length === steps.length);
    server = await startServer(port);
    const [, created] = await Promise.all(steps);
    expect(warnings.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
      steps.map(() => 'Temporal does not answer any more, trying again'),
    );
    expect(created.options.isolateExecutionTimeoutMs).toBe(EXECUTION_TIMEOUT.isolateExecutionTimeout);
    const running = created.run();
    created.shutdown();
    await running;
  });

  it('is no reason to try again where it has answered', async () => {
    let tries = 0;
    const step = () => {
      tries += 1;
      return Promise.reject(new Error('refused'));
    };
    await expect(throughOutages(step, patience(MINUTE_MS))).rejects.toThrow('refused');
    expect(tries).toBe(1);
  });
});

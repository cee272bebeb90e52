import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Connection } from '@temporalio/client';
import type { DevServer, DevServerOptions } from '../../development/temporal/devServer';
import { startDevServer } from '../../development/temporal/devServer';

const PROJECT_ROOT = path.join(__dirname, '..', '..');

const started: DevServer[] = [];
async function startedServer(options: DevServerOptions): Promise<DevServer> {
  const server = await startDevServer(options);
  started.push(server);
  return server;
}
afterEach(() => Promise.all(started.splice(0).map((server) => server.stop())));

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function count(server: DevServer, query: string): Promise<string> {
  const connection = await Connection.connect({ address: server.address });
  try {
    const answer = await connection.workflowService.countWorkflowExecutions({ namespace: server.namespace, query });
    return answer.count.toString();
  } finally {
    await connection.close();
  }
}

describe('startDevServer', () => {
  it('answers on free ports, with its search attributes and its UI, and stop leaves no process', async () => {
    const server = await startedServer({ ui: true, namespace: 'trial', searchAttributes: { Colour: 'Keyword' } });
    expect(server).toMatchObject({ address: expect.stringMatching(/^127\.0\.0\.1:\d+$/), namespace: 'trial' });
    await expect(count(server, "Colour = 'green'")).resolves.toBe('0');
    await expect(fetch(server.uiUrl ?? '')).resolves.toMatchObject({ status: 200 });
    expect(lives(server.pid)).toBe(true);

    await server.stop();
    expect(lives(server.pid)).toBe(false);
    await expect(server.stop()).resolves.toBeUndefined();
  });

  it('runs beside another one, which outlives it', async () => {
    const [one, other] = await Promise.all([startedServer({ ui: false }), startedServer({ ui: false })]);
    expect(one.address).not.toBe(other.address);
    expect(one.uiUrl).toBeNull();
    await one.stop();
    await expect(count(other, '')).resolves.toBe('0');
  });

  it('refuses a port that is taken, and never mistakes the other server for its own', async () => {
    const server = await startedServer({ ui: false });
    const port = Number(server.address.split(':')[1]);
    await expect(startedServer({ ui: false, port })).rejects.toThrow(/address already in use/);
  });

  it('quotes what the server said when it ends at once', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'dev-server-'));
    try {
      await expect(startedServer({ ui: false, dbFile: directory })).rejects.toThrow(
        /ended at once:\n.*unable to open database file/s,
      );
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('is killed by an owner that fails', async () => {
    const owner = promisify(execFile)(process.execPath, ['--import', 'tsx', '-e', FAILING_OWNER], {
      cwd: PROJECT_ROOT,
    });
    await expect(owner).rejects.toMatchObject({
      stdout: expect.stringMatching(/^Z/),
      stderr: expect.stringContaining('the owner fails'),
    });
  });
});

/**
 * Tells the server's state at its own very end, while nothing but a kill can have ended it: Z for a
 * process that is dead, and only not yet reaped.
 */
const FAILING_OWNER = `
  const { execFileSync } = require('node:child_process');
  const { startDevServer } = require('./development/temporal/devServer');
  const state = (pid) => execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  startDevServer({ ui: false }).then(({ pid }) => {
    process.on('exit', () => {
      const giveUpAtMs = Date.now() + 5_000;
      while (!state(pid).startsWith('Z') && Date.now() < giveUpAtMs);
      console.log(state(pid));
    });
    throw new Error('the owner fails');
  });
`;

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CancellationClient } from '../../client';
import { SEARCH_ATTRIBUTE_NAMES } from '../../domain/contract/names';
import { built } from '../environment/build';
import { freePort } from '../environment/freePort';

const ROOT = path.join(__dirname, '..', '..');

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGTERM');
  running.clear();
});

function launch(...flags: string[]) {
  const child = spawn(process.execPath, [built('development/temporal/main.js'), ...flags], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const errors: string[] = [];
  const out = createInterface(child.stdout);
  createInterface(child.stderr).on('line', (line) => errors.push(line));
  const ended = once(child, 'close').then(([code]: unknown[]) => ({ code, errors }));
  return { child, firstLine: once(out, 'line').then(([line]) => String(line)), ended };
}

describe('npm run temporal', () => {
  it('says where Temporal, its UI and its HTTP API are, has the search attributes, and is gone after SIGTERM', async () => {
    const [port, uiPort] = [String(await freePort()), String(await freePort())];
    const { child, firstLine, ended } = launch('--port', port, '--ui-port', uiPort);
    const httpUrl = `http://127.0.0.1:${Number(port) + 10}`;
    expect(await firstLine).toContain(
      `Temporal on 127.0.0.1:${port}, its UI on http://127.0.0.1:${uiPort}, its HTTP API on ${httpUrl};`,
    );
    expect((await fetch(`${httpUrl}/api/v1/namespaces/default`)).status).toBe(200);
    const client = await CancellationClient.connect({ address: `127.0.0.1:${port}`, env: {} });
    expect(await client.setup()).toEqual({ registered: [], present: SEARCH_ATTRIBUTE_NAMES });
    expect((await fetch(`http://127.0.0.1:${uiPort}/`)).status).toBe(200);
    await client.close();
    child.kill('SIGTERM');
    expect(await ended).toEqual({ code: 0, errors: [] });
    await expect(fetch(`http://127.0.0.1:${uiPort}/`)).rejects.toThrow();
  }, 180_000);

  it('says in one line that a port is in use and exits 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = String((other.address() as AddressInfo).port);
    const { code, errors } = await launch('--port', port, '--ui-port', String(await freePort())).ended;
    other.close();
    expect(code).toBe(1);
    expect(errors).toEqual([
      expect.stringMatching(`^Temporal cannot be started: port ${port} or \\d+ is in use.*--port`),
    ]);
  });

  it.each([['--port', 'x'], ['--ui-port', '0'], ['surplus']])('exits 2 on wrong usage: %s %s', async (...flags) => {
    const { code, errors } = await launch(...flags.filter((flag) => typeof flag === 'string')).ended;
    expect({ code, said: errors.length > 0 }).toEqual({ code: 2, said: true });
  });
});
